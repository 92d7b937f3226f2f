"""Redeeming points by hand: ask how many, show what will be left, and only then spend them."""

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
from charsu_crm_core.api import CustomerSummary, find_customer, require_customer_in_reach
from charsu_loyalty import permissions, queries, services
from charsu_loyalty.errors import InsufficientPoints, UnknownMember
from charsu_loyalty.forms import RedeemForm
from charsu_loyalty.redeeming import Redemption
from charsu_loyalty.views.blueprint import loyalty, occasion
from charsu_loyalty.views.query import read_query


@loyalty.get("/members/<uuid:customer_id>/redeem")
@requires(permissions.POINTS_REDEEM)
def ask_redeem(customer_id: uuid.UUID) -> Response:
    """Without points in the address the form; with them, what will be left, to be confirmed."""
    require_customer_in_reach(db.session(), customer_id)
    customer = _customer(customer_id)
    balance = queries.member_figures(db.session(), customer_id, occasion().today).points_balance
    if not request.args.get("points", "").strip():
        return _form(customer, balance, request.args, {})
    values, errors = read_query(RedeemForm)
    if not errors and values["points"] > balance:
        errors = errors_of(InsufficientPoints(wanted=values["points"], available=balance))
    if errors:
        return _form(customer, balance, request.args, errors)
    return render(
        "loyalty/redeem_confirm.html",
        customer=customer,
        balance=balance,
        key=uuid.uuid4(),
        **values_of(values),
    )


@loyalty.post("/members/<uuid:customer_id>/redeem")
@requires(permissions.POINTS_REDEEM)
def redeem(customer_id: uuid.UUID) -> Response:
    """Spend the points and go back to the customer; sent twice, it happens once."""
    require_customer_in_reach(db.session(), customer_id)
    values, errors = parse_form(RedeemForm)
    if not errors:
        redemption = Redemption(
            customer_id=customer_id,
            points=values["points"],
            reason=values["reason"],
            key=str(values["key"] or ""),
        )
        try:
            posting = services.redeem(db.session(), redemption, occasion())
        except UnknownMember:
            raise
        except DomainError as refusal:
            errors = errors_of(refusal)
    if errors:
        customer = _customer(customer_id)
        balance = queries.member_figures(db.session(), customer_id, occasion().today).points_balance
        return _form(customer, balance, request.form, errors)
    flash(ngettext("%(num)s point was spent.", "%(num)s points were spent.", -posting.points))
    return page_redirect("crm_customers.show_record", record_id=customer_id)


def values_of(values: dict[str, Any]) -> dict[str, Any]:
    """The part of the form a person confirms."""
    return {"points": values["points"], "reason": values["reason"]}


def _customer(customer_id: uuid.UUID) -> CustomerSummary:
    customer = find_customer(db.session(), customer_id)
    if customer is None:
        raise UnknownMember
    return customer


def _form(customer: CustomerSummary, balance: int, values: Any, errors: Errors) -> Response:
    return render(
        "loyalty/redeem.html",
        status=422 if errors else 200,
        customer=customer,
        balance=balance,
        values=values,
        errors=errors,
    )
