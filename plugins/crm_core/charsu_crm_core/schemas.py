"""Shapes of what the API takes and gives; the forms of the pages are built on the same ones (`forms`)."""

from decimal import Decimal

import marshmallow as ma

from charsu.api import PageArgs, Schema
from charsu.api.fields import Currency, Instant, MoneyMinor, Text, Uuid
from charsu_crm_core import rules
from charsu_crm_core.models import CHANNELS, KINDS, MAX_AMOUNT_MINOR
from charsu_crm_core.quantities import Quantity, follows


class LineIn(Schema):
    """One article of a purchase."""

    title = Text(required=True, max_length=200, metadata={"example": "شلوار جین"})
    quantity = Quantity(load_default=Decimal(1), metadata={"example": "2"})
    unit_price_minor = MoneyMinor(
        required=True, minimum=0, maximum=MAX_AMOUNT_MINOR, metadata={"example": 1250000}
    )


class PurchaseCreate(Schema):
    """A purchase to record."""

    customer_id = Uuid(required=True)
    amount_minor = MoneyMinor(
        required=True,
        minimum=1,
        maximum=MAX_AMOUNT_MINOR,
        metadata={"example": 2500000, "description": "In the currency's minor unit; of IRR, in Rial."},
    )
    currency = Currency(
        validate=follows(rules.clean_currency),
        metadata={"example": "IRR", "description": "ISO 4217; left out: the business's currency."},
    )
    occurred_at = Instant(
        validate=follows(rules.clean_occurred_at),
        metadata={"description": "Left out: now. At most a day ahead."},
    )
    channel = ma.fields.String(
        validate=ma.validate.OneOf(CHANNELS), metadata={"description": "Left out: store."}
    )
    external_ref = Text(
        max_length=200,
        allow_none=True,
        metadata={
            "example": "POS-1042",
            "description": "Your number of the sale. Sent again with the same content it answers the same "
            "purchase, with other content 409.",
        },
    )
    note = Text(max_length=4000, multiline=True)
    lines = ma.fields.List(
        ma.fields.Nested(LineIn),
        validate=ma.validate.Length(max=rules.MAX_LINES),
        metadata={"description": "Optional. Quantity times price, summed up, must equal `amount_minor`."},
    )


class LineOut(Schema):
    """One article of a purchase."""

    title = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True, metadata={"example": "2", "description": "A decimal number"})
    unit_price_minor = ma.fields.Integer(required=True)


class RefundIn(Schema):
    """How much to pay back."""

    amount_minor = MoneyMinor(
        minimum=1,
        maximum=MAX_AMOUNT_MINOR,
        allow_none=True,
        metadata={"example": 500000, "description": "Left out: all that is left."},
    )
    reason = Text(max_length=500, multiline=True)


class RefundOut(Schema):
    """Money paid back for a purchase."""

    id = Uuid(required=True)
    purchase_id = Uuid(required=True)
    amount_minor = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    created_at = Instant(required=True)
    refunded_minor = ma.fields.Integer(required=True, metadata={"description": "Of the purchase, so far"})


class PurchaseRowOut(Schema):
    """A purchase in a list."""

    id = Uuid(required=True)
    customer_id = Uuid(required=True)
    customer_name = ma.fields.String(required=True)
    amount_minor = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)
    occurred_at = Instant(required=True)
    channel = ma.fields.String(required=True, metadata={"enum": list(CHANNELS)})
    external_ref = ma.fields.String(required=True, allow_none=True)
    refunded_minor = ma.fields.Integer(required=True)
    note = ma.fields.String(required=True)
    created_at = Instant(required=True)


class PurchaseOut(PurchaseRowOut):
    """A purchase with its lines and refunds."""

    lines = ma.fields.List(ma.fields.Nested(LineOut), required=True)
    refunds = ma.fields.List(ma.fields.Nested(RefundOut), required=True)


class PurchaseListArgs(PageArgs):
    """Filters of the list of purchases."""

    customer_id = Uuid(load_default=None)
    search = Text(
        load_default="",
        metadata={
            "description": "Words of the customer's name, phone, e-mail or tags, or the external reference."
        },
    )
    q = Text(load_default="", metadata={"description": "Short for `search`."})
    kind = ma.fields.String(load_default=None, validate=ma.validate.OneOf(KINDS))
    tag = Text(load_default=None, max_length=40)
    channel = ma.fields.String(load_default=None, validate=ma.validate.OneOf(CHANNELS))
    occurred_from = Instant(load_default=None, metadata={"description": "This moment or later"})
    occurred_before = Instant(load_default=None, metadata={"description": "Before this moment"})
