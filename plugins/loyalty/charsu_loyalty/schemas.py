"""Shapes of what the API takes and gives; the forms of the pages are built on the same fields (`forms`)."""

import marshmallow as ma

from charsu.api import Schema
from charsu.api.fields import Currency, Day, Flag, Instant, MoneyMinor, Text, Uuid, WholeNumber
from charsu_loyalty.models import KINDS
from charsu_loyalty.rules import MAX_POINTS, ROUNDINGS, WHOLE_STEPS

MAX_STEP_MINOR = 10**15
MAX_POINTS_PER_STEP = 1_000_000
MAX_MONTHS = 120


class RulePatch(Schema):
    """What can be changed of the earning rule; what is left out stays."""

    step_minor = MoneyMinor(
        minimum=1,
        maximum=MAX_STEP_MINOR,
        metadata={"example": 1_000_000, "description": "In the currency's minor unit; of IRR, in Rial."},
    )
    points_per_step = WholeNumber(minimum=1, maximum=MAX_POINTS_PER_STEP, metadata={"example": 10})
    rounding = ma.fields.String(validate=ma.validate.OneOf(ROUNDINGS))
    currency = Currency(metadata={"example": "IRR"})
    expires_after_months = WholeNumber(
        minimum=1,
        maximum=MAX_MONTHS,
        allow_none=True,
        metadata={"example": 12, "description": "In the business's calendar; null: points never end."},
    )
    is_active = Flag()


class RulePut(RulePatch):
    """The whole earning rule; what is left out takes the value of a new club's rule."""

    step_minor = MoneyMinor(required=True, minimum=1, maximum=MAX_STEP_MINOR)
    points_per_step = WholeNumber(required=True, minimum=1, maximum=MAX_POINTS_PER_STEP)
    rounding = ma.fields.String(load_default=WHOLE_STEPS, validate=ma.validate.OneOf(ROUNDINGS))
    expires_after_months = WholeNumber(load_default=12, minimum=1, maximum=MAX_MONTHS, allow_none=True)
    is_active = Flag(load_default=True)


class RuleOut(Schema):
    """The earning rule in force."""

    version = ma.fields.Integer(required=True, metadata={"description": "0: never saved, the default"})
    step_minor = ma.fields.Integer(required=True)
    points_per_step = ma.fields.Integer(required=True)
    rounding = ma.fields.String(required=True, metadata={"enum": list(ROUNDINGS)})
    currency = ma.fields.String(required=True)
    expires_after_months = ma.fields.Integer(required=True, allow_none=True)
    is_active = ma.fields.Boolean(required=True)
    sentence = ma.fields.String(required=True, metadata={"description": "The rule in words"})


class ExpiringOut(Schema):
    """The points that end next."""

    points = ma.fields.Integer(required=True)
    on = Day(required=True, metadata={"description": "The last local day to spend them"})


class MemberOut(Schema):
    """Where a member stands."""

    customer_id = Uuid(required=True)
    points_balance = ma.fields.Integer(required=True, metadata={"description": "What can be spent now"})
    earned_total = ma.fields.Integer(required=True)
    redeemed_total = ma.fields.Integer(required=True)
    expiring_next = ma.fields.Nested(ExpiringOut, required=True, allow_none=True)
    joined_at = Instant(required=True, allow_none=True)


class EntryOut(Schema):
    """One movement of points."""

    id = Uuid(required=True)
    customer_id = Uuid(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": list(KINDS)})
    points = ma.fields.Integer(required=True, metadata={"description": "Signed"})
    balance_after = ma.fields.Integer(required=True)
    shortfall = ma.fields.Integer(
        required=True, metadata={"description": "Points a refund should have taken back and could not"}
    )
    source_type = ma.fields.String(required=True)
    source_id = ma.fields.String(required=True)
    reverses_entry_id = Uuid(required=True, allow_none=True)
    reason = ma.fields.String(required=True)
    explanation = ma.fields.String(required=True, metadata={"description": "The entry in words"})
    occurred_at = Instant(required=True)
    created_at = Instant(required=True)


class RedemptionIn(Schema):
    """Points to spend."""

    points = WholeNumber(required=True, minimum=1, maximum=MAX_POINTS, metadata={"example": 50})
    reason = Text(load_default="", max_length=500, metadata={"example": "تخفیف خرید"})


class GiftIn(Schema):
    """Points to give."""

    points = WholeNumber(required=True, minimum=1, maximum=MAX_POINTS, metadata={"example": 50})
    reason = Text(
        required=True,
        max_length=500,
        metadata={"example": "مانده از باشگاه پیشین", "description": "The customer's history shows it."},
    )


class RedemptionOut(EntryOut):
    """The entry of a redemption or a gift, and what can be spent now."""

    points_balance = ma.fields.Integer(required=True)
