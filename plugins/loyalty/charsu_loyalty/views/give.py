"""Giving points by hand: one form, which says what for."""

import uuid
from typing import Any

from flask import Response, request

from charsu.db import db
from charsu.errors import DomainError
from charsu.text.i18n import ngettext
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, errors_of, parse_form
from charsu.web.rendering import page_redirect, render
from charsu_crm_core.api import find_customer, require_customer_in_reach
from charsu_loyalty import permissions, queries, services
from charsu_loyalty.errors import UnknownMember
from charsu_loyalty.forms import GiveForm
from charsu_loyalty.giving import Gift
from charsu_loyalty.rule_book import current_rule
from charsu_loyalty.views.blueprint import loyalty, occasion
from charsu_tenants.context import current_tenant


@loyalty.get("/members/<uuid:customer_id>/give")
@requires(permissions.POINTS_GIVE)
def ask_give(customer_id: uuid.UUID) -> Response:
    """The form, with what she has now and how long the points will last."""
    require_customer_in_reach(db.session(), customer_id)
    return _form(customer_id, {"key": uuid.uuid4()}, {})


@loyalty.post("/members/<uuid:customer_id>/give")
@requires(permissions.POINTS_GIVE)
def give(customer_id: uuid.UUID) -> Response:
    """Give the points and go back to the customer; sent twice, it happens once."""
    require_customer_in_reach(db.session(), customer_id)
    values, errors = parse_form(GiveForm)
    if errors:
        return _form(customer_id, request.form, errors)
    key = str(values["key"] or "")
    gift = Gift(customer_id=customer_id, points=values["points"], reason=values["reason"], key=key)
    try:
        posting = services.give(db.session(), gift, occasion())
    except UnknownMember:
        raise
    except DomainError as refusal:
        return _form(customer_id, request.form, errors_of(refusal))
    flash(ngettext("%(num)s point was given.", "%(num)s points were given.", posting.points))
    return page_redirect("crm_customers.show_record", record_id=customer_id)


def _form(customer_id: uuid.UUID, values: Any, errors: Errors) -> Response:
    session, here = db.session(), occasion()
    customer = find_customer(session, customer_id)
    if customer is None:
        raise UnknownMember
    rule = current_rule(session, current_tenant().currency)
    return render(
        "loyalty/give.html",
        status=422 if errors else 200,
        customer=customer,
        balance=queries.member_figures(session, customer_id, here.today).points_balance,
        ends_on=rule.expires_on(here.now, here.locality),
        values=values,
        errors=errors,
    )
