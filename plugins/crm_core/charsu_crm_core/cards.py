"""The CRM's card on the dashboard."""

from collections.abc import Iterator

from charsu.plugins import Fragment, HookContext
from charsu.text import calendar
from charsu.text.i18n import _
from charsu.ui.html import render_piece
from charsu_crm_core.models import Customer, Purchase
from charsu_crm_core.permissions import CUSTOMER_READ, PURCHASE_READ
from charsu_crm_core.queries import customers, purchases
from charsu_crm_core.reach import CUSTOMER, PURCHASE, shows_amounts, within_reach


def dashboard_cards(ctx: HookContext) -> Iterator[Fragment]:
    """How many customers there are, and the sales of this week and month by the reader's calendar."""
    if ctx.can(CUSTOMER_READ):
        html = render_piece(
            "crm/_card_customers.html",
            count=customers.count_customers(ctx.session, *(within_reach(ctx, CUSTOMER, Customer) or ())),
            most=customers.COUNT_LIMIT,
            can=ctx.can,
        )
        yield Fragment(title=_("Customers"), html=html, order=10)
    if ctx.can(PURCHASE_READ) and shows_amounts():
        today = calendar.today()
        week, month = (
            calendar.start_of_day(first)
            for first in (calendar.start_of_week(today), calendar.start_of_month(today))
        )
        in_week, in_month = purchases.sales_since(
            ctx.session, week, month, bounds=within_reach(ctx, PURCHASE, Purchase) or ()
        )
        html = render_piece(
            "crm/_card_sales.html",
            in_week=in_week,
            in_month=in_month,
            month=calendar.format_date(today, "month"),
        )
        yield Fragment(title=_("Sales"), html=html, order=20)
