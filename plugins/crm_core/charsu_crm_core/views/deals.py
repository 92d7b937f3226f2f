"""What the page of a deal does beyond the kit's form: stages, checklist, products, its purchase."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma
from flask import Response, request

from charsu.api import Schema
from charsu.api.fields import Flag, Text, Uuid
from charsu.db import db
from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.reading import get_record
from charsu.text.digits import format_number
from charsu.text.fields import TypedMoney, TypedNumber
from charsu.text.i18n import _
from charsu.text.money import money_input
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, errors_of, parse_form
from charsu.web.rendering import redirect_to_path, render, render_form
from charsu_crm_core import rules
from charsu_crm_core.models import LOST_REASONS
from charsu_crm_core.permissions import PURCHASE_RECORD
from charsu_crm_core.quantities import follows
from charsu_crm_core.records import DEAL
from charsu_crm_core.services.deals import DealService
from charsu_crm_core.views.blueprint import crm

#: Lines an empty form shows.
_LINES = 4


class StageForm(Schema):
    """Where a deal goes, and why it was lost."""

    stage_id = Uuid(required=True)
    lost_reason = ma.fields.String(load_default="", validate=ma.validate.OneOf(("", *LOST_REASONS)))


class TickForm(Schema):
    """An item of the stage's checklist."""

    item = Text(required=True, max_length=200)
    is_done = Flag(load_default=False)


class ProductsForm(Schema):
    """The articles of a deal; a line without any text is none."""

    line_title = ma.fields.List(Text(max_length=200))
    line_quantity = ma.fields.List(
        TypedNumber(allow_none=True, load_default=None, validate=follows(rules.check_quantity))
    )
    line_price = ma.fields.List(TypedMoney(allow_none=True))


@crm.post("/deals/<uuid:record_id>/stage")
@requires(DEAL.permission("write"))
def move_deal(record_id: uuid.UUID) -> Response:
    """Send a deal to another stage, as its rules allow; say what is missing where they do not."""
    form, errors = parse_form(StageForm)
    if errors:
        flash(next(iter(errors.values()))[0], "danger")
        return redirect_to_path(DEAL.url(record_id))
    values = {"stage_id": form["stage_id"]}
    if form["lost_reason"]:
        values["lost_reason"] = form["lost_reason"]
    return _tried(record_id, lambda service: service.update(record_id, values), _("The deal moved on."))


@crm.post("/deals/<uuid:record_id>/tick")
@requires(DEAL.permission("write"))
def tick_item(record_id: uuid.UUID) -> Response:
    """Tick an item of the checklist off, or not."""
    form, errors = parse_form(TickForm)
    if errors:
        flash(next(iter(errors.values()))[0], "danger")
        return redirect_to_path(DEAL.url(record_id))
    return _tried(record_id, lambda service: service.tick(record_id, form["item"], is_done=form["is_done"]))


@crm.post("/deals/<uuid:record_id>/purchase")
@requires(PURCHASE_RECORD)
def record_deal_purchase(record_id: uuid.UUID) -> Response:
    """Record the purchase a won deal became."""
    done = _("The purchase was recorded.")
    return _tried(record_id, lambda service: service.record_purchase(record_id), done)


@crm.get("/deals/<uuid:record_id>/products")
@requires(DEAL.permission("write"))
def edit_products(record_id: uuid.UUID) -> Response:
    """The articles of a deal as lines to fill in."""
    deal = get_record(db.session(), DEAL, access_of_request(DEAL), record_id, "write")
    lines = [
        (item["title"], format_number(Decimal(item["quantity"])), money_input(item["unit_price_minor"]))
        for item in deal.products
    ]
    return render("crm/deal_products.html", deal=deal, errors={}, lines=lines + [("", "", "")] * _LINES)


@crm.post("/deals/<uuid:record_id>/products")
@requires(DEAL.permission("write"))
def save_products(record_id: uuid.UUID) -> Response:
    """Save the articles; their sum is what the deal is worth."""
    session = db.session()
    deal = get_record(session, DEAL, access_of_request(DEAL), record_id, "write")
    form, errors = parse_form(ProductsForm)
    if errors:
        return _products_again(deal, errors)
    try:
        with changing("page"):
            _service().update(record_id, {"products": _products(form)})
    except DomainError as refusal:
        return _products_again(deal, errors_of(refusal))
    flash(_("The products were saved."))
    return redirect_to_path(DEAL.url(record_id))


def _products(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    columns = (form.get(name, []) for name in ("line_title", "line_quantity", "line_price"))
    return [
        {
            "title": title,
            "quantity": Decimal(1) if quantity is None else quantity,
            "unit_price_minor": price or 0,
        }
        for title, quantity, price in zip(*columns, strict=False)
        if title or quantity is not None or price is not None
    ]


def _products_again(deal: Any, errors: Errors) -> Response:
    columns = [request.form.getlist(name) for name in ("line_title", "line_quantity", "line_price")]
    lines = [*zip(*columns, strict=False)] or [("", "", "")]
    return render_form("crm/deal_products.html", errors, deal=deal, lines=lines)


def _service() -> DealService:
    return DealService(DEAL, db.session(), access_of_request(DEAL))


def _tried(record_id: uuid.UUID, change: Any, done: str = "") -> Response:
    """Go back to the deal's page, with what was done or why not; a refusal changes nothing."""
    session = db.session()
    get_record(session, DEAL, access_of_request(DEAL), record_id)
    try:
        with session.begin_nested(), changing("page"):
            change(_service())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        flash(refusal.message, "danger")
    else:
        if done:
            flash(done)
    return redirect_to_path(DEAL.url(record_id))
