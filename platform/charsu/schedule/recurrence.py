"""Rules by which something comes again, on the Jalali or the Gregorian calendar by one algorithm.

A rule is cut into periods (days, weeks, months or years of its calendar); each period gives its dates. A day
that a month does not have is that month's last: day 31 of Mehr is its 30th, 30 Esfand is the 29th in a common
year. An ordinal weekday that a month does not have (a fifth Friday) is left out. Single days can be left out
of a rule (`without`, decision 0024); they count for `count` all the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from itertools import count, islice, takewhile
from typing import Any, Literal, cast, get_args

from charsu.errors import RuleViolated
from charsu.text.calendar import days_in_month, join_date, split_date, start_of_week
from charsu.text.i18n import _
from charsu.text.preferences import Calendar

Frequency = Literal["daily", "weekly", "monthly", "yearly"]
#: Stands for the last day of a month, or the last such weekday in it.
LAST = -1
MAX_INTERVAL = 999
MAX_COUNT = 1_000
#: Days left out of one rule.
MAX_WITHOUT = 366
#: Years before it are in no calendar.
EARLIEST = 1900
#: No rule reaches beyond it, so that one which never matches ends too.
HORIZON = date(2199, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A rule; what is left out is taken from the date it starts on. Raises: RuleViolated for what makes no
    sense.
    """

    calendar: Calendar
    frequency: Frequency
    interval: int = 1
    #: Python's weekday numbers (Monday is 0): the days of a week, or with `nth` the one weekday of a month.
    weekdays: tuple[int, ...] = ()
    #: Day of the month, 1 to 31 or `LAST`.
    month_day: int | None = None
    #: Which of the weekdays in the month, 1 to 5 or `LAST`.
    nth: int | None = None
    #: Month of the year, for yearly rules.
    month: int | None = None
    #: The last day it may fall on, itself included.
    until: date | None = None
    #: How many times in all, counted from the start.
    count: int | None = None
    #: Days the rule would give and does not: skipped, or moved by themselves.
    without: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values out of range and parts that do not belong together; put lists in order."""
        _check_values(self)
        _check_parts(self)
        object.__setattr__(self, "weekdays", tuple(sorted(self.weekdays)))
        object.__setattr__(self, "without", tuple(sorted(set(self.without))))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, without what is left out; `Recurrence.from_json` reads it back."""
        plain = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        if self.weekdays:
            plain["weekdays"] = list(self.weekdays)
        if self.until is not None:
            plain["until"] = self.until.isoformat()
        if self.without:
            plain["without"] = [day.isoformat() for day in self.without]
        return plain

    @classmethod
    def from_json(cls, value: object) -> "Recurrence":
        """The rule in a JSON object. Raises: RuleViolated for anything else, unknown names too."""
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise _refusal()
        names = {field.name for field in fields(cls)}
        if not {"calendar", "frequency"} <= value.keys() or not value.keys() <= names:
            raise _refusal()
        given: dict[str, Any] = {name: part for name, part in value.items() if part is not None}
        try:
            if "weekdays" in given:
                given["weekdays"] = tuple(given["weekdays"])
            if "until" in given:
                given["until"] = date.fromisoformat(given["until"])
            if "without" in given:
                given["without"] = tuple(date.fromisoformat(day) for day in given["without"])
            return cls(**given)
        except (TypeError, ValueError):
            raise _refusal() from None


def occurrences(
    start: date, rule: Recurrence, *, after: date | None = None, limit: int | None = None
) -> Iterator[date]:
    """The dates of a rule that begins on `start`, in order: on or after `start`, and later than `after`.

    Days left out of the rule are not among them.

    `start` itself is among them only if the rule falls on it. Endless without `limit`, `until` or `count`, up
    to `HORIZON`.
    """
    left_out = frozenset(rule.without)
    found = (day for day in ruled_days(start, rule, after=after) if day not in left_out)
    return islice(found, limit)


def ruled_days(start: date, rule: Recurrence, *, after: date | None = None) -> Iterator[date]:
    """As `occurrences`, with the days that are left out."""
    last = min(rule.until or HORIZON, HORIZON)
    skip_to = after if after is not None and rule.count is None else None
    found: Iterator[date] = takewhile(lambda day: day <= last, _from(start, rule, skip_to))
    if rule.count is not None:
        found = islice(found, rule.count)
    if after is not None:
        found = (day for day in found if day > after)
    return found


def next_after(start: date, rule: Recurrence, after: date) -> date | None:
    """The first date of the rule later than `after`, None when it has come to its end."""
    return next(occurrences(start, rule, after=after, limit=1), None)


def period_of(day: date, rule: Recurrence) -> int:
    """The number of the day, week, month or year of the rule's calendar that holds `day`."""
    return _CYCLES[rule.frequency].number(day, rule.calendar)


def period_days(day: date, start: date, rule: Recurrence, *, later: int = 0) -> list[date]:
    """The dates the rule has in the period of `day`, or in one so many later, whether its turn or not."""
    return list(_CYCLES[rule.frequency].days(period_of(day, rule) + later, start, rule))


def _from(start: date, rule: Recurrence, skip_to: date | None) -> Iterator[date]:
    """All dates from `start` on; periods that end before `skip_to` are passed over without a look."""
    cycle = _CYCLES[rule.frequency]
    first = cycle.number(start, rule.calendar)
    begin = 0 if skip_to is None or skip_to <= start else cycle.number(skip_to, rule.calendar) - first
    for step in count(begin // rule.interval):
        number = first + step * rule.interval
        if number > cycle.number(HORIZON, rule.calendar):
            return
        for day in cycle.days(number, start, rule):
            if day >= start:
                yield day


class _Days:
    """Every day is a period."""

    def number(self, day: date, _calendar: Calendar) -> int:
        return day.toordinal()

    def days(self, number: int, _start: date, _rule: Recurrence) -> Iterator[date]:
        yield date.fromordinal(number)


class _Weeks:
    """A week begins on the calendar's first weekday, which decides what "every second week" means."""

    def number(self, day: date, calendar: Calendar) -> int:
        return start_of_week(day, calendar).toordinal() // 7

    def days(self, number: int, start: date, rule: Recurrence) -> Iterator[date]:
        # Days of one week share the quotient only from its own first day on: step back onto that.
        first = start_of_week(date.fromordinal(number * 7 + 6), rule.calendar)
        wanted = rule.weekdays or (start.weekday(),)
        for offset in range(7):
            day = first + timedelta(days=offset)
            if day.weekday() in wanted:
                yield day


class _Months:
    """Months are counted through the years."""

    def number(self, day: date, calendar: Calendar) -> int:
        year, month, _day = split_date(day, calendar)
        return year * 12 + month - 1

    def days(self, number: int, start: date, rule: Recurrence) -> Iterator[date]:
        yield from _in_month(number // 12, number % 12 + 1, start, rule)


class _Years:
    """Years of the rule's calendar."""

    def number(self, day: date, calendar: Calendar) -> int:
        return split_date(day, calendar)[0]

    def days(self, number: int, start: date, rule: Recurrence) -> Iterator[date]:
        month = rule.month or split_date(start, rule.calendar)[1]
        yield from _in_month(number, month, start, rule)


_Cycle = _Days | _Weeks | _Months | _Years
_CYCLES: dict[Frequency, _Cycle] = {
    "daily": _Days(),
    "weekly": _Weeks(),
    "monthly": _Months(),
    "yearly": _Years(),
}


def _in_month(year: int, month: int, start: date, rule: Recurrence) -> Iterator[date]:
    length = days_in_month(year, month, rule.calendar)
    if rule.nth is not None:
        yield from _nth_weekday(join_date(year, month, 1, rule.calendar), length, rule)
        return
    wanted = rule.month_day or split_date(start, rule.calendar)[2]
    number = length if wanted == LAST else min(wanted, length)
    yield join_date(year, month, number, rule.calendar)


def _nth_weekday(first: date, length: int, rule: Recurrence) -> Iterator[date]:
    weekday, nth = rule.weekdays[0], cast("int", rule.nth)
    days = range((weekday - first.weekday()) % 7, length, 7)
    if nth <= len(days):
        yield first + timedelta(days=days[nth if nth == LAST else nth - 1])


def _check_values(rule: Recurrence) -> None:
    if rule.calendar not in get_args(Calendar) or rule.frequency not in get_args(Frequency):
        raise _refusal()
    ranges: tuple[tuple[object, range, int | None], ...] = (
        (rule.interval, range(1, MAX_INTERVAL + 1), None),
        (rule.month_day, range(1, 32), LAST),
        (rule.nth, range(1, 6), LAST),
        (rule.month, range(1, 13), None),
        (rule.count, range(1, MAX_COUNT + 1), None),
        *((day, range(7), None) for day in rule.weekdays),
    )
    for value, allowed, other in ranges:
        if value is not None and (type(value) is not int or (value not in allowed and value != other)):
            raise _refusal()
    if rule.until is not None and type(rule.until) is not date:
        raise _refusal()
    if len(rule.without) > MAX_WITHOUT or any(
        type(day) is not date or day.year not in range(EARLIEST, HORIZON.year + 1) for day in rule.without
    ):
        raise _refusal()


def _check_parts(rule: Recurrence) -> None:
    is_of_months = rule.frequency in ("monthly", "yearly")
    faults = (
        len(set(rule.weekdays)) != len(rule.weekdays),
        rule.frequency == "daily" and bool(rule.weekdays),
        not is_of_months and (rule.month_day is not None or rule.nth is not None),
        rule.frequency != "yearly" and rule.month is not None,
        is_of_months and (rule.nth is not None) != (len(rule.weekdays) == 1),
        is_of_months and len(rule.weekdays) > 1,
        rule.nth is not None and rule.month_day is not None,
        rule.until is not None and rule.count is not None,
    )
    if any(faults):
        raise _refusal()


def _refusal() -> RuleViolated:
    return RuleViolated(_("This is not a rule by which something can repeat."), field="recurrence")
