"""Rules of recurrence, compared with looking at every day one by one."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charsu.errors import RuleViolated
from charsu.schedule.recurrence import LAST, Recurrence, next_after, occurrences
from charsu.schedule.recurrence_text import describe
from charsu.text.calendar import days_in_month, join_date, split_date, start_of_week
from charsu.text.preferences import Calendar, Preferences, use_preferences

DAYS = st.dates(min_value=date(1999, 1, 1), max_value=date(2060, 1, 1))
CALENDARS = st.sampled_from(["jalali", "gregorian"])
ENDS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"count": st.integers(1, 12)}),
    st.fixed_dictionaries({"until": DAYS}),
)
ON_DAY = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"month_day": st.integers(1, 31) | st.just(LAST)}),
    st.fixed_dictionaries(
        {"nth": st.integers(1, 5) | st.just(LAST), "weekdays": st.tuples(st.integers(0, 6))}
    ),
)
WEEKDAYS = st.lists(st.integers(0, 6), unique=True).map(tuple)
PARTS = st.one_of(
    st.just({"frequency": "daily"}),
    st.fixed_dictionaries({"frequency": st.just("weekly"), "weekdays": WEEKDAYS}),
    ON_DAY.map(lambda on: {"frequency": "monthly", **on}),
    st.tuples(ON_DAY, st.none() | st.integers(1, 12)).map(
        lambda both: {"frequency": "yearly", "month": both[1], **both[0]}
    ),
)
RULES = st.tuples(PARTS, ENDS, CALENDARS, st.integers(1, 6)).map(
    lambda found: Recurrence(calendar=found[2], interval=found[3], **{**found[0], **found[1]})  # type: ignore[arg-type]
)


def naive(start: date, rule: Recurrence) -> Iterator[date]:
    """Every day from the start on that meets the rule, by looking at each."""
    found, day = 0, start
    while day < date(2199, 1, 1):
        if (rule.until and day > rule.until) or (rule.count and found >= rule.count):
            return
        if in_turn(day, start, rule) and fits(day, start, rule):
            found += 1
            yield day
        day += timedelta(days=1)


def in_turn(day: date, start: date, rule: Recurrence) -> bool:
    year, month, _ = split_date(day, rule.calendar)
    from_year, from_month, _ = split_date(start, rule.calendar)
    weeks = (start_of_week(day, rule.calendar) - start_of_week(start, rule.calendar)).days // 7
    passed = {
        "daily": (day - start).days,
        "weekly": weeks,
        "monthly": (year - from_year) * 12 + month - from_month,
        "yearly": year - from_year,
    }[rule.frequency]
    return passed % rule.interval == 0


def fits(day: date, start: date, rule: Recurrence) -> bool:
    year, month, number = split_date(day, rule.calendar)
    length = days_in_month(year, month, rule.calendar)
    if rule.frequency == "daily":
        return True
    if rule.frequency == "weekly":
        return day.weekday() in (rule.weekdays or (start.weekday(),))
    if rule.frequency == "yearly" and month != (rule.month or split_date(start, rule.calendar)[1]):
        return False
    if rule.nth == LAST:
        return day.weekday() == rule.weekdays[0] and number + 7 > length
    if rule.nth is not None:
        return day.weekday() == rule.weekdays[0] and (number - 1) // 7 + 1 == rule.nth
    wanted = rule.month_day or split_date(start, rule.calendar)[2]
    return number == (length if wanted == LAST else min(wanted, length))


@settings(deadline=None)
@given(DAYS, RULES)
def test_a_rule_gives_the_days_that_looking_at_every_day_gives(start: date, rule: Recurrence) -> None:
    assert list(occurrences(start, rule, limit=4)) == list(islice(naive(start, rule), 4))


@settings(deadline=None)
@given(DAYS, RULES, st.integers(-40, 900))
def test_what_comes_after_a_day_is_the_rest_of_the_rule(start: date, rule: Recurrence, later: int) -> None:
    after = start + timedelta(days=later)

    rest = islice((day for day in naive(start, rule) if day > after), 3)

    assert list(occurrences(start, rule, after=after, limit=3)) == list(rest)


@given(RULES)
def test_a_rule_comes_back_out_of_json_as_it_was(rule: Recurrence) -> None:
    assert Recurrence.from_json(rule.to_json()) == rule


def jalali(year: int, month: int, day: int) -> date:
    return join_date(year, month, day, "jalali")


def first(start: date, count: int, calendar: Calendar = "jalali", **parts: Any) -> list[tuple[int, int, int]]:
    rule = Recurrence(calendar=calendar, **parts)
    return [split_date(day, calendar) for day in occurrences(start, rule, limit=count)]


def test_the_last_of_esfand_is_the_30th_in_leap_years_alone() -> None:
    found = first(jalali(1402, 1, 1), 4, frequency="yearly", month=12, month_day=LAST)

    assert found == [(1402, 12, 29), (1403, 12, 30), (1404, 12, 29), (1405, 12, 29)]


def test_30_esfand_falls_on_the_29th_in_a_common_year() -> None:
    found = first(jalali(1403, 12, 30), 6, frequency="yearly")

    assert [day for _, _, day in found] == [30, 29, 29, 29, 29, 30]


def test_29_february_falls_on_the_28th_in_a_common_year() -> None:
    found = first(date(2024, 2, 29), 5, "gregorian", frequency="yearly")

    assert [day for _, _, day in found] == [29, 28, 28, 28, 29]


def test_day_31_is_the_last_day_of_shorter_months() -> None:
    found = first(jalali(1404, 6, 1), 8, frequency="monthly", month_day=31)

    assert [(month, day) for _, month, day in found] == [
        *((6, 31), (7, 30), (8, 30), (9, 30), (10, 30), (11, 30), (12, 29), (1, 31)),
    ]


def test_every_second_week_counts_weeks_from_saturday_in_jalali_and_from_monday_in_gregorian() -> None:
    tuesday, saturday = 1, 5
    start = date(2026, 11, 21)  # a Saturday
    weekdays = (saturday, tuesday)

    jalali_weeks = Recurrence(calendar="jalali", frequency="weekly", interval=2, weekdays=weekdays)
    gregorian_weeks = Recurrence(calendar="gregorian", frequency="weekly", interval=2, weekdays=weekdays)

    assert [day.day for day in occurrences(start, jalali_weeks, limit=3)] == [21, 24, 5]
    assert [day.day for day in occurrences(start, gregorian_weeks, limit=3)] == [21, 1, 5]


def test_a_rule_that_never_comes_again_ends() -> None:
    start = date(2026, 1, 1)
    fifth_friday = Recurrence(
        calendar="gregorian", frequency="yearly", interval=999, month=2, nth=5, weekdays=(4,)
    )

    assert next_after(start, fifth_friday, start) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "monthly",
        {},
        {"calendar": "jalali"},
        {"calendar": "lunar", "frequency": "daily"},
        {"calendar": ["jalali"], "frequency": {}},
        {"calendar": "jalali", "frequency": "hourly"},
        {"calendar": "jalali", "frequency": "daily", "interval": 0},
        {"calendar": "jalali", "frequency": "daily", "interval": True},
        {"calendar": "jalali", "frequency": "daily", "interval": "2"},
        {"calendar": "jalali", "frequency": "daily", "weekdays": [1]},
        {"calendar": "jalali", "frequency": "daily", "month_day": 1},
        {"calendar": "jalali", "frequency": "weekly", "weekdays": [7]},
        {"calendar": "jalali", "frequency": "weekly", "weekdays": [1, 1]},
        {"calendar": "jalali", "frequency": "weekly", "weekdays": 5},
        {"calendar": "jalali", "frequency": "weekly", "weekdays": "sat"},
        {"calendar": "jalali", "frequency": "weekly", "nth": 1, "weekdays": [1]},
        {"calendar": "jalali", "frequency": "monthly", "month_day": 32},
        {"calendar": "jalali", "frequency": "monthly", "month_day": -2},
        {"calendar": "jalali", "frequency": "monthly", "nth": 1},
        {"calendar": "jalali", "frequency": "monthly", "nth": 6, "weekdays": [1]},
        {"calendar": "jalali", "frequency": "monthly", "nth": 1, "weekdays": [1], "month_day": 3},
        {"calendar": "jalali", "frequency": "monthly", "month": 3},
        {"calendar": "jalali", "frequency": "yearly", "month": 13},
        {"calendar": "jalali", "frequency": "daily", "until": "soon"},
        {"calendar": "jalali", "frequency": "daily", "until": 14050101},
        {"calendar": "jalali", "frequency": "daily", "count": 0},
        {"calendar": "jalali", "frequency": "daily", "count": 3, "until": "2030-01-01"},
        {"calendar": "jalali", "frequency": "daily", "hour": 3},
    ],
)
def test_nonsense_is_no_rule(value: object) -> None:
    with pytest.raises(RuleViolated):
        Recurrence.from_json(value)


PERSIAN = Preferences(locale="fa", calendar="jalali")
ENGLISH = Preferences(locale="en", calendar="gregorian")
SENTENCES = [
    ({"frequency": "daily"}, "هر روز", "Every day"),
    ({"frequency": "daily", "interval": 3}, "هر ۳ روز یک بار", "Every 3 days"),
    (
        {"frequency": "weekly", "interval": 2, "weekdays": (1, 5)},
        "یک هفته در میان، شنبه و سه‌شنبه",
        "Every second week on Saturday and Tuesday",
    ),
    (
        {"frequency": "weekly", "weekdays": (2, 5, 6)},
        "هر هفته، شنبه، یکشنبه و چهارشنبه",
        "Every week on Saturday, Sunday and Wednesday",
    ),
    ({"frequency": "monthly", "month_day": 1}, "هر ماه، روز ۱", "Every month, day 1 (Jalali months)"),
    (
        {"frequency": "monthly", "month_day": LAST, "count": 6},
        "هر ماه، روز آخر، ۶ بار",
        "Every month, the last day (Jalali months), 6 times",
    ),
    (
        {"frequency": "monthly", "interval": 3, "nth": 2, "weekdays": (5,)},
        "هر ۳ ماه یک بار، دومین شنبه",
        "Every 3 months, the second Saturday (Jalali months)",
    ),
    ({"frequency": "yearly"}, "هر سال، ۱ آذر", "Every year, 1 Azar"),
    (
        {"frequency": "yearly", "month": 12, "month_day": LAST},
        "هر سال، روز آخر اسفند",
        "Every year, the last day of Esfand",
    ),
]


@pytest.mark.parametrize(("parts", "persian", "english"), SENTENCES)
def test_a_rule_reads_as_a_sentence_in_both_languages(
    parts: dict[str, Any], persian: str, english: str
) -> None:
    rule = Recurrence(calendar="jalali", **parts)
    start = jalali(1405, 9, 1)

    with use_preferences(PERSIAN):
        assert describe(rule, start) == persian
    with use_preferences(ENGLISH):
        assert describe(rule, start) == english
