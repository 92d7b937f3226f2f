"""Rules of recurrence as RRULE (RFC 5545), where other programs then find the very same days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from charsu.schedule.recurrence import LAST, Recurrence, ruled_days
from charsu.schedule.series import Series
from charsu.text.calendar import WEEK_STARTS, split_date, start_of_day

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Every month has them.
_SAFE_DAYS = 28


def rrule_of(series: Series, *, is_timed: bool) -> Mapping[str, Any] | None:
    """The parts of the RRULE; None for what it can't say, such as Jalali months and a first day off the rule.

    A day that a month lacks is its last here and left out there: of the days up to it, the last one is asked
    for. The end is a day for what lasts whole days, else the last moment of that day in UTC.
    """
    rule, start = series.rule, series.start
    is_of_months = rule.frequency in ("monthly", "yearly")
    if (is_of_months and rule.calendar != "gregorian") or next(ruled_days(start, rule), None) != start:
        return None
    parts: dict[str, Any] = {"freq": rule.frequency, "interval": rule.interval}
    if rule.frequency == "weekly":
        parts |= {"byday": _weekdays(rule, start), "wkst": _DAYS[WEEK_STARTS[rule.calendar]]}
    if rule.frequency == "yearly":
        parts["bymonth"] = rule.month or start.month
    if is_of_months:
        parts |= _day_of_month(rule, start)
    if rule.count is not None:
        parts["count"] = rule.count
    if rule.until is not None:
        parts["until"] = _end(rule.until) if is_timed else rule.until
    return parts


def _weekdays(rule: Recurrence, start: dt.date) -> list[str]:
    return [_DAYS[day] for day in rule.weekdays or (start.weekday(),)]


def _day_of_month(rule: Recurrence, start: dt.date) -> Mapping[str, Any]:
    if rule.nth is not None:
        return {"byday": f"{rule.nth}{_DAYS[rule.weekdays[0]]}"}
    day = rule.month_day or split_date(start, rule.calendar)[2]
    if day == LAST or day <= _SAFE_DAYS:
        return {"bymonthday": day}
    return {"bymonthday": list(range(_SAFE_DAYS, day + 1)), "bysetpos": LAST}


def _end(until: dt.date) -> dt.datetime:
    return start_of_day(until + dt.timedelta(days=1)) - dt.timedelta(seconds=1)
