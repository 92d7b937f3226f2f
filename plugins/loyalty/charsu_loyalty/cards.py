"""The club's pieces on other pages: points and history of a customer, the month on the dashboard."""

from collections.abc import Iterator
from typing import Any

from flask import render_template
from markupsafe import Markup

from charsu.clock import now
from charsu.plugins import Fragment, HookContext
from charsu.text import calendar
from charsu.text.i18n import gettext as _
from charsu_crm_core.api import CUSTOMER_MAIN, CUSTOMER_SIDE, CustomerSummary
from charsu_loyalty import queries
from charsu_loyalty.explanations import explain, explain_no_points, explain_steps
from charsu_loyalty.occasion import local_day
from charsu_loyalty.permissions import MEMBER_READ, POINTS_REDEEM

DASHBOARD = "dashboard.card"
#: So many lines of history stand on the customer page; the ledger has all.
HISTORY = 8


def fragments(ctx: HookContext, slot: str, subject: object) -> Iterator[Fragment]:
    """The pieces of a slot, for people who may see points."""
    if not ctx.can(MEMBER_READ):
        return
    if slot == DASHBOARD:
        yield _month(ctx)
    elif isinstance(subject, CustomerSummary) and slot == CUSTOMER_SIDE:
        yield _points(ctx, subject)
    elif isinstance(subject, CustomerSummary) and slot == CUSTOMER_MAIN:
        yield _history(ctx, subject)


def _points(ctx: HookContext, customer: CustomerSummary) -> Fragment:
    figures = queries.member_figures(ctx.session, customer.id, local_day(now(), ctx.tenant))
    html = render_template(
        "loyalty/_card_points.html",
        customer=customer,
        figures=figures,
        may_redeem=ctx.can(POINTS_REDEEM),
    )
    return Fragment(title=_("Loyalty club"), html=_markup(html), order=10)


def _history(ctx: HookContext, customer: CustomerSummary) -> Fragment:
    page = queries.member_entries(ctx.session, customer.id, limit=HISTORY)
    lines: list[dict[str, Any]] = [
        {
            "at": row.occurred_at,
            "points": row.points,
            "text": explain(row),
            "more": explain_steps(row),
            "is_entry": True,
        }
        for row in page.rows
    ]
    lines += [
        {
            "at": row.noted_at,
            "points": 0,
            "text": explain_no_points(row.outcome, row.basis),
            "more": "",
            "is_entry": False,
        }
        for row in queries.purchases_without_points(ctx.session, customer.id, HISTORY)
    ]
    lines.sort(key=lambda line: line["at"], reverse=True)
    html = render_template(
        "loyalty/_card_history.html",
        customer=customer,
        lines=lines[:HISTORY],
        has_more=page.next_cursor is not None,
    )
    return Fragment(title=_("History of points"), html=_markup(html), order=10)


def _month(ctx: HookContext) -> Fragment:
    today = calendar.today()
    figures = queries.month_figures(ctx.session, calendar.start_of_day(calendar.start_of_month(today)))
    html = render_template(
        "loyalty/_card_month.html", figures=figures, month=calendar.format_date(today, "month")
    )
    return Fragment(title=_("Loyalty club"), html=_markup(html), order=30)


def _markup(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - a rendered template, escaped already
