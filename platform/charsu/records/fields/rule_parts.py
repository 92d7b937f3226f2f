"""A rule of recurrence as the inputs of a form: what each shows, and the rule that comes of what was typed.

Every rule of `charsu.schedule.recurrence` can be said by these inputs, so that a form loses none of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast, get_args

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from charsu.schedule.recurrence import LAST, MAX_COUNT, MAX_INTERVAL, Frequency, Recurrence
from charsu.text.calendar import format_date
from charsu.text.date_input import parse_date
from charsu.text.digits import localise_digits, parse_number
from charsu.text.i18n import _
from charsu.text.preferences import Calendar, current_preferences

#: The choice that opens these inputs.
OWN = "own"
#: What `on` says besides a number: as on the first day, the last day, a weekday of the month.
START, LAST_DAY, WEEKDAY = "start", "last", "nth"
NEVER, UNTIL, COUNT = "never", "until", "count"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RuleParts:
    """What stands in each input, named `<field>.<part>`; inputs of another unit are not looked at."""

    every: str = "1"
    unit: str = "weekly"
    calendar: str = ""
    weekdays: tuple[str, ...] = ()
    on: str = START
    nth: str = "1"
    weekday: str = ""
    month_jalali: str = ""
    month_gregorian: str = ""
    end: str = NEVER
    until: str = ""
    count: str = ""


def parts_of(rule: Recurrence | None) -> RuleParts:
    """What the inputs show of a rule; of none, what a new one begins with."""
    if rule is None:
        return RuleParts(every=localise_digits("1"), calendar=current_preferences().calendar)
    on = str(rule.month_day or START)
    by_nth = {"nth": _word(rule.nth), "weekday": str(rule.weekdays[0])} if rule.nth is not None else {}
    end = UNTIL if rule.until else COUNT if rule.count else NEVER
    return RuleParts(
        every=localise_digits(str(rule.interval)),
        unit=rule.frequency,
        calendar=rule.calendar,
        weekdays=tuple(str(day) for day in rule.weekdays) if rule.frequency == "weekly" else (),
        on=WEEKDAY if rule.nth is not None else LAST_DAY if rule.month_day == LAST else on,
        **by_nth,
        **{f"month_{rule.calendar}": str(rule.month or "")},
        end=end,
        until=format_date(rule.until, "short"),
        count=localise_digits(str(rule.count or "")),
    )


def typed_parts(name: str, form: MultiDict[str, str]) -> RuleParts:
    """What was typed into the inputs of the field `name`; what was not sent is as in `RuleParts`."""
    found = {
        part: form[f"{name}.{part}"].strip()
        for part in RuleParts.__dataclass_fields__
        if part != "weekdays" and f"{name}.{part}" in form
    }
    return RuleParts(**found, weekdays=tuple(form.getlist(f"{name}.weekdays")))


def rule_of(parts: RuleParts) -> Recurrence:
    """The rule these inputs say.

    Raises: marshmallow.ValidationError with messages by part, all of them at once.
    """
    reader = _Reader(parts)
    unit = cast("Frequency", reader.one_of("unit", get_args(Frequency)))
    calendar = cast("Calendar", reader.one_of("calendar", get_args(Calendar)))
    values: dict[str, Any] = {"interval": reader.number("every", MAX_INTERVAL)}
    if unit == "weekly":
        values["weekdays"] = reader.weekdays()
    elif unit in ("monthly", "yearly"):
        values |= reader.day_of_month()
    if unit == "yearly" and calendar and getattr(parts, f"month_{calendar}"):
        values["month"] = reader.choice(f"month_{calendar}", range(1, 13))
    end = reader.one_of("end", (NEVER, UNTIL, COUNT))
    if end == UNTIL:
        values["until"] = reader.day("until")
    elif end == COUNT:
        values["count"] = reader.number("count", MAX_COUNT)
    if reader.errors:
        raise ma.ValidationError(cast("Any", reader.errors))
    return Recurrence(calendar=calendar, frequency=unit, **values)


class _Reader:
    """Reads parts and gathers what is wrong; what could not be read is None or empty."""

    def __init__(self, parts: RuleParts) -> None:
        self.parts = parts
        self.errors: dict[str, list[str]] = {}

    def one_of(self, part: str, words: tuple[str, ...]) -> str:
        typed: str = getattr(self.parts, part)
        if typed in words:
            return typed
        self.errors[part] = [_("Choose one of the offered values.")]
        return ""

    def choice(self, part: str, allowed: range) -> int | None:
        """A number among those a menu offers."""
        words = {str(number): number for number in allowed}
        typed = self.one_of(part, tuple(words))
        return words.get(typed)

    def number(self, part: str, most: int) -> int | None:
        return self._parsed(part, lambda typed: _whole(typed, most))

    def day(self, part: str) -> date | None:
        return self._parsed(part, parse_date)

    def weekdays(self) -> tuple[int, ...]:
        chosen = set(self.parts.weekdays)
        if chosen <= {str(day) for day in range(7)}:
            return tuple(sorted(int(day) for day in chosen))
        self.errors["weekdays"] = [_("Choose one of the offered values.")]
        return ()

    def day_of_month(self) -> Mapping[str, Any]:
        on = self.one_of("on", (START, LAST_DAY, WEEKDAY, *(str(day) for day in range(1, 32))))
        if on == WEEKDAY:
            nth = LAST if self.parts.nth == LAST_DAY else self.choice("nth", range(1, 6))
            return {"nth": nth, "weekdays": (self.choice("weekday", range(7)),)}
        return {
            "month_day": {START: None, "": None, LAST_DAY: LAST}.get(on, int(on) if on.isdigit() else None)
        }

    def _parsed(self, part: str, parse: Callable[[str], T]) -> T | None:
        typed: str = getattr(self.parts, part)
        try:
            if not typed:
                raise ValueError(_("Please fill this in."))
            return parse(typed)
        except ValueError as refusal:
            self.errors[part] = [str(refusal)]
        return None


def _whole(typed: str, most: int) -> int:
    number = parse_number(typed)
    if number != int(number) or not 1 <= number <= most:
        raise ValueError(_("Type a whole number from 1 to %(most)s.", most=most))
    return int(number)


def _word(nth: int | None) -> str:
    return LAST_DAY if nth == LAST else str(nth)
