"""The club's part of a customer's page: the balance as a figure, movements of points on the timeline."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from charsu.plugins import Figure, HookContext, TimelineEntry
from charsu.records.timeline import newest
from charsu.text.calendar import format_date
from charsu.text.digits import format_number
from charsu.text.i18n import gettext as _
from charsu.text.i18n import ngettext
from charsu_loyalty import queries
from charsu_loyalty.explanations import explain, explain_no_points, explain_steps
from charsu_loyalty.permissions import MEMBER_READ

_KIND = "loyalty.points"
_ICONS = {"earn": "gift", "redeem": "coins", "reverse": "arrow-back-up", "expire": "clock"}


def figures(ctx: HookContext, customer_id: UUID) -> Iterator[Figure]:
    """How many points a customer has, and which of them end first."""
    if not ctx.can(MEMBER_READ):
        return
    found = queries.figures_for_page(ctx, customer_id)
    note = ""
    if found.expiring_on:
        ends = format_date(found.expiring_on)
        note = ngettext(
            "%(num)s point ends on %(day)s",
            "%(num)s points end on %(day)s",
            found.expiring_points or 0,
            day=ends,
        )
    yield Figure(
        title=_("Points"),
        value=format_number(found.points_balance),
        note=note,
        url=f"/loyalty/ledger?customer={customer_id}",
        order=30,
    )


def timeline(ctx: HookContext, customer_id: UUID, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    """Each movement of a customer's points, explained, and why a purchase gave none."""
    if not ctx.can(MEMBER_READ):
        return
    for row in newest(queries.movements_before(ctx.session, customer_id, before, limit), limit):
        if row.outcome is None:
            yield TimelineEntry(
                at=row.at,
                kind=_KIND,
                kind_title=_("Points"),
                title=explain(row),
                text=explain_steps(row),
                icon=_ICONS[row.kind],
                url=f"/loyalty/ledger?customer={customer_id}",
                order=20,
            )
        else:
            yield TimelineEntry(
                at=row.at,
                kind=_KIND,
                kind_title=_("Points"),
                title=explain_no_points(row.outcome, row.basis),
                icon="gift",
                url=f"/crm/purchases/{row.purchase_id}",
                order=21,
            )
