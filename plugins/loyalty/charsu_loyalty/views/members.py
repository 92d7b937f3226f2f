"""The page of the members: who has the most points, and whose points end soon."""

from flask import Response, request

from charsu.db import db
from charsu.web.access import requires
from charsu.web.rendering import render
from charsu_crm_core.api import customers_in_reach, find_customers
from charsu_loyalty import permissions
from charsu_loyalty.settings import SETTINGS
from charsu_loyalty.standings import ORDERS, SHOWN, list_standings
from charsu_loyalty.views.blueprint import loyalty, occasion


@loyalty.get("/members")
@requires(permissions.MEMBER_READ)
def list_members() -> Response:
    """The members lined up as the address says; the most points first for an order there is not."""
    asked = request.args.get("order", "")
    order = asked if asked in ORDERS else ORDERS[0]
    session = db.session()
    members = list_standings(session, order, occasion().today, within=customers_in_reach())
    return render(
        "loyalty/members.html",
        members=members,
        order=order,
        shown=SHOWN,
        soon_days=SETTINGS.of(session).soon_days,
        customers=find_customers(session, (one.customer_id for one in members)),
    )
