"""The CRM's key figures of a customer."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from charsu import clock
from charsu.plugins import Figure, HookContext
from charsu.text.calendar import format_date, format_relative
from charsu.text.digits import format_number
from charsu.text.i18n import _, ngettext
from charsu.text.money import format_money
from charsu_crm_core.models import Deal, Task
from charsu_crm_core.permissions import PURCHASE_READ
from charsu_crm_core.queries import purchases
from charsu_crm_core.reach import within_reach

_Reach = tuple[ColumnElement[bool], ...]


def figures(ctx: HookContext, customer_id: UUID) -> Iterator[Figure]:
    """What she bought, when last, and what is open; each for those who may see it."""
    if ctx.can(PURCHASE_READ):
        yield from _bought(ctx, customer_id)
    deals = within_reach(ctx, "crm.deal", Deal)
    if deals is not None:
        yield _open_deals(ctx, customer_id, deals)
    tasks = within_reach(ctx, "crm.task", Task)
    if tasks is not None:
        yield _open_tasks(ctx, customer_id, tasks)


def _bought(ctx: HookContext, customer_id: UUID) -> Iterator[Figure]:
    bought = purchases.customer_figures(ctx.session, customer_id)
    url = f"/crm/purchases?customer_id={customer_id}"
    totals = [format_money(minor, currency) for currency, minor in bought.totals]
    count = ngettext("%(num)s purchase", "%(num)s purchases", bought.purchase_count)
    yield Figure(
        title=_("Total purchases"),
        value=totals[0] if totals else format_money(0),
        note=" + ".join([*totals[1:], count]),
        url=url,
        order=10,
    )
    last = bought.last_purchase_at
    yield Figure(
        title=_("Last purchase"),
        value=format_relative(last) if last else "—",
        note=format_date(last) if last else "",
        url=url if last else "",
        order=20,
    )


def _open_deals(ctx: HookContext, customer_id: UUID, reach: _Reach) -> Figure:
    statement = select(func.count(), func.sum(Deal.amount_minor)).where(
        Deal.customer_id == customer_id, Deal.state == "open", Deal.deleted_at.is_(None), *reach
    )
    count, worth = ctx.session.execute(statement).one()
    return Figure(
        title=_("Open deals"),
        value=format_number(count),
        note=format_money(int(worth)) if worth else "",
        url=f"/crm/deals?customer_id={customer_id}&state=open",
        order=40,
    )


def _open_tasks(ctx: HookContext, customer_id: UUID, reach: _Reach) -> Figure:
    statement = select(func.count(), func.count().filter(Task.due_at < clock.now())).where(
        Task.customer_id == customer_id, Task.done_at.is_(None), Task.deleted_at.is_(None), *reach
    )
    count, overdue = ctx.session.execute(statement).one()
    return Figure(
        title=_("Open tasks"),
        value=format_number(count),
        note=ngettext("%(num)s overdue", "%(num)s overdue", overdue) if overdue else "",
        url=f"/crm/tasks?customer_id={customer_id}&where=done_at:empty",
        order=50,
    )
