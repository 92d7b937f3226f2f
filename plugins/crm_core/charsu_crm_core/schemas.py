"""Shapes of what the API takes and gives; the forms of the pages are built on the same ones (`forms`)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import marshmallow as ma

from charsu.api import PageArgs, Schema
from charsu.api.fields import Currency, Day, EmailField, Instant, MoneyMinor, PhoneField, Text, Uuid
from charsu.errors import RuleViolated
from charsu.text.i18n import lazy
from charsu_crm_core import rules
from charsu_crm_core.models import CHANNELS, KINDS, MAX_AMOUNT_MINOR
from charsu_crm_core.records import CUSTOMER


def follows(rule: Callable[[Any], object]) -> Callable[[Any], None]:
    """A validator that says what the rule says, so that a schema finds all faults of an input at once."""

    def check(value: Any) -> None:
        if value is None:
            return
        try:
            rule(value)
        except RuleViolated as refusal:
            raise ma.ValidationError(refusal.message) from None

    return check


class Quantity(ma.fields.Decimal):
    """How many of an article: a number or its text, at most three decimals; written as text."""

    default_error_messages = {  # noqa: RUF012 - marshmallow merges it along the classes
        "invalid": lazy("This must be a number."),
        "special": lazy("This must be a number."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(as_string=True, validate=follows(rules.check_quantity), **kwargs)

    def _validated(self, value: Any) -> Decimal:
        if isinstance(value, bool) or len(str(value)) > 20:
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class CustomerFields(Schema):
    """What API and form take alike of a customer."""

    full_name = Text(
        required=True,
        max_length=200,
        validate=follows(rules.clean_full_name),
        metadata={"example": "مریم احمدی"},
    )
    kind = ma.fields.String(validate=ma.validate.OneOf(KINDS), metadata={"example": "person"})
    phone = PhoneField(
        allow_none=True,
        metadata={"example": "+989121234567", "description": "Any spelling; stored as E.164. Not unique."},
    )
    email = EmailField(
        allow_none=True, validate=follows(rules.clean_email), metadata={"example": "maryam@example.com"}
    )
    note = Text(max_length=4000, multiline=True)


class CustomerCreate(CustomerFields):
    """A new customer; only the name is needed."""

    birthday_on = Day(
        allow_none=True, validate=follows(rules.clean_birthday), metadata={"example": "1990-03-21"}
    )
    tags = CUSTOMER.by_name["tags"].json_field()


class CustomerPatch(CustomerCreate):
    """What can be changed of a customer; what is left out stays."""

    full_name = Text(
        max_length=200, validate=follows(rules.clean_full_name), metadata={"example": "مریم احمدی"}
    )


class CustomerOut(Schema):
    """A customer."""

    id = Uuid(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": list(KINDS)})
    full_name = Text(required=True)
    phone = ma.fields.String(required=True, allow_none=True, metadata={"description": "E.164"})
    email = ma.fields.String(required=True, allow_none=True)
    birthday_on = Day(required=True, allow_none=True)
    tags = ma.fields.List(ma.fields.String(), required=True)
    note = ma.fields.String(required=True)
    is_sample = ma.fields.Boolean(
        required=True, metadata={"description": "Part of the removable sample data"}
    )
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class CustomerListArgs(PageArgs):
    """Filters of the list of customers."""

    search = Text(
        load_default="",
        metadata={
            "description": "Each word must be in name, phone, e-mail or tags; Persian spelling is folded."
        },
    )
    q = Text(load_default="", metadata={"description": "Short for `search`."})
    kind = ma.fields.String(load_default=None, validate=ma.validate.OneOf(KINDS))
    tag = Text(load_default=None, max_length=40)


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
