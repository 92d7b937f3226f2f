"""Spans of days that move with today, in the reader's calendar: "this month" is Azar or November."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from charsu.plugins.manifest import Text
from charsu.text.calendar import add_months, split_date, start_of_month, start_of_week, start_of_year, today
from charsu.text.i18n import _, lazy

_COUNTED = re.compile(r"(next|last)_([0-9]{1,3})_days\Z")
_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` on and before `end`; None is open."""

    first: dt.date | None
    end: dt.date | None


def _month(shift: int) -> Callable[[dt.date], Span]:
    def span(day: dt.date) -> Span:
        first = add_months(start_of_month(day), shift)
        return Span(first, add_months(first, 1))

    return span


def _week(shift: int) -> Callable[[dt.date], Span]:
    def span(day: dt.date) -> Span:
        first = start_of_week(day) + shift * _WEEK
        return Span(first, first + _WEEK)

    return span


def _day(shift: int) -> Callable[[dt.date], Span]:
    return lambda day: Span(day + shift * _DAY, day + (shift + 1) * _DAY)


def _quarter(day: dt.date) -> Span:
    month = split_date(day)[1]
    first = add_months(start_of_month(day), -((month - 1) % 3))
    return Span(first, add_months(first, 3))


def _year(shift: int) -> Callable[[dt.date], Span]:
    def span(day: dt.date) -> Span:
        first = add_months(start_of_year(day), 12 * shift)
        return Span(first, add_months(first, 12))

    return span


_SPANS: Mapping[str, Callable[[dt.date], Span]] = {
    "today": _day(0),
    "yesterday": _day(-1),
    "tomorrow": _day(1),
    "this_week": _week(0),
    "last_week": _week(-1),
    "next_week": _week(1),
    "this_month": _month(0),
    "last_month": _month(-1),
    "next_month": _month(1),
    "this_quarter": _quarter,
    "this_year": _year(0),
    "last_year": _year(-1),
    "overdue": lambda day: Span(None, day),
}
#: The words offered, and what people read for them.
PERIODS: Mapping[str, Text] = {
    "today": lazy("Today"),
    "yesterday": lazy("Yesterday"),
    "tomorrow": lazy("Tomorrow"),
    "this_week": lazy("This week"),
    "last_week": lazy("Last week"),
    "next_week": lazy("Next week"),
    "this_month": lazy("This month"),
    "last_month": lazy("Last month"),
    "next_month": lazy("Next month"),
    "this_quarter": lazy("This quarter"),
    "this_year": lazy("This year"),
    "last_year": lazy("Last year"),
    "next_7_days": lazy("The next 7 days"),
    "last_7_days": lazy("The last 7 days"),
    "next_30_days": lazy("The next 30 days"),
    "last_30_days": lazy("The last 30 days"),
    "overdue": lazy("Before today"),
}


def span_of(word: str) -> Span | None:
    """The days a word means today, in the reader's calendar and zone; None for a word that is no period.

    `next_<n>_days` and `last_<n>_days` take any count up to 999; both have today among them.
    """
    day = today()
    if word in _SPANS:
        return _SPANS[word](day)
    counted = _COUNTED.match(word)
    if counted is None or int(counted[2]) < 1:
        return None
    days = int(counted[2]) * _DAY
    return Span(day, day + days) if counted[1] == "next" else Span(day - days + _DAY, day + _DAY)


def period_title(word: str) -> str | None:
    """What people read for a period, or None where the word is none."""
    if word in PERIODS:
        return str(PERIODS[word])
    counted = _COUNTED.match(word)
    if counted is None:
        return None
    count = int(counted[2])
    if counted[1] == "next":
        return _("The next %(count)s days", count=count)
    return _("The last %(count)s days", count=count)
