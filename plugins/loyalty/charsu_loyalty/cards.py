"""The club's cards on other pages: points of a customer, the month on the dashboard."""

from collections.abc import Iterator

from charsu.plugins import Fragment, HookContext
from charsu.text import calendar
from charsu.text.i18n import gettext as _
from charsu.ui.html import render_piece
from charsu_crm_core.api import (
    CUSTOMER_SIDE,
    PURCHASE_REFUND,
    PURCHASE_SIDE,
    CustomerSummary,
    PurchaseSummary,
    customers_in_reach,
)
from charsu_loyalty import queries
from charsu_loyalty.permissions import MEMBER_READ, POINTS_GIVE, POINTS_REDEEM
from charsu_loyalty.purchase_points import points_of_purchase

DASHBOARD = "dashboard.card"
_OF_PURCHASE = {
    PURCHASE_SIDE: "loyalty/_purchase_points.html",
    PURCHASE_REFUND: "loyalty/_refund_points.html",
}


def fragments(ctx: HookContext, slot: str, subject: object) -> Iterator[Fragment]:
    """The pieces of a slot, for people who may see points."""
    if not ctx.can(MEMBER_READ):
        return
    if slot == DASHBOARD:
        # Its sums are those of everybody.
        if customers_in_reach() is None:
            yield _month(ctx)
    elif isinstance(subject, CustomerSummary) and slot == CUSTOMER_SIDE:
        yield _points(ctx, subject)
    elif isinstance(subject, PurchaseSummary) and slot in _OF_PURCHASE:
        yield _of_purchase(ctx, subject, _OF_PURCHASE[slot])


def _points(ctx: HookContext, customer: CustomerSummary) -> Fragment:
    figures = queries.figures_for_page(ctx, customer.id)
    html = render_piece(
        "loyalty/_card_points.html",
        customer=customer,
        figures=figures,
        may_redeem=ctx.can(POINTS_REDEEM),
        may_give=ctx.can(POINTS_GIVE),
    )
    return Fragment(title=_("Loyalty club"), html=html, order=10)


def _of_purchase(ctx: HookContext, purchase: PurchaseSummary, template: str) -> Fragment:
    figures = queries.figures_for_page(ctx, purchase.customer_id)
    points = points_of_purchase(ctx.session, purchase.id)
    html = render_piece(template, points=points, balance=figures.points_balance)
    return Fragment(title=_("Loyalty club"), html=html, order=10)


def _month(ctx: HookContext) -> Fragment:
    today = calendar.today()
    figures = queries.month_figures(ctx.session, calendar.start_of_day(calendar.start_of_month(today)))
    html = render_piece(
        "loyalty/_card_month.html", figures=figures, month=calendar.format_date(today, "month")
    )
    return Fragment(title=_("Loyalty club"), html=html, order=30)
