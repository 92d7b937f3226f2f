"""Holidays, working hours, and time counted in them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu.db import tenant_work
from charsu.schedule.holidays import put_holiday
from charsu.schedule.working_hours import (
    DEFAULTS,
    Span,
    WorkingTime,
    is_working_day,
    parse_day,
    working_minutes_between,
    write_day,
)
from charsu.text.calendar import join_date

TEHRAN = ZoneInfo("Asia/Tehran")
SATURDAY = date(2026, 11, 21)
HOURS = WorkingTime(days=DEFAULTS["jalali"], holidays={}, zone=TEHRAN)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TEHRAN).astimezone(UTC)


def test_one_click_adds_the_fixed_holidays_of_a_jalali_year(api):
    first = api.post("/api/v1/core/holidays/official", json={"year": 1403}).json
    again = api.post("/api/v1/core/holidays/official", json={"year": 1403}).json

    days = api.get("/api/v1/core/holidays?first=2024-03-20&last=2025-03-20").json["items"]
    assert (first, again) == ({"added_count": 10}, {"added_count": 0})
    # 1403 is a leap year: its 29 Esfand is not its last day.
    assert days[-1]["held_on"] == join_date(1403, 12, 29, "jalali").isoformat()
    assert [day["held_on"] for day in days[:2]] == ["2024-03-20", "2024-03-21"]


def test_a_named_day_keeps_its_name_when_the_official_ones_are_added(api):
    body = {"held_on": join_date(1405, 1, 13, "jalali").isoformat(), "title": "باغ مادربزرگ"}
    assert api.post("/api/v1/core/holidays", json=body).status_code == 201

    api.post("/api/v1/core/holidays/official", json={"year": 1405})

    found = api.get(f"/api/v1/core/holidays?first={body['held_on']}&last={body['held_on']}").json["items"]
    assert found == [body]


def test_a_removed_holiday_is_gone_once(api):
    api.post("/api/v1/core/holidays", json={"held_on": "2026-11-25", "title": "x"})

    assert api.delete("/api/v1/core/holidays/2026-11-25").status_code == 204
    assert api.delete("/api/v1/core/holidays/2026-11-25").status_code == 404
    assert api.delete("/api/v1/core/holidays/tomorrow").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"held_on": "x", "title": "y"}, {"held_on": "2026-11-25", "title": " "}, {"held_on": "2026-11-25"}],
)
def test_bad_holidays_are_refused(api, tenant, digest, body):
    before = digest(tenant)

    assert api.post("/api/v1/core/holidays", json=body).status_code == 422
    assert api.post("/api/v1/core/holidays/official", json={"year": 1900}).status_code == 422
    assert api.get("/api/v1/core/holidays?first=1950-01-01&last=2050-01-01").status_code == 422
    assert digest(tenant) == before


def test_a_week_off_and_holidays_are_no_working_days(tenant):
    with tenant_work(tenant) as session:
        put_holiday(session, SATURDAY, "تعطیل")

        assert not is_working_day(session, SATURDAY)
        assert is_working_day(session, SATURDAY + timedelta(days=1))
        assert not is_working_day(session, date(2026, 11, 20)), "a Friday"


def test_working_time_leaves_out_nights_days_off_and_holidays(tenant):
    thursday, sunday = date(2026, 11, 19), date(2026, 11, 22)
    with tenant_work(tenant) as session:
        put_holiday(session, SATURDAY, "تعطیل")

        # Thursday 12 to 13, no Friday, no Saturday, Sunday 8 to 9:30.
        assert working_minutes_between(session, at(thursday, 12), at(sunday, 9, 30)) == 60 + 90


def test_a_break_at_noon_does_not_count():
    days = tuple(parse_day("۸ تا ۱۲، ۱۳:۳۰-17") for _ in range(7))
    split = WorkingTime(days=days, holidays={}, zone=TEHRAN)

    assert split.minutes_between(at(SATURDAY, 11), at(SATURDAY, 14)) == 60 + 30
    assert write_day(days[0]) == "08:00-12:00, 13:30-17:00"


def test_hours_follow_the_zone_through_the_change_of_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    all_day = WorkingTime(days=((Span(0, 24 * 60),),) * 7, holidays={}, zone=berlin)
    spring = datetime(2026, 3, 29, tzinfo=berlin).astimezone(UTC)

    assert all_day.minutes_between(spring, datetime(2026, 3, 30, tzinfo=berlin).astimezone(UTC)) == 23 * 60


MOMENTS = st.integers(0, 30 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime):
    first, middle, last = sorted((one, two, three))
    parts = HOURS.minutes_between(first, middle) + HOURS.minutes_between(middle, last)

    assert 0 <= HOURS.minutes_between(first, last) - parts <= 1
    assert HOURS.minutes_between(last, first) == 0 or first == last


@pytest.mark.parametrize("written", ["8", "8-8", "17-8", "25-26", "8:60-9", "8-9-10", "x", "8-9 10-11"])
def test_nonsense_is_no_stretch_of_work(written):
    with pytest.raises(ValueError, match=r".+"):
        parse_day(written)


def test_hours_are_stored_and_overlaps_refused(api, client):
    hours = ["8-12, 13-17"] * 5 + ["", "9-10"]

    stored = api.put("/api/v1/core/working-hours", json={"days": hours}).json

    assert stored["days"][0] == "08:00-12:00, 13:00-17:00"
    assert stored["days"][5] == ""
    assert api.get("/api/v1/core/working-hours").json == stored
    assert api.put("/api/v1/core/working-hours", json={"days": ["8-12, 11-13"] * 7}).status_code == 422
    assert api.put("/api/v1/core/working-hours", json={"days": ["8-12"]}).status_code == 422
    refused = client.post("/settings/calendar/hours", data={"day_5": "8-12, 11-13"})
    assert refused.status_code == 422
    assert 'value="8-12, 11-13"' in refused.text
    assert api.get("/api/v1/core/working-hours").json == stored


def test_the_settings_page_does_it_all(client):
    client.post("/display", data={"lang": "fa"})
    added = client.post("/settings/calendar/holidays/official", data={"year": "۱۴۰۵"})
    own = client.post("/settings/calendar/holidays", data={"held_on": "۱۴۰۵/۹/۱", "title": "جشن ما"})
    saved = client.post("/settings/calendar/hours", data={"day_5": "۸-۱۲"})
    gone = client.post("/settings/calendar/holidays/2027-03-20/removal")

    page = client.get(own.location).text

    assert {answer.status_code for answer in (added, own, saved, gone)} == {303}
    assert "جشن ما" in page
    assert "روز طبیعت" in page
    assert "ملی شدن" not in page
    assert "۰۸:۰۰-۱۲:۰۰" in page
    assert client.get("/settings/calendar?year=abc").status_code == 200
    assert client.post("/settings/calendar/holidays", data={"held_on": "x"}).status_code == 422
