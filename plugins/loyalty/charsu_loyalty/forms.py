"""Forms of the pages: the fields of the API's shapes, typed as people type."""

import marshmallow as ma

from charsu.api import PageArgs, Schema
from charsu.api.fields import Flag, Text, Uuid, WholeNumber
from charsu.text.fields import TypedDate, TypedMoney
from charsu.text.i18n import lazy
from charsu_loyalty.models import KINDS
from charsu_loyalty.rules import MAX_POINTS, PROPORTIONAL, ROUNDINGS, WHOLE_STEPS
from charsu_loyalty.schemas import MAX_MONTHS, MAX_POINTS_PER_STEP, MAX_STEP_MINOR

#: How long points may be chosen to last; a rule set by the API may have another length, which is offered too.
MONTHS = (3, 6, 12, 18, 24, 36)
NEVER = "never"
_STEP = ma.validate.Range(1, MAX_STEP_MINOR, error=lazy("Enter an amount above zero."))


class RuleForm(Schema):
    """The earning rule as the parts of its sentence."""

    step_minor = TypedMoney(data_key="step", required=True, validate=_STEP)
    points_per_step = WholeNumber(data_key="points", required=True, minimum=1, maximum=MAX_POINTS_PER_STEP)
    rounding = ma.fields.String(load_default=WHOLE_STEPS, validate=ma.validate.OneOf(ROUNDINGS))
    expires_after_months = ma.fields.String(data_key="months", required=True)
    is_active = Flag(load_default=False)

    @ma.post_load
    def read_months(self, values: dict[str, object], **_options: object) -> dict[str, object]:
        """Turn the choice of a length into months, None for points that never end."""
        chosen = str(values["expires_after_months"])
        if chosen == NEVER:
            return {**values, "expires_after_months": None}
        if not (chosen.isascii() and chosen.isdigit() and 1 <= int(chosen[:9]) <= MAX_MONTHS):
            raise ma.ValidationError(lazy("Choose how long points last."), "months")
        return {**values, "expires_after_months": int(chosen)}


class RedeemForm(Schema):
    """Points to spend, what for, and the key that makes a form sent twice harmless."""

    points = WholeNumber(required=True, minimum=1, maximum=MAX_POINTS)
    reason = Text(load_default="", max_length=500)
    key = Uuid(load_default=None)


class GiveForm(Schema):
    """Points to give, why, and the key that makes a form sent twice harmless."""

    points = WholeNumber(required=True, minimum=1, maximum=MAX_POINTS)
    reason = Text(required=True, max_length=500)
    key = Uuid(load_default=None)


class LedgerArgs(PageArgs):
    """What the address of the ledger page asks for."""

    kind = ma.fields.String(load_default=None, validate=ma.validate.OneOf(KINDS))
    customer = Uuid(load_default=None)
    since = TypedDate(load_default=None, allow_none=True)
    until = TypedDate(load_default=None, allow_none=True)


#: For templates.
CHOICES = {"months": MONTHS, "never": NEVER, "whole_steps": WHOLE_STEPS, "proportional": PROPORTIONAL}
