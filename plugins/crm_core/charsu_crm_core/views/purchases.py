"""Pages of purchases that the kit has not: recording one, refunding it."""

import uuid
from typing import Any

from flask import Response, request

from charsu.db import db
from charsu.errors import DomainError
from charsu.pages.visit import actor, tenant
from charsu.plugins import HookContext
from charsu.plugins.dispatch import call
from charsu.text.i18n import _
from charsu.web.access import can, requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, errors_of, parse_form
from charsu.web.rendering import page_redirect, render, render_form
from charsu_crm_core import forms, permissions
from charsu_crm_core.models import Customer, Purchase
from charsu_crm_core.queries import customers, purchases
from charsu_crm_core.reach import CUSTOMER, PURCHASE, bounds_of_request, require_amounts, require_within_reach
from charsu_crm_core.services.purchases import record_purchase as record
from charsu_crm_core.services.refunds import refund_purchase as refund
from charsu_crm_core.summaries import purchase_summary
from charsu_crm_core.views.blueprint import crm

#: Customers a search for who bought offers.
PICKS = 20
#: Lines the empty form shows; it brings more on demand.
FIRST_LINES = 3


@crm.get("/purchases/new")
@requires(permissions.PURCHASE_RECORD)
def new_purchase() -> Response:
    """The form for the customer named in the address, else a search for who bought."""
    customer_id = _customer_id(request.args.get("customer_id"))
    if customer_id is None:
        return _pick_customer()
    customer = _customer(customer_id)
    return render(
        "crm/purchase_form.html", customer=customer, values={}, errors={}, lines=[("", "", "")] * FIRST_LINES
    )


@crm.get("/purchases/line")
@requires(permissions.PURCHASE_RECORD)
def new_line() -> Response:
    """One more empty line for the form."""
    return render("crm/_purchase_line.html", line=("", "", ""))


@crm.post("/purchases/new")
@requires(permissions.PURCHASE_RECORD)
def record_purchase() -> Response:
    """Record it, or show the form again with what was typed."""
    values, errors = parse_form(forms.PurchaseForm)
    if errors:
        return _form_again(errors)
    require_within_reach(db.session(), CUSTOMER, Customer, values["customer_id"])
    try:
        purchase = record(db.session(), forms.purchase_draft(values))
    except DomainError as refusal:
        return _form_again(errors_of(refusal))
    flash(_("The purchase was recorded."))
    return page_redirect("crm_customers.show_record", record_id=purchase.customer_id, recorded=1)


@crm.get("/purchases/<uuid:purchase_id>/refund")
@requires(permissions.PURCHASE_REFUND)
def new_refund(purchase_id: uuid.UUID) -> Response:
    """Ask how much to pay back; where nothing is left, say so on the purchase's page."""
    details = _details(purchase_id)
    if details["purchase"].refunded_minor == details["purchase"].amount_minor:
        flash(_("This purchase is refunded in full already."), "info")
        return page_redirect("crm_purchases.show_record", record_id=purchase_id)
    return render("crm/refund_form.html", **details, values={}, errors={})


@crm.post("/purchases/<uuid:purchase_id>/refund")
@requires(permissions.PURCHASE_REFUND)
def refund_purchase(purchase_id: uuid.UUID) -> Response:
    """Refund it, or show the form again."""
    session = db.session()
    details = _details(purchase_id)
    values, errors = parse_form(forms.RefundForm(currency=details["purchase"].currency))
    if errors:
        return render_form("crm/refund_form.html", errors, **details)
    try:
        refund(session, purchase_id, **values)
    except DomainError as refusal:
        return render_form("crm/refund_form.html", errors_of(refusal), **details)
    flash(_("The refund was recorded."))
    return page_redirect("crm_purchases.show_record", record_id=purchase_id, recorded=1)


def _details(purchase_id: uuid.UUID) -> dict[str, Any]:
    """What a refund is decided by, for who may see it. Raises: PermissionDenied."""
    session = db.session()
    require_amounts()
    require_within_reach(session, PURCHASE, Purchase, purchase_id)
    purchase = purchases.get_row(session, purchase_id)
    ctx = HookContext(tenant=tenant(), session=session, actor=actor(), can=can)
    return {
        "purchase": purchase,
        "consequences": call("fragments", ctx, slot="purchase.refund", subject=purchase_summary(purchase)),
        "lines": purchases.list_lines(session, purchase_id),
        "refunds": purchases.list_refunds(session, purchase_id),
    }


def _pick_customer(status: int = 200) -> Response:
    search = request.args.get("q", "")[:200]
    bounds = bounds_of_request(CUSTOMER, Customer)
    found = customers.find_customers(db.session(), search, *bounds, limit=PICKS)
    return render(
        "crm/purchase_customer.html",
        status=status,
        partial="crm/_customer_picks.html",
        found=found,
        search=search,
    )


def _form_again(errors: Errors) -> Response:
    customer_id = _customer_id(request.form.get("customer_id"))
    if customer_id is None:
        return _pick_customer(status=422)
    customer = _customer(customer_id)
    columns = [request.form.getlist(name) for name in ("line_title", "line_quantity", "line_price")]
    lines = [*zip(*columns, strict=False)] or [("", "", "")]
    return render_form("crm/purchase_form.html", errors, customer=customer, lines=lines)


def _customer(customer_id: uuid.UUID) -> customers.CustomerRow:
    require_within_reach(db.session(), CUSTOMER, Customer, customer_id)
    return customers.get_row(db.session(), customer_id)


def _customer_id(text: str | None) -> uuid.UUID | None:
    """The id in a text of the browser; what is none leads to the search."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
