"""Tasks and interactions, and roles in companies."""

import datetime as dt

import pytest
from sqlalchemy import text

from charsu_tenants.registry import update_preferences

TASKS = "/api/v1/crm/tasks"
INTERACTIONS = "/api/v1/crm/interactions"


def test_a_day_without_a_time_is_due_until_its_end(api):
    made = api.post(TASKS, json={"title": "x", "due_at": "2031-05-05T20:30:00Z"}).json
    timed = api.post(TASKS, json={"title": "x", "due_at": "2031-05-05T10:00:00Z"}).json

    # Midnight in Tehran is 20:30 UTC.
    assert (made["due_at"], made["is_all_day"]) == ("2031-05-06T20:29:00Z", True)
    assert (timed["due_at"], timed["is_all_day"]) == ("2031-05-05T10:00:00Z", False)


@pytest.fixture
def in_cairo(runtime, tenant):
    update_preferences(runtime.database, tenant.id, timezone="Africa/Cairo")
    yield
    update_preferences(runtime.database, tenant.id, timezone=tenant.timezone)


def test_a_whole_day_moved_on_the_calendar_stays_a_whole_day(in_cairo, api, client):
    # 29 October 2026 has its last hour twice in Cairo; its whole day ends with the second one.
    made = api.post(TASKS, json={"title": "x", "due_at": "2026-10-19T21:00:00Z"}).json
    assert (made["due_at"], made["is_all_day"]) == ("2026-10-20T20:59:00Z", True)

    for day, due_at in (("2026-10-29", "2026-10-29T21:59:00Z"), ("2026-10-21", "2026-10-21T20:59:00Z")):
        assert client.post(f"/crm/tasks/calendar/{made['id']}/move", data={"to": day}).status_code == 303
        moved = api.get(f"{TASKS}/{made['id']}").json
        assert (moved["due_at"], moved["is_all_day"]) == (due_at, True)


def test_a_task_that_repeats_makes_its_next_one_once(api):
    rule = {"calendar": "jalali", "frequency": "monthly"}
    # 31 Mordad 1410; Mehr has 30 days.
    made = api.post(
        TASKS,
        json={
            "title": "حقوق",
            "due_at": "2031-08-22T08:00:00Z",
            "recurrence": rule,
            "checklist": [{"title": "واریز", "is_done": True}],
        },
    )
    assert made.status_code == 201, made.text

    def finish(task):
        api.patch(f"{TASKS}/{task['id']}", json={"done_at": "2031-08-22T09:00:00Z"})
        rest = api.get(TASKS, query_string={"where": "done_at:empty"}).json["items"]
        assert len(rest) == 1
        return rest[0]

    second = finish(made.json)
    api.patch(f"{TASKS}/{made.json['id']}", json={"done_at": None})
    api.patch(f"{TASKS}/{made.json['id']}", json={"done_at": "2031-08-22T10:00:00Z"})
    third = finish(second)
    fourth = finish(third)

    days = [task["due_at"][:10] for task in (second, third, fourth)]
    assert days == ["2031-09-22", "2031-10-22", "2031-11-21"]
    assert second["checklist"] == [{"title": "واریز", "is_done": False}]


def test_reminders_follow_the_task(api, tenant, tenant_work, people):
    member = people.member(tenant).member_id
    made = api.post(
        TASKS,
        json={
            "title": "x",
            "due_at": "2031-05-05T10:00:00Z",
            "reminders": ["60", "1440"],
            "owner_id": str(member),
        },
    ).json

    def reminders():
        with tenant_work(tenant, read_only=True) as session:
            rows = session.execute(text("SELECT remind_at FROM core_reminder ORDER BY remind_at")).all()
            return [f"{row.remind_at.astimezone(dt.UTC):%m-%d %H:%M}" for row in rows]

    first = reminders()
    api.patch(f"{TASKS}/{made['id']}", json={"due_at": "2031-05-06T10:00:00Z"})
    moved = reminders()
    api.patch(f"{TASKS}/{made['id']}", json={"done_at": "2031-05-05T10:00:00Z"})

    assert first == ["05-04 10:00", "05-05 09:00"]
    assert moved == ["05-05 10:00", "05-06 09:00"]
    assert reminders() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "x", "due_at": "tomorrow"},
        {"title": "x", "due_at": "2031-05-05T10:00:00Z", "ends_at": "2031-05-05T09:00:00Z"},
        {"title": "x", "priority": "most"},
        {"title": "x", "reminders": ["7"]},
        {"title": "x", "recurrence": {"calendar": "jalali", "frequency": "daily"}},
        {"title": "x", "recurrence": "often", "due_at": "2031-05-05T10:00:00Z"},
        {"title": "x", "checklist": [{"is_done": True}]},
        {"title": "x", "checklist": ["a"]},
        {"title": "x", "is_all_day": True},
        {"title": "x", "customer_id": "9b1c6a52-f0d3-4c0e-a17f-3c5d2e8b4a60"},
        {"title": "x", "deal_id": "9b1c6a52-f0d3-4c0e-a17f-3c5d2e8b4a60"},
    ],
)
def test_a_bad_task_is_refused(api, tenant, digest, body):
    before = digest(tenant)

    answer = api.post(TASKS, json=body)

    assert 400 <= answer.status_code < 500, answer.text
    assert digest(tenant) == before


def test_an_interaction_says_by_itself_what_it_was_about(api, customer):
    def made(**body):
        return api.post(INTERACTIONS, json={"customer_id": customer["id"], **body}).json

    assert made(kind="call")["subject"] == "Call"
    assert made(kind="note", text="سایز ۴۲ می‌پوشد.\nرنگ گرم")["subject"] == "سایز ۴۲ می‌پوشد."
    assert (made(kind="note")["direction"], made(kind="email")["direction"]) == (None, "out")
    assert made(kind="call")["happened_at"] is not None


def test_a_next_step_becomes_a_task_once(api, customer):
    made = api.post(
        INTERACTIONS,
        json={
            "customer_id": customer["id"],
            "kind": "call",
            "next_step": "ارسال نمونه",
            "next_on": "2031-05-05",
        },
    ).json
    api.patch(f"{INTERACTIONS}/{made['id']}", json={"text": "یادداشت"})

    tasks = api.get(TASKS).json["items"]

    assert [(task["title"], task["customer_id"]) for task in tasks] == [("ارسال نمونه", customer["id"])]
    assert tasks[0]["due_at"] == "2031-05-05T20:29:00Z"


def test_a_person_has_roles_in_several_companies(api, customer):
    companies = [
        api.post("/api/v1/crm/customers", json={"full_name": name, "kind": "company"}).json for name in "ab"
    ]

    for company in companies:
        body = {"person_id": customer["id"], "company_id": company["id"], "role": "خریدار"}
        assert api.post("/api/v1/crm/affiliations", json=body).status_code == 201

    assert len(api.get("/api/v1/crm/affiliations").json["items"]) == 2


@pytest.mark.parametrize("ends", [("person", "person"), ("company", "person"), ("company", "company")])
def test_a_role_links_a_person_with_a_company(api, ends):
    ids = [
        api.post("/api/v1/crm/customers", json={"full_name": kind, "kind": kind}).json["id"] for kind in ends
    ]

    body = {"person_id": ids[0], "company_id": ids[1], "role": "x"}
    assert api.post("/api/v1/crm/affiliations", json=body).status_code == 422


def test_a_task_restored_from_the_bin_keeps_its_reminders(api, tenant, tenant_work, people):
    member = people.member(tenant).member_id
    body = {"title": "x", "due_at": "2031-05-05T10:00:00Z", "reminders": ["60"], "owner_id": str(member)}
    task = api.post(TASKS, json=body).json
    api.delete(f"{TASKS}/{task['id']}")

    restored = api.post(f"{TASKS}/{task['id']}/restoration")

    assert restored.status_code in (200, 204)
    with tenant_work(tenant, read_only=True) as session:
        rows = session.execute(text("SELECT minutes_before FROM core_reminder WHERE sent_at IS NULL")).all()
    assert [row.minutes_before for row in rows] == [60]


def test_a_rule_that_ends_before_its_task_is_refused_at_its_input(client, tenant, digest):
    before = digest(tenant)
    form = {
        "title": "اجاره",
        "due_at": "1410/09/30",
        "recurrence": "own",
        "recurrence.every": "۱",
        "recurrence.unit": "monthly",
        "recurrence.on": "last",
        "recurrence.calendar": "jalali",
        "recurrence.end": "until",
        "recurrence.until": "1410/09/29",
    }

    refused = client.post("/crm/tasks/new", data=form)

    assert refused.status_code == 422
    assert 'id="f-recurrence.until-error"' in refused.text
    assert digest(tenant) == before
    kept = client.post("/crm/tasks/new", data=form | {"recurrence.until": "1411/09/29"})
    assert kept.status_code == 303
    assert "until" in client.get(kept.headers["Location"]).text
