"""The CRM's key figures of a customer."""

import datetime as dt
from collections.abc import Iterator, Sequence
from uuid import UUID

from charsu import clock
from charsu.plugins import Figure, HookContext
from charsu.records.registry import find_type
from charsu.text.calendar import format_date, format_relative
from charsu.text.digits import format_number
from charsu.text.i18n import _, ngettext
from charsu.text.money import format_money
from charsu_crm_core.permissions import PURCHASE_READ
from charsu_crm_core.queries.customer_work import CustomerWork, WorkRow, customer_work
from charsu_crm_core.reach import CUSTOMER, reach_of


def figures(ctx: HookContext, customer_id: UUID) -> Iterator[Figure]:
    """What she bought, when last, and what is open; each for those who may see it."""
    noun = find_type(CUSTOMER)
    if noun is None or not ctx.can(noun.permission("read")):
        return
    work = customer_work(ctx, reach_of(noun), customer_id)
    if ctx.can(PURCHASE_READ):
        yield from _bought(work, customer_id)
    for deals in work.rows("deals"):
        yield _open_deals(deals, customer_id)
    for tasks in work.rows("tasks"):
        yield _open_tasks(tasks, customer_id)


def _bought(work: CustomerWork, customer_id: UUID) -> Iterator[Figure]:
    sums = work.rows("sum")
    url = f"/crm/purchases?customer_id={customer_id}"
    yield _total(sums, url)
    last = max((row.at for row in sums if row.at is not None), default=None)
    yield Figure(
        title=_("Last purchase"),
        value=format_date(last) if last else "—",
        note=_days_ago(last) if last else "",
        url=url if last else "",
        order=20,
    )


def _total(sums: Sequence[WorkRow], url: str) -> Figure:
    """What she paid, and how often; only how often for who may not see amounts."""
    number = sum(row.number for row in sums)
    if any(row.amount is None for row in sums):
        return Figure(title=_("Purchases"), value=format_number(number), url=url, order=10)
    totals = [format_money(row.amount or 0, row.currency) for row in sums]
    return Figure(
        title=_("Total purchases"),
        value=totals[0] if totals else format_money(0),
        note=" + ".join([*totals[1:], ngettext("%(num)s purchase", "%(num)s purchases", number)]),
        url=url,
        order=10,
    )


def _days_ago(moment: dt.datetime) -> str:
    """How long ago in days, also where `format_relative` would fall back to the date."""
    days = (clock.now() - moment).days
    return ngettext("%(num)s day ago", "%(num)s days ago", days) if days > 0 else format_relative(moment)


def _open_deals(found: WorkRow, customer_id: UUID) -> Figure:
    return Figure(
        title=_("Open deals"),
        value=format_number(found.number),
        note=format_money(found.amount) if found.amount else "",
        url=f"/crm/deals?customer_id={customer_id}&state=open",
        order=40,
    )


def _open_tasks(found: WorkRow, customer_id: UUID) -> Figure:
    overdue = found.amount
    return Figure(
        title=_("Open tasks"),
        value=format_number(found.number),
        note=ngettext("%(num)s overdue", "%(num)s overdue", overdue) if overdue else "",
        url=f"/crm/tasks?customer_id={customer_id}&where=done_at:empty",
        order=50,
    )
