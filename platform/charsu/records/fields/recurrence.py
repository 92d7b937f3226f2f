"""The field of a rule by which a record comes again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from charsu.errors import RuleViolated
from charsu.records.fields.base import Field, Value
from charsu.records.fields.rule_parts import OWN, RuleParts, rule_of
from charsu.schedule.recurrence import LAST, Frequency, Recurrence
from charsu.schedule.recurrence_text import describe
from charsu.text.i18n import _, lazy
from charsu.text.preferences import current_preferences

#: Where the JSON of a rule has the days it is without.
WITHOUT = "without"
#: What a form offers by one word, in the reader's calendar; the start of the record fills in the rest.
PRESETS: dict[str, tuple[Frequency, dict[str, Any]]] = {
    "daily": ("daily", {}),
    "weekly": ("weekly", {}),
    "fortnightly": ("weekly", {"interval": 2}),
    "monthly": ("monthly", {}),
    "month_end": ("monthly", {"month_day": LAST}),
    "quarterly": ("monthly", {"interval": 3}),
    "yearly": ("yearly", {}),
}


@dataclass(frozen=True, kw_only=True)
class RecurrenceField(Field):
    """A rule of `charsu.schedule.recurrence`, kept as JSON in a column of `JSONB(none_as_null=True)`."""

    kind: ClassVar[str] = "recurrence"
    operators: ClassVar[tuple[str, ...]] = ("filled", "empty")
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = JSONB()
    widget: ClassVar[str] = "recurrence"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """The rule as an object."""
        return _Rule(required=is_required, allow_none=not self.is_required)

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A word of `PRESETS`, the parts of a rule of one's own, or the rule as JSON."""
        return _TypedRule(required=is_required, allow_none=not self.is_required)

    def to_text(self, value: Value) -> str:
        """As a sentence."""
        return describe(Recurrence.from_json(value)) if value else ""

    def to_input(self, value: Value) -> Any:
        """The word that means the rule, else its JSON."""
        if not value:
            return ""
        bare = {name: part for name, part in value.items() if name != WITHOUT}
        return next((word for word in PRESETS if preset(word) == bare), json.dumps(value))

    def input_options(self) -> list[tuple[str, str]]:
        """What a form offers, in order: (value, words); a rule of one's own stands behind the usual ones."""
        words = [("", _("Does not repeat"))]
        words += [(word, describe(Recurrence.from_json(preset(word)))) for word in PRESETS]
        return [*words, (OWN, _("A rule of your own …"))]

    def to_choice(self, value: Value) -> str:
        """Which of `input_options` means the rule."""
        chosen = self.to_input(value)
        return chosen if chosen == "" or chosen in PRESETS else OWN

    def keeping_left_out(self, value: Value, before: Value) -> Value:
        """A rule out of a form, which asks for no single days, still without those it was without before."""
        if not value or not before or WITHOUT in value or WITHOUT not in before:
            return value
        return {**value, WITHOUT: before[WITHOUT]}

    @override
    def search_words(self, value: Value) -> list[str]:
        """Rules are not searched."""
        return []


class _Rule(ma.fields.Field[Any]):
    default_error_messages = {"invalid": lazy("This is not a rule by which something can repeat.")}

    @override
    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        try:
            return Recurrence.from_json(value).to_json()
        except RuleViolated:
            raise self.make_error("invalid") from None


class _TypedRule(_Rule):
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if value == "" and self.allow_none:
            return None
        if isinstance(value, RuleParts):
            return rule_of(value).to_json()
        try:
            rule = preset(value) if value in PRESETS else json.loads(value)
        except (ValueError, TypeError, RecursionError):
            raise self.make_error("invalid") from None
        return super()._deserialize(rule, attr, data, **kwargs)


def preset(word: str) -> dict[str, Any]:
    """The rule a word of `PRESETS` stands for, in the reader's calendar, as the field keeps it."""
    frequency, parts = PRESETS[word]
    return Recurrence(calendar=current_preferences().calendar, frequency=frequency, **parts).to_json()
