"""What becomes of a rule when single days of it move or go, compared with a plain list of days."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice

import icalendar
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from charsu.errors import RuleViolated
from charsu.records.ics_rules import rrule_of
from charsu.schedule.recurrence import Recurrence
from charsu.schedule.series import Series
from charsu.text.calendar import days_in_month, join_date, split_date

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 1, 1))
CALENDARS = st.sampled_from(["jalali", "gregorian"])
PARTS = st.one_of(
    st.just({"frequency": "daily"}),
    st.just({"frequency": "weekly"}),
    st.just({"frequency": "monthly"}),
    st.just({"frequency": "yearly"}),
    st.just({"frequency": "monthly", "month_day": -1}),
    st.fixed_dictionaries(
        {"frequency": st.just("weekly"), "weekdays": st.sets(st.integers(0, 6), min_size=1).map(tuple)}
    ),
    st.fixed_dictionaries(
        {
            "frequency": st.just("monthly"),
            "nth": st.sampled_from([1, 2, 3, 4, -1]),
            "weekdays": st.tuples(st.integers(0, 6)),
        }
    ),
)
ENDS = st.one_of(st.just({}), st.fixed_dictionaries({"count": st.integers(6, 20)}))
SERIES = st.tuples(DAYS, PARTS, ENDS, CALENDARS, st.integers(1, 3)).map(
    lambda found: Series(
        found[0],
        Recurrence(calendar=found[3], interval=found[4], **found[1], **found[2]),  # type: ignore[arg-type]
    )
)
FAR = 14
STEPS = st.lists(
    st.tuples(st.sampled_from(["skip", "back", "split", "begin"]), st.integers(0, FAR - 1)), max_size=8
)


def shown(series: Series, count: int = FAR) -> list[date]:
    return list(islice(series.days(), count))


@settings(deadline=None, max_examples=150)
@given(SERIES, STEPS)
def test_skipping_bringing_back_and_cutting_leave_the_other_days_alone(series: Series, steps: list) -> None:
    days = shown(series, 40)
    last = days[-1]
    left_out: set[date] = set()
    for step, at in steps:
        if len(days) < 2:
            break
        day = days[min(at, len(days) - 1)]
        if step == "skip":
            series = series.skipped(day)
            days.remove(day)
            left_out.add(day)
        elif step == "back" and left_out:
            day = sorted(left_out)[at % len(left_out)]
            series = series.brought_back(day)
            days = sorted({*days, day})
            left_out.discard(day)
        elif step == "split" and day != days[0]:
            series, last = series.ended_before(day), day
            days = [one for one in days if one < day]
            left_out = {one for one in left_out if one < day}
        elif step == "begin" and day != days[0]:
            series = series.begun_at(day)
            days = [one for one in days if one >= day]
            left_out = {one for one in left_out if one in series.rule.without}
    assert [day for day in shown(series, len(days) + 1) if day <= last] == days
    assert left_out <= set(series.rule.without)


@settings(deadline=None, max_examples=80)
@given(
    DAYS,
    st.sampled_from([("daily", 1), ("daily", 3), ("weekly", 1), ("weekly", 2)]),
    CALENDARS,
    st.integers(0, FAR - 1),
    st.integers(-40, 40),
    st.sets(st.integers(1, FAR - 1), max_size=3),
)
def test_moving_all_moves_every_day_as_far(start, every, calendar, at, by, skipped) -> None:
    series = Series(start, Recurrence(calendar=calendar, frequency=every[0], interval=every[1]))
    raw = shown(series)
    for place in skipped - {at}:
        series = series.skipped(raw[place])

    moved = series.moved(raw[at], raw[at] + timedelta(days=by))

    expected = [day + timedelta(days=by) for place, day in enumerate(raw) if place not in skipped - {at}]
    assert shown(moved, len(expected)) == expected


@settings(deadline=None, max_examples=60)
@given(DAYS, st.sets(st.integers(0, 6), min_size=1), st.integers(0, FAR - 1), st.integers(-20, 20))
def test_weekdays_go_round_together(start, weekdays, at, by) -> None:
    rule = Recurrence(calendar="gregorian", frequency="weekly", weekdays=tuple(weekdays))
    first = next(day for day in (start + timedelta(days=n) for n in range(7)) if day.weekday() in weekdays)
    series = Series(first, rule)
    raw = shown(series)

    moved = series.moved(raw[at], raw[at] + timedelta(days=by))

    assert shown(moved) == [day + timedelta(days=by) for day in raw]


@settings(deadline=None, max_examples=80)
@given(DAYS, CALENDARS, st.integers(0, 11), DAYS, st.sets(st.integers(1, 11), max_size=3))
def test_in_months_the_day_of_the_month_moves(start, calendar, at, near, skipped) -> None:
    series = Series(start, Recurrence(calendar=calendar, frequency="monthly"))
    raw = shown(series, 12)
    for place in skipped - {at}:
        series = series.skipped(raw[place])
    year, month, _day = split_date(raw[at], calendar)
    number = min(split_date(near, calendar)[2], days_in_month(year, month, calendar))

    moved = series.moved(raw[at], join_date(year, month, number, calendar))

    months = [split_date(day, calendar)[:2] for day in raw]
    if (year, month) == split_date(raw[at], calendar)[:2] and raw[at] == join_date(
        year, month, number, calendar
    ):
        expected = raw
    else:
        expected = [join_date(y, m, min(number, days_in_month(y, m, calendar)), calendar) for y, m in months]
    kept = [day for place, day in enumerate(expected) if place not in skipped - {at}]
    assert shown(moved, len(kept)) == kept


@settings(deadline=None, max_examples=150)
@given(SERIES, st.none() | st.integers(30, 3000))
def test_other_programs_find_the_same_days_in_the_rule(series: Series, until: int | None) -> None:
    if until is not None and series.rule.count is None:
        last = series.start + timedelta(days=until)
        series = replace(series, rule=replace(series.rule, until=last))
    parts = rrule_of(series, is_timed=False)
    if parts is None:
        return
    written = icalendar.vRecur(dict(parts)).to_ical().decode()
    start = datetime.combine(series.start, time())

    found = [moment.date() for moment in islice(rrulestr(written, dtstart=start), 12)]

    assert found == shown(series, 12)


def test_the_only_day_left_can_not_be_skipped() -> None:
    rule = Recurrence(calendar="gregorian", frequency="daily", count=2)
    last = Series(date(2026, 1, 1), rule).skipped(date(2026, 1, 1))

    assert shown(last) == [date(2026, 1, 2)]
    with pytest.raises(RuleViolated):
        last.skipped(date(2026, 1, 2))


def test_the_31st_stays_the_31st_when_a_short_month_is_first() -> None:
    series = Series(date(2026, 8, 31), Recurrence(calendar="gregorian", frequency="monthly"))

    gone_on = series.skipped(date(2026, 8, 31))

    assert shown(gone_on, 2) == [date(2026, 9, 30), date(2026, 10, 31)]
    assert shown(gone_on.brought_back(date(2026, 8, 31)), 2) == [date(2026, 8, 31), date(2026, 9, 30)]


def test_a_rule_that_moves_says_no_more_than_before() -> None:
    monthly = Recurrence(calendar="jalali", frequency="monthly")
    series = Series(date(2026, 11, 21), monthly)

    assert series.moved(date(2026, 12, 21), date(2026, 12, 23)).rule == monthly
    assert series.skipped(date(2026, 11, 21)).rule.month_day is None
