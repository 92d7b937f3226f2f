"""Filters: what can be asked of a field of each kind, read from an address and turned into SQL.

A filter is written `<field>:<operator>:<value>`. Values are those the API speaks (stored words, ids, minor
units) but dates, which may be typed in either calendar or name a period such as `this_month`. Reading one
gives a `Condition`: its `form` decides the statement, which is compiled once; its `values` are bound to it.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from charsu.plugins.manifest import Text
from charsu.records.fields import ChoiceField, Field, TagsField
from charsu.records.filter_errors import bad_value, unknown_operator
from charsu.records.periods import Span, span_of
from charsu.text.calendar import start_of_day
from charsu.text.date_input import parse_date, parse_datetime
from charsu.text.digits import parse_number
from charsu.text.folding import fold
from charsu.text.i18n import lazy
from charsu.text.patterns import folding_regex, like_pattern
from charsu.text.phones import normalise_phone

MAX_VALUES = 100
MAX_LENGTH = 200
_SEPARATOR = re.compile(r"(?<!\\),")
_DAY = dt.timedelta(days=1)
_TEXTS = frozenset({"text", "long_text", "email", "url", "national_id", "addresses"})

#: What people read for each operator.
OPERATORS: Mapping[str, Text] = {
    "is": lazy("is"),
    "is_not": lazy("is not"),
    "contains": lazy("contains"),
    "starts": lazy("begins with"),
    "has_any": lazy("has any of"),
    "has_all": lazy("has all of"),
    "at_least": lazy("is at least"),
    "at_most": lazy("is at most"),
    "between": lazy("is between"),
    "within": lazy("is in"),
    "on": lazy("is on"),
    "after": lazy("is after"),
    "before": lazy("is before"),
    "me": lazy("is me"),
    "my_teams": lazy("is in my teams"),
    "empty": lazy("is empty"),
    "filled": lazy("is filled in"),
}
#: Operators that take no value.
BARE = frozenset({"me", "my_teams", "empty", "filled"})
#: Operators that take several values.
SEVERAL = frozenset({"is", "is_not", "has_any", "has_all", "between"})


@dataclass(frozen=True)
class Filter:
    """One condition as the address has it: its field, operator and values, all of them checked."""

    field: str
    operator: str
    values: tuple[str, ...] = ()

    def written(self) -> str:
        """`<field>:<operator>:<value>`, as `read_filter` takes it."""
        values = ",".join(value.replace(",", "\\,") for value in self.values)
        return f"{self.field}:{self.operator}:{values}" if self.values else f"{self.field}:{self.operator}"


@dataclass(frozen=True)
class Condition:
    """A filter as a statement takes it: `form` chooses the SQL, `values` are bound to it in order."""

    field: Field
    form: str
    values: tuple[Any, ...] = ()


def split_filter(text: str) -> tuple[str, str | None, str]:
    """Field, operator (None where none is named) and the rest of a written filter."""
    name, has_operator, rest = text.partition(":")
    operator, _colon, value = rest.partition(":")
    return name.strip(), operator.strip() if has_operator else None, value


def read_filter(field: Field, operator: str | None, text: str) -> tuple[Filter, Condition]:
    """Check a filter. Raises `BadQuery` naming the field for an operator or value that does not fit it."""
    operator = operator or field.operators[0]
    if operator not in field.operators:
        raise unknown_operator(field.name, operator)
    if len(text) > MAX_LENGTH * MAX_VALUES or "\x00" in text:
        raise bad_value(field.name)
    values = _split(operator, text)
    if not values and operator not in BARE:
        raise bad_value(field.name)
    try:
        return Filter(field.name, operator, values), _condition(field, operator, values)
    except (ValueError, OverflowError) as refusal:
        raise bad_value(field.name, str(refusal)) from None


def first_operator(field: Field, text: str) -> str:
    """The operator a plain parameter `<field>=<text>` means: the first one that fits the text."""
    if "within" in field.operators and span_of(text.strip()) is None:
        return "on"
    return "has_any" if "has_any" in field.operators else field.operators[0]


def _split(operator: str, text: str) -> tuple[str, ...]:
    if operator in BARE:
        return ()
    parts = _SEPARATOR.split(text) if operator in SEVERAL else [text]
    cleaned = [part.replace("\\,", ",").strip() for part in parts]
    if len(cleaned) > MAX_VALUES:
        raise bad_value(operator)
    if operator == "between":
        return tuple(cleaned) if any(cleaned) else ()
    return tuple(part for part in cleaned if part)


def _condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    if operator in BARE:
        return Condition(field, operator)
    if field.kind in ("date", "instant"):
        return _date_condition(field, operator, values)
    if operator in ("at_least", "at_most", "between"):
        return _number_condition(field, operator, values)
    return _CONDITIONS.get(field.kind, _other_condition)(field, operator, values)


def _other_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    """Texts of every kind."""
    if field.kind not in _TEXTS:
        raise unknown_operator(field.name, operator)
    folded = [_folded(value) for value in values]
    if operator == "contains":
        return Condition(field, "like", (like_pattern(folded[0]), folding_regex(folded[0])))
    if operator == "starts":
        return Condition(field, "like", (like_pattern(folded[0]), f"^\\s*{folding_regex(folded[0])}"))
    return Condition(field, "same" if operator == "is" else "not_same", (_whole(folded),))


def _whole(folded: list[str]) -> list[str]:
    return [f"^\\s*{folding_regex(one)}\\s*$" for one in folded]


def _folded(value: str) -> str:
    folded = fold(value[:MAX_LENGTH])
    if not folded:
        raise ValueError("")
    return folded


def _phone_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    if operator == "is":
        return Condition(field, "any", ([normalise_phone(value) for value in values],))
    digits = re.sub(r"\D", "", fold(values[0][:MAX_LENGTH]))
    if not digits:
        raise ValueError("")
    return Condition(field, "digits", (f"%{digits.removeprefix('00')}%",))


def _choice_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    options = field.options if isinstance(field, ChoiceField) else {}
    words = [value if value in options else None for value in values]
    if None in words:
        raise ValueError("")
    forms = {"is": "any", "is_not": "not_any", "has_any": "overlaps", "has_all": "holds"}
    return Condition(field, forms[operator], (words,))


def _words_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    """Tags are compared by their folds, in the column of folds where the module keeps one."""
    if isinstance(field, TagsField) and any(len(value) > field.max_length for value in values):
        raise bad_value(field.name)
    forms = {"has_any": "words_any", "has_all": "words_all"}
    folded = [_folded(value) for value in values]
    return Condition(field, forms[operator], (folded, _whole(folded)))


def _list_condition(field: Field, _operator: str, values: tuple[str, ...]) -> Condition:
    """Several phones, addresses of mail and so on: any of them is exactly one of these."""
    of = getattr(field, "of", field)
    stored = [normalise_phone(value) if of.kind == "phone" else fold(value) for value in values]
    return Condition(field, "overlaps", (stored,))


def _number_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    numbers = [_number(field, value) if value else None for value in values]
    if operator == "at_least":
        return Condition(field, "from", (numbers[0],))
    if operator == "at_most":
        return Condition(field, "up_to", (numbers[0],))
    if operator == "between":
        if len(numbers) != 2:
            raise ValueError("")
        low, high = numbers
        if low is None or high is None:
            return Condition(field, "up_to" if low is None else "from", (high if low is None else low,))
        return Condition(field, "between", (low, high))
    return Condition(field, "any" if operator == "is" else "not_any", (numbers,))


def _number(field: Field, value: str) -> int | Decimal:
    number = parse_number(value)
    if abs(number) >= 10**18:
        raise ValueError("")
    if field.kind != "money":
        return number
    if number != int(number):
        raise ValueError("")
    return int(number)


def _flag_condition(field: Field, _operator: str, values: tuple[str, ...]) -> Condition:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if len(values) != 1 or values[0].lower() not in words:
        raise ValueError("")
    return Condition(field, "true" if words[values[0].lower()] else "not_true")


def _link_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    ids = [uuid.UUID(value) for value in values]
    return Condition(field, "any" if operator == "is" else "not_any", (ids,))


def _date_condition(field: Field, operator: str, values: tuple[str, ...]) -> Condition:
    if operator == "within":
        span = span_of(values[0])
        if span is None:
            raise ValueError("")
        return _span_condition(field, span)
    if operator == "between":
        if len(values) != 2:
            raise ValueError("")
        first = _days(values[0]).first if values[0] else None
        end = _days(values[1]).end if values[1] else None
        return _span_condition(field, Span(first, end))
    if field.kind == "instant" and operator != "on" and ":" in values[0]:
        moment = parse_datetime(values[0])
        return Condition(field, "from" if operator == "after" else "below", (moment,))
    days = _days(values[0])
    if operator == "on":
        return _span_condition(field, days)
    return _span_condition(field, Span(days.end, None) if operator == "after" else Span(None, days.first))


def _days(text: str) -> Span:
    """The days of a period, or the one day of a date."""
    span = span_of(text)
    if span is not None:
        return span
    day = parse_date(text)
    return Span(day, day + _DAY)


def _span_condition(field: Field, span: Span) -> Condition:
    bounds: list[Any] = [span.first, span.end]
    if field.kind == "instant":
        bounds = [None if day is None else start_of_day(day) for day in bounds]
    first, end = bounds
    if first is not None and end is not None:
        return Condition(field, "range", (first, end))
    if first is None and end is None:
        return Condition(field, "filled")
    return Condition(field, "below", (end,)) if first is None else Condition(field, "from", (first,))


_CONDITIONS: Mapping[str, Callable[[Field, str, tuple[str, ...]], Condition]] = {
    "choice": _choice_condition,
    "multi_choice": _choice_condition,
    "tags": _words_condition,
    "list": _list_condition,
    "number": _number_condition,
    "money": _number_condition,
    "flag": _flag_condition,
    "link": _link_condition,
    "member": _link_condition,
    "phone": _phone_condition,
}
