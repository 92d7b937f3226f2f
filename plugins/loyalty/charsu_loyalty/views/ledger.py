"""The page of the ledger: every movement of points, narrowed by kind, customer and days."""

import datetime as dt
from typing import Any

from flask import Response

from charsu.db import db
from charsu.text.calendar import start_of_day
from charsu.web.access import requires
from charsu.web.rendering import render
from charsu_crm_core.api import customers_in_reach, find_customers, require_customer_in_reach
from charsu_loyalty import permissions, queries
from charsu_loyalty.forms import LedgerArgs
from charsu_loyalty.views.blueprint import loyalty
from charsu_loyalty.views.query import read_query


@loyalty.get("/ledger")
@requires(permissions.MEMBER_READ)
def show_ledger() -> Response:
    """The entries as the address narrows them, the last first; a wrong filter is named beside its field."""
    session = db.session()
    args, errors = read_query(LedgerArgs)
    chosen = _filter(args)
    if chosen.customer_id is not None:
        require_customer_in_reach(session, chosen.customer_id)
    page = queries.ledger_entries(session, chosen, limit=args.get("limit", 50), cursor=args.get("cursor"))
    wanted = {row.customer_id for row in page.rows} | ({chosen.customer_id} if chosen.customer_id else set())
    customers = find_customers(session, wanted)
    return render(
        "loyalty/ledger.html",
        partial="loyalty/_ledger_list.html",
        status=422 if errors else 200,
        page=page,
        chosen=chosen,
        since=args.get("since"),
        until=args.get("until"),
        customers=customers,
        errors=errors,
        is_continued=args.get("cursor") is not None,
    )


def _filter(args: dict[str, Any]) -> queries.LedgerFilter:
    until = args.get("until")
    return queries.LedgerFilter(
        within=customers_in_reach(),
        kind=args.get("kind"),
        customer_id=args.get("customer"),
        since=start_of_day(args["since"]) if args.get("since") else None,
        before=start_of_day(until + dt.timedelta(days=1)) if until else None,
    )
