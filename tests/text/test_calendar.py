from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu import clock
from charsu.text.calendar import (
    add_months,
    anniversary_in,
    format_date,
    format_datetime,
    format_relative,
    join_date,
    local_date,
    split_date,
    start_of_day,
    start_of_month,
    start_of_week,
    start_of_year,
)
from charsu.text.date_input import parse_date, parse_datetime
from charsu.text.preferences import Preferences, use_preferences

FIFTEENTH_OF_AZAR = date(2025, 12, 6)
NOW = datetime(2026, 3, 21, 12, 0, tzinfo=UTC)
DAYS = st.dates(min_value=date(1925, 3, 22), max_value=date(2120, 1, 1))


@pytest.mark.parametrize(
    "typed",
    [
        *("۱۴۰۴/۰۹/۱۵", "1404/9/15", "١٤٠٤/٠٩/١٥", "1404-09-15", "1404.9.15", "15/9/1404", " ۱۴۰۴/۹/۱۵ "),
        *("۱۵ آذر ۱۴۰۴", "شنبه ۱۵ آذر ۱۴۰۴", "15 Azar 1404", "۰۴/۹/۱۵", "\u200f۱۴۰۴/۰۹/۱۵\u200f"),
        *("2025-12-06", "2025/12/6", "6 December 2025", "6 Dec 2025", "۶ دسامبر ۲۰۲۵", "6/12/2025"),
    ],
)
def test_dates_are_understood_as_people_write_them(typed):
    assert parse_date(typed) == FIFTEENTH_OF_AZAR


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "فردا",
        "1404/13/1",
        "1404/12/30",
        "1404/7/31",
        "2025-02-29",
        "0/0/0",
        "14040915",
        "999/9/9",
        "9" * 80,
        "1\x00",
    ],
)
def test_days_that_do_not_exist_are_refused_with_an_example(typed):
    with pytest.raises(ValueError, match="۱۴۰۴/۰۹/۱۵"):
        parse_date(typed)


def test_the_thirtieth_of_esfand_exists_in_leap_years_only():
    assert parse_date("1403/12/30") == date(2025, 3, 20)


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("1404/9/15 14:30", datetime(2025, 12, 6, 11, 0, tzinfo=UTC)),
        ("۱۴۰۴/۹/۱۵، ساعت ۱۴:۳۰", datetime(2025, 12, 6, 11, 0, tzinfo=UTC)),
        ("2025-12-06T14:30", datetime(2025, 12, 6, 11, 0, tzinfo=UTC)),
        ("2025-12-06T11:00:00Z", datetime(2025, 12, 6, 11, 0, tzinfo=UTC)),
        ("1404/9/15", datetime(2025, 12, 5, 20, 30, tzinfo=UTC)),
    ],
)
def test_times_are_those_of_the_readers_zone(typed, instant):
    assert parse_datetime(typed) == instant


def test_impossible_times_are_refused():
    with pytest.raises(ValueError, match="ساعت"):
        parse_datetime("1404/9/15 25:00")


def test_a_date_reads_as_persian_people_write_it():
    assert format_date(FIFTEENTH_OF_AZAR, "long") == "شنبه ۱۵ آذر ۱۴۰۴"
    assert format_date(FIFTEENTH_OF_AZAR, "short") == "۱۴۰۴/۰۹/۱۵"
    assert format_date(FIFTEENTH_OF_AZAR, "month") == "آذر ۱۴۰۴"
    assert format_date(None) == ""


def test_calendar_and_language_are_chosen_apart():
    with use_preferences(Preferences(locale="en", calendar="jalali")):
        assert format_date(FIFTEENTH_OF_AZAR, "long") == "Saturday, 15 Azar 1404"
    with use_preferences(Preferences(locale="fa", calendar="gregorian")):
        assert format_date(FIFTEENTH_OF_AZAR) == "۶ دسامبر ۲۰۲۵"


def test_an_instant_late_in_the_evening_is_tomorrow_in_tehran():
    late = datetime(2025, 12, 6, 21, 15, tzinfo=UTC)

    assert format_datetime(late) == "۱۶ آذر ۱۴۰۴، ۰۰:۴۵"
    assert start_of_day(local_date(late)) == datetime(2025, 12, 6, 20, 30, tzinfo=UTC)


def test_months_are_added_in_the_readers_calendar():
    last_of_khordad = parse_date("1404/3/31")

    assert split_date(add_months(last_of_khordad, 6)) == (1404, 9, 30)
    assert split_date(add_months(last_of_khordad, 9)) == (1404, 12, 29)
    assert split_date(add_months(last_of_khordad, -12)) == (1403, 3, 31)
    assert add_months(date(2025, 1, 31), 1, "gregorian") == date(2025, 2, 28)


def test_periods_begin_on_jalali_boundaries():
    assert split_date(start_of_month(FIFTEENTH_OF_AZAR)) == (1404, 9, 1)
    assert split_date(start_of_year(FIFTEENTH_OF_AZAR)) == (1404, 1, 1)
    assert start_of_week(date(2025, 12, 12)) == FIFTEENTH_OF_AZAR


@pytest.mark.usefixtures("english")
def test_weeks_begin_on_monday_in_the_gregorian_calendar():
    assert start_of_week(date(2025, 12, 7)) == date(2025, 12, 1)


def test_a_birthday_on_the_thirtieth_of_esfand_falls_back_in_common_years():
    born = join_date(1375, 12, 30)

    assert split_date(anniversary_in(1404, born)) == (1404, 12, 29)
    assert split_date(anniversary_in(1403, born)) == (1403, 12, 30)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "همین حالا"),
        (timedelta(minutes=5), "۵ دقیقه پیش"),
        (timedelta(hours=3), "۳ ساعت پیش"),
        (timedelta(days=2), "۲ روز پیش"),
        (timedelta(days=-1, hours=-2), "۱ روز دیگر"),
        (timedelta(days=40), "۲۰ بهمن ۱۴۰۴"),
    ],
)
def test_near_moments_are_told_in_words(ago, words):
    assert format_relative(NOW - ago, now=NOW) == words


@pytest.mark.parametrize("calendar", ["jalali", "gregorian"])
def test_a_day_brings_its_year_only_where_it_is_not_this_one(calendar):
    with use_preferences(Preferences(locale="fa", calendar=calendar)):
        first = start_of_year(local_date(clock.now()))
        last_year = first - timedelta(days=1)
        next_year = add_months(first, 12)
        assert format_date(first, "day") == format_date(first, "yearless") != format_date(first)
        assert [format_date(day, "day") for day in (last_year, next_year)] == [
            format_date(last_year),
            format_date(next_year),
        ]
        evening = start_of_day(last_year) + timedelta(hours=20)
        assert format_datetime(evening, "day") == format_datetime(evening)


@given(DAYS)
def test_every_day_survives_the_way_to_paper_and_back(day):
    with use_preferences(Preferences(locale="fa")):
        assert parse_date(format_date(day, "short")) == day
        assert parse_date(format_date(day, "long")) == day


@given(DAYS, st.integers(-600, 600))
def test_adding_months_moves_by_exactly_that_many(day, months):
    with use_preferences(Preferences(locale="fa")):
        year, month, _day = split_date(day)
        later_year, later_month, _later_day = split_date(add_months(day, months))

        assert (later_year * 12 + later_month) - (year * 12 + month) == months
