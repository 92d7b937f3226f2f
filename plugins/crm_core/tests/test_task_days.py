"""Single days of tasks that repeat: bells, what is done, what is ticked off."""

import datetime as dt

import pytest
from sqlalchemy import text

from charsu_tenants.registry import update_preferences

TASKS = "/api/v1/crm/tasks"
WEEKLY = {"calendar": "jalali", "frequency": "weekly"}


@pytest.fixture
def task(api, tenant, people):
    """A task of every Monday at 13:30 in Tehran, from 5 May 2031, with a bell an hour ahead."""
    member = people.member(tenant).member_id
    body = {
        "title": "شمارش صندوق",
        "due_at": "2031-05-05T10:00:00Z",
        "recurrence": WEEKLY,
        "reminders": ["60"],
        "owner_id": str(member),
        "checklist": [{"title": "دلار", "is_done": True}],
    }
    return api.post(TASKS, json=body).json


@pytest.fixture
def bells(tenant, tenant_work):
    def read() -> list[str]:
        with tenant_work(tenant, read_only=True) as session:
            rows = session.execute(text("SELECT remind_at FROM core_reminder ORDER BY remind_at")).scalars()
            return [f"{moment.astimezone(dt.UTC):%m-%d %H:%M}" for moment in rows]

    return read


@pytest.fixture
def change(api, task):
    def post(what, **body):
        answer = api.post(f"{TASKS}/{task['id']}/occurrences/{what}", json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json if answer.status_code == 200 else None

    return post


def test_a_skipped_day_rings_no_bell(task, change, bells):
    before = bells()

    change("removal", day="2031-05-05")

    assert (before, bells()) == (["05-05 09:00"], ["05-12 09:00"])
    change("restoration", day="2031-05-05")
    assert bells() == before


def test_a_moved_day_rings_at_its_new_time_and_the_entry_at_its_next(task, change, bells):
    change("move", day="2031-05-05", to="2031-05-06", at="15:30")

    assert bells() == ["05-06 11:00", "05-12 09:00"]


def test_a_later_day_moved_by_itself_rings_besides(task, change, bells):
    change("move", day="2031-05-19", to="2031-05-20", at="15:30")

    assert bells() == ["05-05 09:00", "05-20 11:00"]


def test_the_next_task_leaves_out_what_the_one_before_did(api, task, change):
    change("removal", day="2031-05-12")
    moved = change("move", day="2031-05-19", to="2031-05-20")

    api.patch(f"{TASKS}/{task['id']}", json={"done_at": "2031-05-05T11:00:00Z"})

    still = api.get(TASKS, query_string={"where": "done_at:empty", "sort": "due_at"}).json["items"]
    assert [item["due_at"][:10] for item in still] == ["2031-05-20", "2031-05-26"]
    following = still[1]["id"]
    days = api.get(f"{TASKS}/{following}/occurrences", query_string={"limit": 3}).json["items"]
    assert [(item["day"], item["state"]) for item in days] == [
        ("2031-05-12", "skipped"),
        ("2031-05-19", "moved"),
        ("2031-05-26", "on"),
    ]
    # What was moved out belongs to the next task now, and goes back into it.
    assert days[1]["record_id"] == moved["id"]
    api.post(f"{TASKS}/{following}/occurrences/restoration", json={"day": "2031-05-19"})
    still = api.get(TASKS, query_string={"where": "done_at:empty"}).json["items"]
    assert [item["due_at"][:10] for item in still] == ["2031-05-19"]


def test_a_day_of_its_own_begins_with_nothing_ticked_off(api, task, change):
    later = change("detachment", day="2031-05-12")
    own = change("detachment", day="2031-05-05")

    assert later["checklist"] == [{"title": "دلار", "is_done": False}]
    assert own["checklist"] == [{"title": "دلار", "is_done": True}]
    assert (own["recurrence"], own["reminders"], own["owner_id"]) == (None, ["60"], task["owner_id"])
    assert api.get(f"{TASKS}/{task['id']}").json["checklist"] == [{"title": "دلار", "is_done": False}]


def test_what_is_done_has_no_days(api, task):
    api.patch(f"{TASKS}/{task['id']}", json={"done_at": "2031-05-05T11:00:00Z"})

    answer = api.post(f"{TASKS}/{task['id']}/occurrences/removal", json={"day": "2031-05-05"})

    assert answer.status_code == 422
    assert api.get(f"{TASKS}/{task['id']}/occurrences").json["items"] == []


@pytest.fixture
def in_berlin(runtime, tenant):
    update_preferences(runtime.database, tenant.id, timezone="Europe/Berlin")
    yield
    update_preferences(runtime.database, tenant.id, timezone=tenant.timezone)


def test_the_next_task_keeps_its_hour_over_a_change_of_clocks(in_berlin, api):
    body = {"title": "x", "due_at": "2026-10-19T07:00:00Z", "ends_at": "2026-10-19T08:00:00Z"}
    made = api.post(TASKS, json={**body, "recurrence": WEEKLY}).json

    api.patch(f"{TASKS}/{made['id']}", json={"done_at": "2026-10-19T09:00:00Z"})

    (following,) = api.get(TASKS, query_string={"where": "done_at:empty"}).json["items"]
    assert (following["due_at"], following["ends_at"]) == ("2026-10-26T08:00:00Z", "2026-10-26T09:00:00Z")
