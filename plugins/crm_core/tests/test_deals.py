"""Deals: the way through the stages, and what each stage asks."""

import datetime as dt

import pytest

from charsu import clock
from charsu_crm_core.models import Deal, DealStage
from charsu_crm_core.queries.pipelines import card_facts

DEALS = "/api/v1/crm/deals"
TASKS = "/api/v1/crm/tasks"


@pytest.fixture
def stages(api):
    """The stages of the first pipeline by their names' places: `stages[0]` is the first."""
    pipeline = api.get("/api/v1/crm/pipelines").json["items"][0]
    found = api.get("/api/v1/crm/stages", query_string={"pipeline_id": pipeline["id"], "sort": "position"})
    return found.json["items"]


@pytest.fixture
def deal(api, customer):
    """A deal in the first stage."""
    answer = api.post(DEALS, json={"title": "سفارش مانتو", "customer_id": customer["id"]})
    assert answer.status_code == 201, answer.text
    return answer.json


@pytest.fixture
def move(api, deal):
    """`move(stage, …)`: send the deal to a stage, with further changes."""

    def send(stage, **values):
        return api.patch(f"{DEALS}/{deal['id']}", json={"stage_id": stage["id"], **values})

    return send


def test_a_business_begins_with_two_pipelines(api, stages):
    assert len(api.get("/api/v1/crm/pipelines").json["items"]) == 2
    assert [stage["kind"] for stage in stages] == ["open"] * 4 + ["won", "lost"]


def test_a_new_deal_stands_in_the_first_stage_with_its_probability(deal, stages):
    assert deal["stage_id"] == stages[0]["id"]
    assert (deal["state"], deal["probability"]) == ("open", stages[0]["probability"])
    assert deal["next_at"] is None


def test_a_deal_takes_the_pipeline_of_its_stage(api, customer):
    other = api.get("/api/v1/crm/pipelines").json["items"][1]
    stage = api.get("/api/v1/crm/stages", query_string={"pipeline_id": other["id"]}).json["items"][1]

    made = api.post(
        DEALS, json={"title": "x", "customer_id": customer["id"], "stage_id": stage["id"], "probability": 5}
    ).json

    assert (made["pipeline_id"], made["probability"]) == (other["id"], 5)


def test_a_stage_asks_for_its_fields(move, stages, tenant, digest):
    before = digest(tenant)

    refused = move(stages[3], amount_minor=5_000_000)
    unchanged = digest(tenant)
    moved = move(stages[3], amount_minor=5_000_000, expected_close_on="2031-01-01")

    assert (refused.status_code, refused.json["code"]) == (422, "crm.stage_needs_fields")
    assert list(refused.json["errors"]) == ["expected_close_on"]
    assert unchanged == before
    assert (moved.status_code, moved.json["probability"]) == (200, stages[3]["probability"])


def test_a_checklist_is_ticked_off_before_a_deal_goes_on(api, deal, move, stages, tenant, tenant_work):
    api.patch(f"/api/v1/crm/stages/{stages[0]['id']}", json={"checklist": ["تماس, اول"]})

    refused = move(stages[1])
    lost = move(stages[5], lost_reason="price")
    back = move(stages[0])
    api.patch(f"{DEALS}/{deal['id']}", json={"ticked": [f"{stages[0]['id']}:تماس, اول"]})
    moved = move(stages[1])

    assert (refused.status_code, refused.json["code"]) == (422, "crm.stage_needs_checklist")
    assert "تماس, اول" in refused.json["detail"]
    assert (lost.status_code, back.status_code, moved.status_code) == (200, 200, 200)


def test_a_deal_is_lost_for_a_reason_and_told_so(move, stages, facts, customer, deal):
    refused = move(stages[5])
    lost = move(stages[5], lost_reason="competitor", competitors=["پوشاک آسمان"])

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["lost_reason"])
    assert (lost.json["state"], lost.json["probability"]) == ("lost", 0)
    assert lost.json["closed_at"] is not None
    assert facts("deal.lost") == [
        {"deal_id": deal["id"], "customer_id": customer["id"], "reason": "competitor"}
    ]


def test_a_deal_opened_again_has_no_reason_and_no_end(move, stages):
    move(stages[5], lost_reason="price")

    again = move(stages[1]).json

    assert (again["state"], again["lost_reason"], again["closed_at"]) == ("open", None, None)
    assert again["probability"] == stages[1]["probability"]


def test_products_make_the_amount(api, deal):
    products = [
        {"title": "شال", "quantity": "2.5", "unit_price_minor": 101},
        {"title": "a", "unit_price_minor": 7},
    ]

    changed = api.patch(f"{DEALS}/{deal['id']}", json={"products": products}).json

    assert changed["amount_minor"] == 260
    assert [item["quantity"] for item in changed["products"]] == ["2.5", "1"]


def test_each_stage_is_noted_down_with_the_time_spent(tenant, tenant_work, move, stages, deal):
    move(stages[1])
    move(stages[0])

    with tenant_work(tenant, read_only=True) as session:
        rows = session.query(DealStage).order_by(DealStage.entered_at).all()
        seen = [(str(row.from_stage_id) if row.from_stage_id else None, str(row.stage_id)) for row in rows]
        times = [row.seconds for row in rows]
    first, second = stages[0]["id"], stages[1]["id"]
    assert seen == [(None, first), (first, second), (second, first)]
    assert times[0] is None
    assert all(seconds >= 0 for seconds in times[1:])


def test_a_won_deal_becomes_one_purchase_where_the_pipeline_says_so(api, move, stages, deal, facts):
    pipeline = deal["pipeline_id"]
    api.patch(f"/api/v1/crm/pipelines/{pipeline}", json={"makes_purchase": True})
    products = [{"title": "شال", "quantity": "2", "unit_price_minor": 500}]

    move(stages[4], products=products)
    move(stages[0])
    move(stages[4])

    bought = api.get("/api/v1/crm/purchases").json["items"]
    assert [(row["amount_minor"], row["external_ref"]) for row in bought] == [(1000, f"deal:{deal['id']}")]
    assert len(facts("deal.won")) == 2


def test_a_won_deal_is_no_purchase_unless_wanted(api, move, stages):
    move(stages[4], amount_minor=10)

    assert api.get("/api/v1/crm/purchases").json["items"] == []


def test_the_next_activity_of_a_deal_is_its_nearest_open_task(api, deal):
    soon = api.post(TASKS, json={"title": "a", "deal_id": deal["id"], "due_at": "2031-01-01T08:00:00Z"}).json
    api.post(TASKS, json={"title": "b", "deal_id": deal["id"], "due_at": "2031-02-01T08:00:00Z"})

    def next_at():
        return api.get(f"{DEALS}/{deal['id']}").json["next_at"]

    first = next_at()
    api.patch(f"{TASKS}/{soon['id']}", json={"done_at": clock.now().isoformat()})
    second = next_at()
    without = api.get(DEALS, query_string={"where": "next_at:empty"}).json["items"]

    assert (first, second) == ("2031-01-01T08:00:00Z", "2031-02-01T08:00:00Z")
    assert without == []
    assert soon["customer_id"] == deal["customer_id"]


def test_deals_come_by_urgency(api, customer):
    def make(title, due=None):
        made = api.post(DEALS, json={"title": title, "customer_id": customer["id"]}).json
        if due:
            api.post(TASKS, json={"title": "x", "deal_id": made["id"], "due_at": due})

    make("later", "2031-02-01T08:00:00Z")
    make("nothing")
    make("sooner", "2031-01-01T08:00:00Z")

    found = [row["title"] for row in api.get(DEALS).json["items"]]

    assert [title for title in found if title != "nothing"] == ["sooner", "later"]


def test_a_stage_with_deals_is_neither_deleted_nor_turned_round(api, deal, stages):
    address = f"/api/v1/crm/stages/{stages[0]['id']}"

    assert api.delete(address).json["code"] == "crm.stage_in_use"
    assert api.patch(address, json={"kind": "lost"}).json["code"] == "crm.stage_in_use"
    assert api.delete(f"/api/v1/crm/pipelines/{deal['pipeline_id']}").status_code == 422
    assert api.delete(f"/api/v1/crm/stages/{stages[3]['id']}").status_code == 204


def test_a_deal_goes_to_the_bin_with_its_customer_and_comes_back(api, deal, customer):
    api.post(TASKS, json={"title": "a", "deal_id": deal["id"]})

    api.delete(f"/api/v1/crm/customers/{customer['id']}")
    gone = [api.get(DEALS).json["items"], api.get(TASKS).json["items"]]
    api.post(f"/api/v1/crm/customers/{customer['id']}/restoration", json={})

    assert gone == [[], []]
    assert len(api.get(DEALS).json["items"]) == len(api.get(TASKS).json["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x"},
        {"title": "x", "customer_id": "9b1c6a52-f0d3-4c0e-a17f-3c5d2e8b4a60"},
        {"title": "x", "customer_id": "{customer}", "stage_id": "9b1c6a52-f0d3-4c0e-a17f-3c5d2e8b4a60"},
        {"title": "", "customer_id": "{customer}"},
        {"title": "x", "customer_id": "{customer}", "amount_minor": -1},
        {"title": "x", "customer_id": "{customer}", "probability": 101},
        {"title": "x", "customer_id": "{customer}", "state": "won"},
        {"title": "x", "customer_id": "{customer}", "products": [{"title": "x"}]},
        {"title": "x", "customer_id": "{customer}", "products": [{"title": "", "unit_price_minor": 1}]},
        {
            "title": "x",
            "customer_id": "{customer}",
            "products": [{"title": "x", "quantity": "0", "unit_price_minor": 1}],
        },
        {
            "title": "x",
            "customer_id": "{customer}",
            "products": [{"title": "x", "quantity": 1_000_000, "unit_price_minor": 10**15}],
        },
        {"title": "x", "customer_id": "{customer}", "lost_reason": "because"},
    ],
)
def test_a_bad_deal_is_refused(api, customer, tenant, digest, body):
    before = digest(tenant)

    sent = {key: customer["id"] if value == "{customer}" else value for key, value in body.items()}
    answer = api.post(DEALS, json=sent)

    assert 400 <= answer.status_code < 500, answer.text
    assert digest(tenant) == before


def test_rotting_is_told_by_the_days_of_the_stage(tenant, tenant_work, deal, api, stages):
    with tenant_work(tenant) as session:
        record = session.get(Deal, deal["id"])
        fresh = card_facts(session, [record.id])[record.id]
        record.touched_at = clock.now() - dt.timedelta(days=stages[0]["rotting_days"] + 1)
        session.flush()
        old = card_facts(session, [record.id])[record.id]

    assert (fresh.is_rotting, old.is_rotting) == (False, True)
