"""Filters in words: what a chip above the list says."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from charsu.records.fields import ChoiceField, Field, LinkField
from charsu.records.filters import BARE, OPERATORS, Condition, Filter
from charsu.records.periods import period_title
from charsu.text.calendar import format_date
from charsu.text.date_input import parse_date
from charsu.text.digits import format_number, localise_digits, parse_number
from charsu.text.i18n import _
from charsu.text.money import format_money
from charsu.text.preferences import current_preferences


def filter_text(field: Field, chosen: Filter, titles: Mapping[Any, str]) -> tuple[str, str, str]:
    """Title, operator and values as people read them; `titles` are of linked records."""
    operator = str(OPERATORS[chosen.operator])
    if chosen.operator in BARE:
        return str(field.title), operator, ""
    words = [_value_text(field, value, titles) for value in chosen.values]
    if chosen.operator == "between":
        first, last = (word or "…" for word in words)
        return str(field.title), operator, _("%(first)s to %(last)s", first=first, last=last)
    return str(field.title), operator, _either(words)


def linked_in(conditions: Iterable[Condition]) -> dict[str, set[uuid.UUID]]:
    """The ids that filters name, by the key of the type they lead to."""
    found: dict[str, set[uuid.UUID]] = {}
    for item in conditions:
        if isinstance(item.field, LinkField) and item.values:
            found.setdefault(item.field.to, set()).update(item.values[0])
    return found


def _either(words: list[str]) -> str:
    return ("، " if current_preferences().locale == "fa" else ", ").join(words)


def _value_text(field: Field, value: str, titles: Mapping[Any, str]) -> str:
    if not value:
        return ""
    if isinstance(field, ChoiceField):
        return str(field.options.get(value, value))
    if isinstance(field, LinkField):
        return titles.get(uuid.UUID(value)) or _("(unknown)")
    if field.kind in ("date", "instant"):
        return _day_text(value)
    if field.kind == "money":
        return format_money(int(parse_number(value)))
    if field.kind == "number":
        return format_number(parse_number(value))
    if field.kind == "flag":
        return _("Yes") if value.lower() in ("true", "1", "yes") else _("No")
    return localise_digits(value) if field.kind in ("phone", "national_id") else value


def _day_text(value: str) -> str:
    period = period_title(value)
    if period is not None:
        return period
    try:
        return format_date(parse_date(value))
    except ValueError:
        return localise_digits(value)
