"""Calendars: what stands on them for whom, on which days, and that they stand in both languages."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from charsu.db import tenant_work
from charsu.records import service_of
from charsu.records.access import RecordAccess, full_access
from charsu.records.calendar import list_events
from charsu.records.calendar_views import Span, fill
from charsu.schedule.holidays import put_holiday
from charsu.schedule.working_hours import load_working_time
from charsu.text.preferences import Preferences, use_preferences

from .conftest import NOW

VIEWS = ("month", "week", "day", "agenda", "team")
#: 30 Aban 1405, a Saturday.
TODAY = date(2026, 11, 21)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """That time of day in Tehran, so many days from today."""
    return datetime(2026, 11, 21, hour, minute, tzinfo=UTC) + timedelta(days=days) - timedelta(minutes=210)


@pytest.fixture
def today():
    with time_machine.travel(NOW, tick=False) as machine:
        yield machine


@pytest.fixture
def browser(crowd, member):
    browser = crowd.browser(member)
    browser.post("/display", data={"lang": "fa"})
    return browser


@pytest.fixture
def events(business, planner):
    """`events(first, last, access)`: what stands between two days, by title and days."""

    def listed(first, last, access=None, **more):
        with tenant_work(business, read_only=True) as session:
            return list_events(session, planner.MEETING, access or full_access(), days=(first, last), **more)

    return listed


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("lang", ["fa", "en"])
def test_every_view_stands_in_both_languages(browser, plan, view, lang):
    plan("Budget", start_at=at(9), end_at=at(10))
    plan("Parvin", noun="birthday", held_on=TODAY)
    browser.post("/display", data={"lang": lang})

    for path in ("/calendar", "/planner/meetings/calendar"):
        page = browser.get(f"{path}?view={view}&on=1405-08-30")

        assert page.status_code == 200
        assert "Budget" in page.text
        assert ("Parvin" in page.text) == (path == "/calendar")
        assert "style=" not in page.text
        assert page.text.count("<h1") == 1


def test_a_month_begins_on_saturday_in_jalali_and_on_monday_in_gregorian():
    jalali, gregorian = Preferences(calendar="jalali"), Preferences(locale="en", calendar="gregorian")

    with use_preferences(jalali):
        aban = Span.around("month", TODAY)
    with use_preferences(gregorian):
        november = Span.around("month", TODAY)

    assert (aban.first.weekday(), aban.first, aban.last) == (5, date(2026, 10, 17), date(2026, 11, 27))
    assert (november.first.weekday(), november.first, november.last) == (
        0,
        date(2026, 10, 26),
        date(2026, 12, 6),
    )


def test_each_day_carries_the_other_calendar_small_beside(browser):
    page = browser.get("/calendar?on=1405-09-01").text

    cell = re.search(r'data-cal-day="2026-12-01".*?c-cal-other">([^<]*)', page, re.DOTALL)

    assert cell
    assert cell[1] == "۱ دسامبر"
    assert "آذر ۱۴۰۵" in page


def test_holidays_are_marked_and_are_no_working_days(browser, business):
    with tenant_work(business) as session:
        put_holiday(session, TODAY, "جشن ما")

    page = browser.get("/calendar?on=1405-08-30").text

    assert "جشن ما" in page
    assert re.search(
        r'class="c-cal-day[^"]*is-off[^"]*">\s*<div class="c-cal-head">\s*<a[^>]*2026-11-21', page
    )


def test_an_event_stands_on_its_day_in_the_zone_of_the_business(plan, events, business):
    plan("Late", start_at=datetime(2026, 11, 20, 21, 0, tzinfo=UTC))

    with use_preferences(Preferences()):
        assert [event.first for event in events(TODAY, TODAY)] == [TODAY]
        assert events(TODAY - timedelta(days=1), TODAY - timedelta(days=1)) == []


def test_a_long_event_stands_on_each_of_its_days_and_ends_before_midnight(plan, events, business, today):
    plan("Fair", start_at=at(9), end_at=at(0, days=3))

    with use_preferences(Preferences()), tenant_work(business, read_only=True) as session:
        span = Span.around("week", TODAY)
        found = events(span.first, span.last)
        sheet = fill(span, found, load_working_time(session, span.first, span.last))

    assert (found[0].first, found[0].last) == (TODAY, TODAY + timedelta(days=2))
    assert [len(cell.whole_day) for cell in sheet.cells] == [1, 1, 1, 0, 0, 0, 0]
    assert sheet.cells[0].is_today


def test_what_overlaps_stands_side_by_side(plan, events, business):
    plan("One", start_at=at(9), end_at=at(11))
    plan("Two", start_at=at(10), end_at=at(12))
    plan("Three", start_at=at(11), end_at=at(11, 45))
    plan("Dawn", start_at=at(5))

    with use_preferences(Preferences()), tenant_work(business, read_only=True) as session:
        span = Span.around("day", TODAY)
        sheet = fill(span, events(TODAY, TODAY), load_working_time(session, TODAY, TODAY))

    assert sheet.hours == range(5, 18)
    assert [(one.event.title, one.row, one.rows, one.lane) for one in sheet.cells[0].placed] == [
        ("Dawn", 1, 2, 1),
        ("One", 17, 8, 1),
        ("Two", 21, 8, 2),
        ("Three", 25, 3, 1),
    ]


def test_a_repeating_record_stands_on_every_day_of_its_rule(plan, events):
    rule = {"calendar": "jalali", "frequency": "monthly", "month_day": -1}
    plan("Pay", start_at=at(9), end_at=at(10), repeat=rule)

    with use_preferences(Preferences()):
        found = events(date(2027, 2, 1), date(2027, 4, 25))

    # The last of Bahman, of Esfand (a common year), of Farvardin.
    assert [event.first for event in found] == [date(2027, 2, 19), date(2027, 3, 20), date(2027, 4, 20)]
    assert all(event.is_repeat for event in found)
    assert found[0].ends_at - found[0].starts_at == timedelta(hours=1)


def test_what_is_done_is_not_repeated(plan, events):
    rule = {"calendar": "jalali", "frequency": "daily"}
    plan("Pay", start_at=at(9), repeat=rule, done_at=at(10))

    with use_preferences(Preferences()):
        assert len(events(TODAY, TODAY + timedelta(days=9))) == 1


def test_a_calendar_shows_what_is_within_ones_scope_alone(crowd, business, plan, browser, member):
    plan("Mine", start_at=at(9))
    other = crowd.member(business, ["planner.meeting.read@own", "planner.meeting.write@own"])
    plan("Hers", start_at=at(10), owner_id=other.member_id)
    blind = crowd.member(business, ["core.member.read"])
    hers = crowd.browser(other)

    assert all(title in browser.get("/calendar?on=1405-08-30").text for title in ("Mine", "Hers"))
    assert "Hers" not in browser.get("/calendar?on=1405-08-30&mine=1").text
    for path in ("/calendar?on=1405-08-30", "/planner/meetings/calendar?on=1405-08-30&view=team"):
        assert "Mine" not in hers.get(path).text
        assert "Hers" in hers.get(path).text
    assert "Mine" not in crowd.browser(blind).get("/calendar?on=1405-08-30").text
    assert crowd.browser(blind).get("/planner/meetings/calendar").status_code == 403


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [("start_at", []), ("title", ["Meeting"]), ("end_at", ["Secret"]), ("owner_id", ["Secret"])],
)
def test_hidden_fields_are_not_told_by_a_calendar(plan, events, hidden, shown):
    plan("Secret", start_at=at(9), end_at=at(10))
    access = RecordAccess(member_id=None, scopes={"read": "all"}, field_rules={hidden: "none"})

    with use_preferences(Preferences()):
        found = events(TODAY, TODAY, access)

    assert [event.title for event in found] == shown
    assert not any(event.ends_at for event in found if hidden == "end_at")
    assert not any(event.member_id for event in found if hidden == "owner_id")


def test_a_record_in_the_bin_is_on_no_calendar(business, planner, plan, events):
    meeting = plan("Budget", start_at=at(9))
    with tenant_work(business) as session:
        service_of(planner.MEETING, session, full_access()).delete(meeting)

    with use_preferences(Preferences()):
        assert events(TODAY, TODAY) == []


@pytest.mark.parametrize("query", ["view=year", "on=1405-13-01", "on=x", "mine=perhaps", "on=2199-01-01"])
def test_a_bad_address_is_refused(browser, query):
    assert browser.get(f"/calendar?{query}").status_code == 422


def test_more_than_a_day_holds_is_counted(browser, plan):
    for number in range(7):
        plan(f"Number {number}", start_at=at(9 + number))

    page = browser.get("/calendar?on=1405-08-30").text

    assert "۴ تای دیگر" in page
    assert page.count("Number ") == 2 * 3


def test_a_calendar_asks_one_query_a_type(browser, plan, planned, business, statements):
    for number in range(20):
        plan(f"Number {number}", start_at=at(9, days=number))
    statements.clear()

    browser.get("/calendar?on=1405-08-30")

    # Two types, working hours, holidays, the bell.
    assert len([one for one in statements if one.lstrip().upper().startswith("SELECT")]) <= 5


def test_what_is_late_what_has_a_time_and_what_has_the_day_look_different(today, plan, events):
    plan("Late", start_at=at(9, days=-1))
    plan("Over but done", start_at=at(9, days=-1), done_at=NOW)
    plan("At five", start_at=at(17, days=1))
    plan("All day", start_at=at(0, days=1), is_all_day=True)
    plan("Daily", start_at=at(9, days=-1), repeat={"calendar": "gregorian", "frequency": "daily"})

    found = events(TODAY - timedelta(days=1), TODAY + timedelta(days=1))

    tones = {(event.title, event.is_repeat): event.tone for event in found}
    assert tones == {
        ("Late", False): "warn",
        ("Over but done", False): "accent",
        ("At five", False): "accent",
        ("All day", False): "",
        ("Daily", False): "warn",
        ("Daily", True): "accent",
    }
