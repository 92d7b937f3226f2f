"""What follows from customers, deals and tasks, when the batch that changed them is taken back."""

import pytest
from sqlalchemy import text

from charsu.records import full_access, service_of
from charsu.records.batches import advance, create_batch, start_undo
from charsu.records.changes import changing
from charsu_crm_core.models import DealStage
from charsu_crm_core.records import CUSTOMER

CUSTOMERS = "/api/v1/crm/customers"
DEALS = "/api/v1/crm/deals"
PURCHASES = "/api/v1/crm/purchases"
TASKS = "/api/v1/crm/tasks"


@pytest.fixture
def change(api, drain):
    """`change(url, ids, **values)`: a bulk edit through the API; returns its address."""

    def start(url, ids, **values):
        answer = api.post(f"{url}/bulk", json={"ids": list(ids), "values": values})
        assert answer.status_code == 202, answer.text
        drain()
        return f"{url}/bulk/{answer.json['id']}"

    return start


@pytest.fixture
def take_back(api, drain):
    """`take_back(address)`: take a bulk edit back; returns what it says of itself then."""

    def undo(address):
        assert api.post(f"{address}/reversal").status_code == 202
        drain()
        undone = api.get(address).json
        assert undone["state"] == "undone"
        return undone

    return undo


@pytest.fixture
def stages(api):
    """The stages of the first pipeline, which makes purchases of what is won."""
    pipeline = api.get("/api/v1/crm/pipelines").json["items"][0]
    api.patch(f"/api/v1/crm/pipelines/{pipeline['id']}", json={"makes_purchase": True})
    found = api.get("/api/v1/crm/stages", query_string={"pipeline_id": pipeline["id"], "sort": "position"})
    return {stage["kind"]: stage["id"] for stage in reversed(found.json["items"])}


@pytest.fixture
def deal(api, customer, stages):
    """A deal worth 1,000 in the first stage."""
    body = {"title": "سفارش مانتو", "customer_id": customer["id"], "amount_minor": 1000}
    return api.post(DEALS, json=body).json


@pytest.fixture
def win(change, deal, stages):
    """`win()`: win the deal by a bulk edit; returns that one's address."""
    return lambda: change(DEALS, [deal["id"]], stage_id=stages["won"])


@pytest.fixture
def reminders(tenant, tenant_work):
    """`reminders()`: when somebody will be reminded of something."""

    def read():
        with tenant_work(tenant, read_only=True) as session:
            rows = session.execute(text("SELECT remind_at FROM core_reminder ORDER BY remind_at"))
            return [row.remind_at.isoformat() for row in rows]

    return read


def bought(api):
    return [(row["amount_minor"], row["refunded_minor"]) for row in api.get(PURCHASES).json["items"]]


def test_a_deal_taken_back_is_open_again_and_its_way_is_noted_down(
    api, deal, stages, win, take_back, tenant, tenant_work
):
    take_back(win())

    again = api.get(f"{DEALS}/{deal['id']}").json
    assert (again["state"], again["stage_id"], again["probability"]) == (
        "open",
        deal["stage_id"],
        deal["probability"],
    )
    with tenant_work(tenant, read_only=True) as session:
        steps = session.query(DealStage).order_by(DealStage.entered_at).all()
        assert [str(step.stage_id) for step in steps] == [stages["open"], stages["won"], stages["open"]]


def test_the_purchase_of_a_deal_taken_back_stays_and_is_told(api, client, deal, win, take_back, facts):
    undone = take_back(win())

    assert undone["kept_count"] == 1
    assert bought(api) == [(1000, 0)]
    assert facts("purchase.refunded") == []
    report = client.get(f"/crm/deals/bulk/{undone['id']}").text
    assert f'href="/crm/deals/{deal["id"]}"' in report
    assert "Its purchase stays." in report
    assert "but its purchase stays" in client.get(f"/crm/deals/{deal['id']}").text


def test_a_refunded_purchase_is_not_told_to_stay(api, client, deal, win, take_back):
    batch = win()
    purchase = api.get(PURCHASES).json["items"][0]
    api.post(f"{PURCHASES}/{purchase['id']}/refunds", json={"amount_minor": 1000})

    assert take_back(batch)["kept_count"] == 0
    assert "its purchase stays" not in client.get(f"/crm/deals/{deal['id']}").text


def test_a_deal_won_again_is_bought_again_only_after_a_full_refund(api, win, take_back):
    take_back(win())
    take_back(win())
    assert bought(api) == [(1000, 0)]

    purchase = api.get(PURCHASES).json["items"][0]
    api.post(f"{PURCHASES}/{purchase['id']}/refunds", json={"amount_minor": 1000})
    win()

    assert sorted(bought(api)) == [(1000, 0), (1000, 1000)]


def test_purchases_go_back_to_the_owner_of_their_customer(
    api, customer, record, change, take_back, people, tenant
):
    record()
    seller = people.member(tenant, ["crm.purchase.read@own"])
    batch = change(CUSTOMERS, [customer["id"]], owner_id=str(seller.member_id))
    assert len(bought(people.program(seller))) == 1

    take_back(batch)

    assert bought(people.program(seller)) == []


def test_purchases_are_found_by_the_name_an_automation_gave_only_until_it_is_taken_back(
    api, customer, record, tenant, tenant_work, drain
):
    record()
    with tenant_work(tenant) as session:
        batch_id = create_batch(session, "automation", CUSTOMER.key)
        with changing("automation", batch_id):
            service_of(CUSTOMER, session, full_access()).update(customer["id"], {"full_name": "نسترن"})
        advance(session, batch_id, done=1, state="done")

    def found(name):
        return len(api.get(PURCHASES, query_string={"search": name}).json["items"])

    assert (found("نسترن"), found("مریم")) == (1, 0)

    with tenant_work(tenant) as session:
        start_undo(session, batch_id)
    drain()

    assert (found("نسترن"), found("مریم")) == (0, 1)


def test_reminders_go_back_with_the_day_of_their_task(api, change, take_back, people, tenant, reminders):
    body = {"title": "x", "due_at": "2031-05-05T10:00:00Z", "reminders": ["60"]}
    task = api.post(TASKS, json={**body, "owner_id": str(people.member(tenant).member_id)}).json
    first = reminders()
    batch = change(TASKS, [task["id"]], due_at="2031-06-06T10:00:00Z")
    assert reminders() != first

    take_back(batch)

    assert reminders() == first == ["2031-05-05T09:00:00+00:00"]


def test_a_task_that_is_not_done_after_all_loses_the_next_one_and_gets_its_reminders_back(
    api, change, take_back, people, tenant, reminders
):
    body = {"title": "x", "due_at": "2031-05-05T10:00:00Z", "reminders": ["60"]}
    rule = {"calendar": "gregorian", "frequency": "daily"}
    owner = str(people.member(tenant).member_id)
    task = api.post(TASKS, json={**body, "owner_id": owner, "recurrence": rule}).json

    take_back(change(TASKS, [task["id"]], done_at="2031-05-05T09:30:00Z"))

    assert [(row["id"], row["done_at"]) for row in api.get(TASKS).json["items"]] == [(task["id"], None)]
    assert reminders() == ["2031-05-05T09:00:00+00:00"]
