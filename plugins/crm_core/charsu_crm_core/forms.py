"""Forms of the pages: the API's shapes with fields for what people type (any digits, Jalali, Toman)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma

from charsu import clock
from charsu.api import Schema
from charsu.api.fields import Text, Uuid
from charsu.text import calendar
from charsu.text.fields import TypedInstant, TypedMoney, TypedNumber
from charsu.text.i18n import _
from charsu.text.money import parse_money
from charsu_crm_core import rules
from charsu_crm_core.models import CHANNELS
from charsu_crm_core.quantities import follows
from charsu_crm_core.services.purchases import LineDraft, PurchaseDraft


class PurchaseForm(Schema):
    """A purchase. Without an amount it is the sum of the lines; a line without any text is none."""

    customer_id = Uuid(required=True)
    amount = TypedMoney(allow_none=True, load_default=None)
    occurred_at = TypedInstant(allow_none=True, load_default=None, validate=follows(rules.clean_occurred_at))
    channel = ma.fields.String(load_default="store", validate=ma.validate.OneOf(CHANNELS))
    external_ref = Text(max_length=200, allow_none=True)
    note = Text(max_length=4000, multiline=True)
    line_title = ma.fields.List(Text(max_length=200))
    line_quantity = ma.fields.List(
        TypedNumber(allow_none=True, load_default=None, validate=follows(rules.check_quantity))
    )
    line_price = ma.fields.List(TypedMoney(allow_none=True))

    @ma.validates_schema(skip_on_field_errors=True)
    def check_lines(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Each line has title and price, and there are lines or an amount."""
        lines = _lines(data)
        if any(not title or price is None for title, _quantity, price in lines):
            raise ma.ValidationError(_("A line needs a title and a price."), "line_title")
        if data["amount"] is None and not lines:
            raise ma.ValidationError(_("Please fill this in."), "amount")


class RefundForm(Schema):
    """How much to pay back, typed in the purchase's own currency; nothing typed means all that is left."""

    amount_minor = Text(allow_none=True, load_default=None, max_length=60, data_key="amount")
    reason = Text(max_length=500, multiline=True, load_default="")

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.currency = currency

    @ma.post_load
    def read_amount(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """The amount in minor units."""
        text = data["amount_minor"]
        if text is not None:
            try:
                data["amount_minor"] = parse_money(text, self.currency)
            except ValueError as refusal:
                raise ma.ValidationError(str(refusal), "amount") from None
        return data


def purchase_draft(values: Mapping[str, Any]) -> PurchaseDraft:
    """The draft in a loaded `PurchaseForm`."""
    lines = [
        LineDraft(title=title, quantity=quantity, unit_price_minor=price)
        for title, quantity, price in _lines(values)
    ]
    total = sum(rules.line_total(line.quantity, line.unit_price_minor) for line in lines)
    occurred_at = values["occurred_at"]
    if occurred_at == calendar.start_of_day(calendar.today()):
        # Today without a time of day: it is happening now.
        occurred_at = clock.now()
    return PurchaseDraft(
        customer_id=values["customer_id"],
        amount_minor=total if values["amount"] is None else values["amount"],
        occurred_at=occurred_at,
        channel=values["channel"],
        external_ref=values.get("external_ref"),
        note=values.get("note", ""),
        lines=lines,
    )


def _lines(values: Mapping[str, Any]) -> list[tuple[str, Decimal, Any]]:
    columns = (values.get(name, []) for name in ("line_title", "line_quantity", "line_price"))
    rows = zip(*columns, strict=False)
    return [
        (title, Decimal(1) if quantity is None else quantity, price)
        for title, quantity, price in rows
        if title or quantity is not None or price is not None
    ]
