"""Single days of what repeats: only this one, this and all that follow, all; and the way back."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu_tenants.registry import update_preferences

WEEKLY = {"calendar": "gregorian", "frequency": "weekly"}


def at(hour: int, minute: int = 0, *, day: int = 21) -> datetime:
    """That time of day in Tehran, in November 2026."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC) - timedelta(minutes=210) + timedelta(days=day - 1)


@pytest.fixture
def browser(crowd, member):
    browser = crowd.browser(member)
    browser.post("/display", data={"lang": "en"})
    return browser


@pytest.fixture
def weekly(plan):
    """A meeting of an hour on Saturdays from 21 November."""
    return plan("Jour fixe", start_at=at(9), end_at=at(10), repeat=WEEKLY)


@pytest.fixture
def shown(browser):
    """`shown()`: the days of November to January on which the meeting stands, with its times."""

    def read() -> dict[str, str]:
        found = {}
        for on in ("2026-11-25", "2026-12-25"):
            page = browser.get(f"/calendar?on={on}").text
            for cell in page.split('data-cal-drop="')[1:]:
                if "Jour fixe" in cell:
                    found[cell[5:10]] = re.findall(r">(\d\d:\d\d)</time>", cell)[0]
        return found

    return read


@pytest.fixture
def post(browser):
    def send(record_id, what, **data):
        return browser.post(f"/planner/meetings/calendar/{record_id}/{what}", data=data)

    return send


def rows(business, columns="title, start_at, end_at, repeat"):
    with tenant_work(business, read_only=True) as session:
        statement = text(f"SELECT {columns} FROM planner_meeting WHERE deleted_at IS NULL ORDER BY start_at")
        return [tuple(row) for row in session.execute(statement)]


def test_one_day_is_moved_and_the_others_stay(weekly, post, shown, business):
    answer = post(weekly, "move", day="2026-12-05", to="2026-12-07", at="14:15", scope="one")

    assert answer.status_code == 303
    days = shown()
    assert list(days) == ["11-21", "11-28", "12-07", "12-12", "12-19", "12-26", "01-02", "01-09", "01-16"]
    assert (days["12-07"], days["12-12"]) == ("14:15", "09:00")
    alone = next(row for row in rows(business) if row[3] is None)
    assert alone[1:3] == (at(14, 15, day=37), at(15, 15, day=37))


def test_the_first_day_is_moved_and_the_entry_goes_on_with_the_next(weekly, post, shown, business):
    post(weekly, "move", day="2026-11-21", to="2026-11-23", scope="one")

    assert list(shown())[:3] == ["11-23", "11-28", "12-05"]
    assert rows(business, "id, start_at")[1] == (weekly, at(9, day=28))


def test_this_and_all_that_follow_are_moved(weekly, post, shown, business):
    post(weekly, "skip", day="2026-12-12")

    post(weekly, "move", day="2026-12-05", to="2026-12-06", at="10:30", scope="following")

    days = shown()
    # What was skipped stays skipped, by its place.
    assert list(days)[:5] == ["11-21", "11-28", "12-06", "12-20", "12-27"]
    assert set(days.values()) == {"09:00", "10:30"}
    head, rest = (row[3] for row in rows(business))
    assert (head["until"], rest["without"]) == ("2026-12-04", ["2026-12-13"])


def test_all_are_moved_from_any_of_them(weekly, post, shown, business):
    post(weekly, "move", day="2026-12-05", to="2026-12-04", at="08:00", scope="all")

    assert list(shown().items())[:2] == [("11-27", "08:00"), ("12-04", "08:00")]
    assert rows(business, "start_at") == [(at(8, day=20),)]


def test_a_day_is_skipped_and_brought_back(weekly, post, browser, shown):
    before = shown()
    post(weekly, "skip", day="2026-12-05", scope="one")
    page = browser.get(f"/planner/meetings/calendar/{weekly}/days").text

    assert set(before) - set(shown()) == {"12-05"}
    assert "Bring back" in page
    assert post(weekly, "return", day="2026-12-05").status_code == 303
    assert shown() == before


def test_the_first_day_is_skipped_and_brought_back(weekly, post, shown, business):
    before = shown()
    post(weekly, "skip", day="2026-11-21")

    assert rows(business, "start_at") == [(at(9, day=28),)]
    assert next(iter(shown())) == "11-28"
    post(weekly, "return", day="2026-11-21")
    assert shown() == before


def test_a_moved_day_brought_back_takes_its_entry_into_the_bin(weekly, post, shown, business):
    before = shown()
    post(weekly, "move", day="2026-12-05", to="2026-12-07", scope="one")

    post(weekly, "return", day="2026-12-05")

    assert shown() == before
    assert len(rows(business)) == 1


def test_what_is_done_can_not_be_brought_back(weekly, post, business, digest):
    post(weekly, "move", day="2026-12-05", to="2026-12-07", scope="one")
    with tenant_work(business) as session:
        session.execute(text("UPDATE planner_meeting SET done_at = now() WHERE repeat IS NULL"))
    before = digest(business)

    assert post(weekly, "return", day="2026-12-05").status_code == 422
    assert digest(business) == before


def test_the_rule_ends_before_a_day_with_what_was_moved_out_of_it(weekly, post, shown, business):
    post(weekly, "move", day="2026-12-19", to="2026-12-20", scope="one")

    post(weekly, "skip", day="2026-12-05", scope="following")

    assert list(shown()) == ["11-21", "11-28"]
    assert len(rows(business)) == 1


def test_the_whole_goes_into_the_bin_with_its_moved_days_and_comes_back(weekly, post, browser, shown):
    post(weekly, "move", day="2026-12-05", to="2026-12-07", scope="one")
    before = shown()

    browser.post(f"/planner/meetings/{weekly}/delete")
    assert shown() == {}
    deletion = re.search(r'action="(/bin/[^"]+)"', browser.get("/bin").text)
    browser.post(deletion[1])

    assert shown() == before


def test_a_day_is_taken_out_to_be_edited_by_itself(weekly, post, browser, shown):
    answer = post(weekly, "take-out", day="2026-12-05", scope="one")

    assert answer.status_code == 303
    assert re.fullmatch(r"/planner/meetings/[\w-]+/edit", answer.location)
    assert str(weekly) not in answer.location
    assert browser.get(answer.location).status_code == 200
    assert "12-05" in shown()


def test_what_was_moved_says_for_which_day_it_stands(weekly, post, browser, crowd, business, shown):
    answer = post(weekly, "move", day="2026-12-05", to="2026-12-07", scope="one")

    page = browser.get(answer.location)

    assert f"/planner/meetings/calendar/{weekly}/days" in page.text
    assert str(weekly) not in answer.location
    reader = crowd.browser(
        crowd.member(business, ["planner.meeting.read"], {"planner.meeting": {"repeat": "none"}})
    )
    assert f"/planner/meetings/calendar/{weekly}/days" not in reader.get(answer.location).text


def test_an_old_rule_put_back_brings_the_day_back_beside_what_was_moved(weekly, post, browser, shown):
    post(weekly, "move", day="2026-12-05", to="2026-12-07", scope="one")
    history = browser.get(f"/planner/meetings/{weekly}/history").text
    put_back = re.search(r'action="([^"]+/history/[^"]+)"', history)

    browser.post(put_back[1], data={"field": "repeat"})

    assert {"12-05", "12-07"} <= set(shown())


def test_the_form_keeps_the_days_a_rule_is_without(weekly, post, browser, business):
    post(weekly, "skip", day="2026-12-05")

    browser.post(
        f"/planner/meetings/{weekly}/edit",
        data={"title": "Jour fixe", "start_at": "2026-11-21 9:00", "repeat": "daily"},
    )

    (found,) = rows(business, "repeat")[0]
    assert (found["frequency"], found["without"]) == ("daily", ["2026-12-05"])


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("skip", {"day": "2026-12-06"}),
        ("skip", {"day": "soon"}),
        ("skip", {"day": "0622-03-22"}),
        ("skip", {}),
        ("skip", {"day": "2026-12-05", "scope": "some"}),
        ("return", {"day": "2026-12-05"}),
        ("take-out", {"day": "2026-12-06"}),
        ("move", {"day": "2026-12-06", "to": "2026-12-07", "scope": "one"}),
        ("move", {"day": "2026-12-05", "to": "2026-12-07", "at": "25:00", "scope": "one"}),
        ("move", {"day": "2026-12-05", "to": "2026-12-07", "scope": "none"}),
    ],
)
def test_what_is_no_day_of_the_rule_is_refused(weekly, post, business, digest, what, data):
    before = digest(business)

    assert post(weekly, what, **data).status_code == 422
    assert digest(business) == before


def test_editing_and_deleting_all_lead_to_the_single_day(weekly, plan, browser):
    alone = plan("Budget", start_at=at(9))

    for page in ("edit", "delete"):
        assert f"/calendar/{weekly}/day" in browser.get(f"/planner/meetings/{weekly}/{page}").text
        assert "/day" not in browser.get(f"/planner/meetings/{alone}/{page}").text.partition("<main")[2]


def test_what_does_not_repeat_has_no_days(plan, post, browser, business, digest):
    meeting = plan("Budget", start_at=at(9))
    before = digest(business)

    assert post(meeting, "skip", day="2026-11-21").status_code == 422
    assert browser.get(f"/planner/meetings/calendar/{meeting}/day").status_code == 404
    assert browser.get(f"/planner/meetings/calendar/{meeting}/day?day=x").status_code == 404
    assert browser.get(f"/planner/meetings/calendar/{meeting}/day?day=0001-01-01").status_code == 404
    assert "does not repeat" in browser.get(f"/planner/meetings/calendar/{meeting}/days").text
    assert digest(business) == before


def test_who_may_not_write_the_rule_moves_no_single_day(crowd, business, weekly, digest):
    permissions = ["planner.meeting.read", "planner.meeting.write", "planner.meeting.delete"]
    browser = crowd.browser(crowd.member(business, permissions, {"planner.meeting": {"repeat": "read"}}))
    base = f"/planner/meetings/calendar/{weekly}"
    before = digest(business)

    for what, data in (("move", {"to": "2026-12-07", "scope": "one"}), ("skip", {}), ("take-out", {})):
        assert browser.post(f"{base}/{what}", data={"day": "2026-12-05", **data}).status_code == 403
    assert "take-out" not in browser.get(f"{base}/day?day=2026-12-05").text
    assert digest(business) == before


def test_who_sees_the_days_without_writing_them_is_offered_nothing(crowd, business, weekly):
    browser = crowd.browser(crowd.member(business, ["planner.meeting.read"]))

    page = browser.get(f"/planner/meetings/calendar/{weekly}/day?day=2026-12-05")

    assert page.status_code == 200
    assert "take-out" not in page.text
    for what in ("skip", "return", "take-out"):
        answer = browser.post(f"/planner/meetings/calendar/{weekly}/{what}", data={"day": "2026-12-05"})
        assert answer.status_code == 403


def test_a_version_somebody_changed_meanwhile_is_refused(weekly, post, business, digest):
    before = digest(business)

    old = "2026-01-01T00:00:00+00:00"
    assert post(weekly, "skip", day="2026-12-05", updated_at=old).status_code == 409
    assert post(weekly, "take-out", day="2026-12-05", updated_at=old).status_code == 409
    assert digest(business) == before


def test_a_day_keeps_its_hour_over_a_change_of_clocks(planned, business, plan, post):
    update_preferences(planned.database, business.id, timezone="Europe/Berlin")
    try:
        berlin = ZoneInfo("Europe/Berlin")
        start = datetime(2026, 10, 19, 9, tzinfo=berlin)
        meeting = plan("Jour fixe", start_at=start.astimezone(UTC), repeat=WEEKLY)
        post(meeting, "move", day="2026-10-26", to="2026-10-27", scope="one")
        post(meeting, "move", day="2026-11-02", to="2026-11-03", scope="following")
    finally:
        update_preferences(planned.database, business.id, timezone="Asia/Tehran")
    found = [row[0].astimezone(berlin) for row in rows(business, "start_at")]
    assert [(one.date(), one.hour) for one in found] == [
        (date(2026, 10, 19), 9),
        (date(2026, 10, 27), 9),
        (date(2026, 11, 3), 9),
    ]
