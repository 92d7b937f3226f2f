"""Quantities as the API and forms take them, and validators made of rules."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import marshmallow as ma

from charsu.errors import RuleViolated
from charsu.text.i18n import lazy
from charsu_crm_core import rules


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
