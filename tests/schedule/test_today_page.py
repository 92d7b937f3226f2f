"""The one list of what to do: whose, in which order, finished with one key."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from charsu.db import tenant_work

from .conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(crowd, member):
    return crowd.browser(member)


@pytest.fixture
def program(crowd, member):
    return crowd.program(member)


def groups(program) -> list[tuple[str, str]]:
    return [(item["group"], item["title"]) for item in program.get("/api/v1/core/today").json["items"]]


def test_overdue_stands_before_today_and_today_before_the_next_days(plan, program, browser):
    plan("Soon", start_at=NOW + 3 * DAY)
    plan("Later today", start_at=NOW + timedelta(hours=2))
    plan("An hour ago", start_at=NOW - timedelta(hours=1))
    plan("Yesterday", start_at=NOW - DAY)
    plan("Far away", start_at=NOW + 30 * DAY)
    plan("No day")
    plan("Done", start_at=NOW - DAY, done_at=NOW)

    page = browser.get("/today").text

    assert groups(program) == [
        ("overdue", "Yesterday"),
        ("overdue", "An hour ago"),
        ("today", "Later today"),
        ("soon", "Soon"),
    ]
    assert re.findall(r'id="due-(\w+)"', page) == ["overdue", "today", "soon"]
    assert page.index("Yesterday") < page.index("Later today") < page.index("Soon")


def test_only_ones_own_stands_there(crowd, business, plan, program):
    other = crowd.member(business)
    plan("Mine", start_at=NOW)
    plan("Hers", start_at=NOW, owner_id=other.member_id)

    assert [title for _, title in groups(program)] == ["Mine"]
    assert [title for _, title in groups(crowd.program(other))] == ["Hers"]


def test_today_begins_at_midnight_of_the_business(plan, program):
    # 23:00 on Friday and 00:30 on Saturday, in Tehran.
    plan("Friday", start_at=datetime(2026, 11, 20, 19, 30, tzinfo=UTC))
    plan("Sunday", start_at=datetime(2026, 11, 21, 21, 0, tzinfo=UTC))

    items = program.get("/api/v1/core/today").json["items"]

    assert [(item["title"], item["due_on"], item["group"]) for item in items] == [
        ("Friday", "2026-11-20", "overdue"),
        ("Sunday", "2026-11-22", "soon"),
    ]


def test_what_lasts_the_whole_day_is_not_overdue_before_its_end(plan, program):
    plan("All day", start_at=datetime(2026, 11, 20, 20, 30, tzinfo=UTC), is_all_day=True)

    item = program.get("/api/v1/core/today").json["items"][0]

    assert (item["group"], item["due_on"], item["due_at"]) == ("today", "2026-11-21", None)


def test_one_click_finishes_by_the_types_own_rules(business, planner, plan, browser, program):
    meeting = plan("Budget", start_at=NOW)

    answer = browser.post("/today/completion", data={"kind": "planner.meeting", "record_id": str(meeting)})

    assert (answer.status_code, answer.location) == (303, "/today")
    assert groups(program) == []
    with tenant_work(business, read_only=True) as session:
        assert session.get(planner.Meeting, meeting).done_at == NOW
    again = browser.post("/today/completion", data={"kind": "planner.meeting", "record_id": str(meeting)})
    assert again.status_code == 404


def test_the_api_finishes_too(plan, program):
    meeting = plan("Budget", start_at=NOW)
    body = {"kind": "planner.meeting", "id": str(meeting)}

    assert program.post("/api/v1/core/today/completion", json=body).status_code == 204
    assert program.post("/api/v1/core/today/completion", json=body).status_code == 404


def test_nobody_finishes_what_is_out_of_her_scope(crowd, business, plan, digest):
    meeting = plan("Budget", start_at=NOW)
    own = ["planner.meeting.read@own", "planner.meeting.write@own"]
    reader = crowd.member(business, ["planner.meeting.read"])
    for member, status in ((crowd.member(business, own), 404), (reader, 403)):
        browser = crowd.browser(member)
        before = digest(business)
        form = {"kind": "planner.meeting", "record_id": str(meeting)}

        assert browser.post("/today/completion", data=form).status_code == status
        assert digest(business) == before


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"kind": "planner.meeting", "record_id": "x"},
        {"kind": "planner.birthday", "record_id": "0190a000-0000-7000-8000-00000000abcd"},
        {"kind": "no.such", "record_id": "0190a000-0000-7000-8000-00000000abcd"},
    ],
)
def test_what_cannot_be_finished_is_not_found(browser, form):
    assert browser.post("/today/completion", data=form).status_code == 404


def test_the_dashboard_shows_the_first_of_them(plan, browser):
    for number in range(6):
        plan(f"Number {number}", start_at=NOW + timedelta(minutes=number + 1))

    page = browser.get("/").text

    assert page.count("data-due-done") == 3
    assert "Number 0" in page


@pytest.mark.parametrize("lang", ["fa", "en"])
def test_the_page_stands_in_both_languages_and_empty_too(browser, plan, lang):
    browser.post("/display", data={"lang": lang})
    assert browser.get("/today").status_code == 200

    plan("Budget", start_at=NOW)

    page = browser.get("/today").text
    assert page.count("<h1") == 1
    assert "style=" not in page
