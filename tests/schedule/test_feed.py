"""The calendar feed: RFC 5545 for whoever knows the address, and for nobody else."""

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
from sqlalchemy import text

from charsu.db import tenant_work
from charsu_tenants.memberships import find_by_member, remove_membership

from .conftest import NOW


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def address(crowd, member):
    """`address()`: the path of a new feed of the member, as her account page shows it."""
    browser = crowd.browser(member)

    def made() -> str:
        page = browser.post("/account/feed").text
        found = re.search(r'id="feed-url">http://[^/]+(/calendar/feed/[\w-]{43}\.ics)<', page)
        assert found
        return found[1]

    return made


@pytest.fixture
def stranger(crowd, business):
    return crowd.anonymous(business)


def entries(answer) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(answer.data)
    return {str(entry["SUMMARY"]): entry for entry in calendar.walk("VEVENT")}


def test_a_feed_holds_ones_own_events_in_utc_and_days_as_dates(plan, address, stranger, business):
    plan("Budget", start_at=NOW, end_at=NOW + timedelta(hours=1))
    plan("Fair", start_at=NOW, end_at=NOW + timedelta(days=2), is_all_day=True)
    plan("Parvin", noun="birthday", held_on=date(2026, 12, 1))

    answer = stranger.get(address())
    found = entries(answer)

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert set(found) == {"Budget", "Fair", "Parvin"}
    assert found["Budget"]["DTSTART"].to_ical() == b"20261121T100000Z"
    assert found["Budget"]["DTEND"].to_ical() == b"20261121T110000Z"
    assert (found["Fair"].decoded("DTSTART"), found["Fair"].decoded("DTEND")) == (
        date(2026, 11, 21),
        date(2026, 11, 24),
    )
    assert b"DTSTART;VALUE=DATE:20261201" in answer.data
    assert "/planner/meetings/" in str(found["Budget"]["URL"])
    assert b"VTIMEZONE" not in answer.data


def test_lines_are_folded_and_texts_escaped(plan, address, stranger):
    title = "جلسهٔ «بودجه»; با رضا، مریم, و\\ دیگران " * 6
    plan(title, start_at=NOW)

    answer = stranger.get(address())

    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    assert b"\n" not in answer.data.replace(b"\r\n", b"")
    assert list(entries(answer)) == [title]


def test_text_adds_no_line_of_its_own(plan, address, stranger):
    plan("Budget\nDESCRIPTION:evil\r\nEND:VEVENT", start_at=NOW)

    answer = stranger.get(address())

    assert not any(line.startswith(b"DESCRIPTION") for line in answer.data.split(b"\r\n"))
    assert len(entries(answer)) == 1


def test_a_jalali_rule_is_spelt_out_for_a_year(plan, address, stranger):
    rule = {"calendar": "jalali", "frequency": "monthly", "month_day": -1}
    plan("Pay", start_at=datetime(2026, 11, 21, 5, 30, tzinfo=UTC), repeat=rule)

    calendar = icalendar.Calendar.from_ical(stranger.get(address()).data)
    found = calendar.walk("VEVENT")

    assert len(found) == 13
    assert len({str(entry["UID"]) for entry in found}) == 13
    assert b"RRULE" not in calendar.to_ical()
    assert {entry.decoded("DTSTART").hour for entry in found} == {5}
    # The last of Esfand 1405, a common year.
    assert date(2027, 3, 20) in {entry.decoded("DTSTART").date() for entry in found}


WEEKLY = {"calendar": "gregorian", "frequency": "weekly"}


@pytest.fixture
def change(crowd, member):
    """`change(id, "skip", day=…)`: what the page of a day posts."""
    browser = crowd.browser(member)

    def posted(record_id, what, **data):
        answer = browser.post(f"/planner/meetings/calendar/{record_id}/{what}", data=data)
        assert answer.status_code == 303, answer.text

    return posted


def lines(answer) -> list[str]:
    return answer.data.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_rule_other_programs_know_is_one_entry_on_the_clock_of_the_business(plan, address, stranger):
    plan("Jour fixe", start_at=NOW, end_at=NOW + timedelta(hours=1), repeat={**WEEKLY, "until": "2026-12-31"})

    answer = stranger.get(address())
    found = lines(answer)

    assert len(entries(answer)) == 1
    assert "RRULE:FREQ=WEEKLY;UNTIL=20261231T202959Z;INTERVAL=1;BYDAY=SA;WKST=MO" in found
    assert "DTSTART;TZID=Asia/Tehran:20261121T133000" in found
    assert "TZID:Asia/Tehran" in found


def test_days_left_out_are_exdates_and_moved_ones_part_of_the_series(plan, address, stranger, change):
    meeting = plan("Jour fixe", start_at=NOW, end_at=NOW + timedelta(hours=1), repeat=WEEKLY)
    change(meeting, "skip", day="2026-12-05")
    change(meeting, "move", day="2026-12-12", to="2026-12-14", at="16:00", scope="one")

    calendar = icalendar.Calendar.from_ical(stranger.get(address()).data)
    series, moved = sorted(calendar.walk("VEVENT"), key=lambda entry: "RECURRENCE-ID" in entry)

    assert series["EXDATE"].to_ical() == b"20261205T133000"
    assert series["UID"] == moved["UID"]
    assert moved["RECURRENCE-ID"].to_ical() == b"20261212T133000"
    assert moved["DTSTART"].to_ical() == b"20261214T123000Z"
    assert "RRULE" not in moved


def test_whole_days_repeat_and_are_left_out_as_dates(plan, address, stranger, change):
    meeting = plan(
        "Fair", start_at=NOW, end_at=NOW, is_all_day=True, repeat={**WEEKLY, "until": "2027-01-31"}
    )
    change(meeting, "skip", day="2026-12-05")

    found = lines(stranger.get(address()))

    assert "EXDATE;VALUE=DATE:20261205" in found
    assert any(line.startswith("RRULE:") and "UNTIL=20270131;" in line for line in found)


def test_of_a_jalali_rule_a_moved_day_keeps_its_id_and_a_skipped_one_is_gone(plan, address, stranger, change):
    rule = {"calendar": "jalali", "frequency": "monthly", "month_day": -1}
    meeting = plan("Pay", start_at=datetime(2026, 11, 21, 5, 30, tzinfo=UTC), repeat=rule)
    path = address()

    def showings():
        calendar = icalendar.Calendar.from_ical(stranger.get(path).data)
        return {str(entry["UID"]): entry.decoded("DTSTART").date() for entry in calendar.walk("VEVENT")}

    before = showings()
    change(meeting, "skip", day="2026-12-21")
    change(meeting, "move", day="2027-01-20", to="2027-01-18", scope="one")
    after = showings()

    assert {before[uid] for uid in before.keys() - after.keys()} == {date(2026, 12, 21)}
    moved = {uid: (before[uid], day) for uid, day in after.items() if before[uid] != day}
    assert list(moved.values()) == [(date(2027, 1, 20), date(2027, 1, 18))]
    assert b"RECURRENCE-ID" not in stranger.get(path).data


def test_what_began_long_ago_keeps_its_first_day(plan, address, stranger):
    plan("Jour fixe", start_at=datetime(2025, 1, 4, 5, 30, tzinfo=UTC), repeat=WEEKLY)

    found = lines(stranger.get(address()))

    assert "DTSTART;TZID=Asia/Tehran:20250104T090000" in found
    assert sum(line == "BEGIN:VEVENT" for line in found) == 1


def test_a_feed_holds_what_its_member_may_see_and_is_hers(crowd, business, plan, member, stranger):
    other = crowd.member(business, ["planner.meeting.read@own"])
    plan("Mine", start_at=NOW)
    plan("Hers", start_at=NOW, owner_id=other.member_id)
    plan("Her birthday", noun="birthday", held_on=NOW.date(), owner_id=other.member_id)
    page = crowd.browser(other).post("/account/feed").text
    path = re.search(r"/calendar/feed/[\w-]+\.ics", page)

    assert path
    assert set(entries(stranger.get(path[0]))) == {"Hers"}


def test_a_new_address_replaces_the_old_one_and_closing_ends_it(crowd, member, address, stranger):
    first, second = address(), address()
    assert (stranger.get(first).status_code, stranger.get(second).status_code) == (404, 200)

    crowd.browser(member).post("/account/feed/closure")

    assert stranger.get(second).status_code == 404


def test_the_secret_itself_is_stored_nowhere(address, business):
    secret = address().rpartition("/")[2].removesuffix(".ics")

    with tenant_work(business, read_only=True) as session:
        rows = (
            session.execute(text("SELECT core_calendar_feed::text FROM core_calendar_feed")).scalars().all()
        )

    assert len(rows) == 1
    assert secret not in rows[0]


def test_who_was_removed_or_disabled_is_read_no_more(crowd, planned, business, member, address, stranger):
    path = address()
    with planned.database.control() as conn:
        conn.execute("UPDATE control.app_user SET disabled_at = now() WHERE id = %s", [member.user_id])
    assert stranger.get(path).status_code == 404

    with planned.database.control() as conn:
        conn.execute("UPDATE control.app_user SET disabled_at = NULL WHERE id = %s", [member.user_id])
        membership = find_by_member(conn, business.id, member.member_id)
        assert membership
        remove_membership(conn, membership.id)
    assert stranger.get(path).status_code == 404


def test_the_address_opens_no_other_business(crowd, planned, other_tenant, address):
    path = address()

    assert crowd.anonymous(other_tenant).get(path).status_code == 404


@pytest.mark.parametrize("secret", ["x", "%00", "a" * 500, "..", "%F0%9F%98%80"])
def test_guesses_are_not_found(stranger, secret):
    assert stranger.get(f"/calendar/feed/{secret}.ics").status_code == 404


def test_what_did_not_change_is_not_sent_again(plan, address, stranger):
    plan("Budget", start_at=NOW)
    path = address()
    first = stranger.get(path)

    again = stranger.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
