"""Purchases and refunds through the API."""

import datetime as dt

import pytest

PURCHASES = "/api/v1/crm/purchases"


def test_a_purchase_takes_the_tenants_currency_and_the_present(record, customer, api):
    answer = record()

    assert answer.status_code == 201, answer.text
    body = answer.json
    assert (body["currency"], body["channel"], body["refunded_minor"]) == ("IRR", "store", 0)
    assert body["customer_name"] == customer["full_name"]
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(body["occurred_at"])
    assert dt.timedelta() <= age < dt.timedelta(seconds=20)
    assert api.get(f"{PURCHASES}/{body['id']}").json == body


def test_a_purchase_is_told_once_as_a_fact(record, facts, customer):
    body = record(amount_minor=99, channel="online", occurred_at="2026-11-20T10:00:00+03:30").json

    assert facts("purchase.recorded") == [
        {
            "purchase_id": body["id"],
            "customer_id": customer["id"],
            "amount_minor": 99,
            "currency": "IRR",
            "occurred_at": "2026-11-20T06:30:00+00:00",
            "channel": "online",
        }
    ]


def test_lines_are_kept_in_order(record):
    lines = [
        {"title": "شلوار", "quantity": 2, "unit_price_minor": 100},
        {"title": "پارچه", "quantity": "1.5", "unit_price_minor": 33},
    ]

    body = record(amount_minor=250, lines=lines).json

    assert body["lines"] == [
        {"title": "شلوار", "quantity": "2", "unit_price_minor": 100},
        {"title": "پارچه", "quantity": "1.5", "unit_price_minor": 33},
    ]


def test_lines_must_sum_up_to_the_amount(record, tenant, digest):
    before = digest(tenant)

    answer = record(amount_minor=251, lines=[{"title": "x", "unit_price_minor": 250}])

    assert answer.status_code == 422
    assert "lines" in answer.json["errors"]
    assert digest(tenant) == before


def test_a_reference_sent_twice_is_one_purchase(record, facts, api):
    first = record(external_ref="POS-1", lines=[{"title": "x", "unit_price_minor": 2_500_000}])

    second = record(external_ref="POS-1", lines=[{"title": "x", "unit_price_minor": 2_500_000}])

    assert (second.status_code, second.json) == (first.status_code, first.json)
    assert len(api.get(PURCHASES).json["items"]) == 1
    assert len(facts("purchase.recorded")) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"amount_minor": 1},
        {"currency": "USD"},
        {"channel": "phone"},
        {"note": "x"},
        {"occurred_at": "2026-01-01T00:00:00Z"},
        {"lines": [{"title": "x", "unit_price_minor": 2_500_000}]},
    ],
)
def test_a_reference_of_another_purchase_is_a_conflict(record, other, tenant, digest):
    record(external_ref="POS-1")
    before = digest(tenant)

    answer = record(external_ref="POS-1", **other)

    assert (answer.status_code, answer.json["code"]) == (409, "crm.external_ref_taken")
    assert digest(tenant) == before


def test_purchases_without_reference_never_collide(record, api):
    for reference in (None, None, ""):
        assert record(external_ref=reference).status_code == 201

    assert len(api.get(PURCHASES).json["items"]) == 3


def test_the_latest_purchase_comes_first(record, api):
    for day in ("2026-03-01", "2026-05-01", "2026-04-01"):
        record(occurred_at=f"{day}T00:00:00Z")

    page = api.get(PURCHASES, query_string={"limit": 2}).json
    rest = api.get(PURCHASES, query_string={"limit": 2, "cursor": page["next_cursor"]}).json

    days = [row["occurred_at"][:10] for row in page["items"] + rest["items"]]
    assert days == ["2026-05-01", "2026-04-01", "2026-03-01"]
    assert rest["next_cursor"] is None


def test_purchases_are_narrowed_by_customer_words_channel_and_time(record, api, customer):
    other = api.post(
        "/api/v1/crm/customers", json={"full_name": "شرکت نگین", "kind": "company", "tags": ["عمده"]}
    )
    record(channel="online", occurred_at="2026-03-01T00:00:00Z", external_ref="A-1")
    record(customer_id=other.json["id"], occurred_at="2026-04-01T00:00:00Z")

    def names(**query):
        return [row["customer_name"] for row in api.get(PURCHASES, query_string=query).json["items"]]

    assert names(customer_id=customer["id"]) == ["مریم احمدی"]
    assert names(q="نگين") == ["شرکت نگین"]
    assert names(search="A-1") == ["مریم احمدی"]
    assert names(channel="online") == ["مریم احمدی"]
    assert names(kind="company") == ["شرکت نگین"]
    assert names(tag="عمده") == ["شرکت نگین"]
    assert names(occurred_from="2026-03-15T00:00:00Z") == ["شرکت نگین"]
    assert names(occurred_before="2026-04-01T00:00:00Z") == ["مریم احمدی"]


def test_an_archived_customer_keeps_the_purchases_but_gets_no_new_ones(record, api, customer):
    made = record().json
    api.delete(f"/api/v1/crm/customers/{customer['id']}")

    assert record().status_code == 404
    assert api.get(f"{PURCHASES}/{made['id']}").json == made
    assert api.post(f"{PURCHASES}/{made['id']}/refunds", json={}).status_code == 201


def test_a_purchase_is_refunded_in_parts_up_to_its_amount(record, api, facts, customer):
    made = record(amount_minor=100).json

    first = api.post(f"{PURCHASES}/{made['id']}/refunds", json={"amount_minor": 30, "reason": "سایز"})
    rest = api.post(f"{PURCHASES}/{made['id']}/refunds", json={})

    assert (first.status_code, first.json["amount_minor"], first.json["refunded_minor"]) == (201, 30, 30)
    assert (rest.status_code, rest.json["amount_minor"], rest.json["refunded_minor"]) == (201, 70, 100)
    shown = api.get(f"{PURCHASES}/{made['id']}").json
    assert shown["refunded_minor"] == 100
    assert shown["refunds"] == [first.json, rest.json]
    told = facts("purchase.refunded")
    assert [fact["refunded_minor"] for fact in told] == [30, 100]
    assert told[0] == {
        "refund_id": first.json["id"],
        "purchase_id": made["id"],
        "customer_id": customer["id"],
        "amount_minor": 30,
        "refunded_minor": 30,
        "purchase_amount_minor": 100,
        "currency": "IRR",
    }


def test_a_refund_never_exceeds_what_is_left(record, api, tenant, digest):
    made = record(amount_minor=100).json
    api.post(f"{PURCHASES}/{made['id']}/refunds", json={"amount_minor": 60})
    before = digest(tenant)

    answer = api.post(f"{PURCHASES}/{made['id']}/refunds", json={"amount_minor": 41})

    assert (answer.status_code, answer.json["code"]) == (422, "crm.refund_exceeds_purchase")
    assert digest(tenant) == before


def test_a_purchase_refunded_in_full_is_done(record, api):
    made = record().json
    api.post(f"{PURCHASES}/{made['id']}/refunds", json={})

    answer = api.post(f"{PURCHASES}/{made['id']}/refunds", json={})

    assert (answer.status_code, answer.json["code"]) == (409, "crm.refunded_already")


def test_one_idempotency_key_is_one_purchase(api, customer):
    body = {"customer_id": customer["id"], "amount_minor": 5}

    answers = [api.post(PURCHASES, json=body, headers={"Idempotency-Key": "till-7-0042"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert len(api.get(PURCHASES).json["items"]) == 1


def test_the_description_of_the_api_names_every_route_with_examples(api):
    described = api.get("/api/openapi.json").json

    paths = {
        path: set(verbs) - {"parameters"} for path, verbs in described["paths"].items() if "/crm/" in path
    }
    for noun in ("customers", "affiliations", "pipelines", "stages", "deals", "interactions", "tasks"):
        assert paths[f"/api/v1/crm/{noun}"] == {"get", "post"}
        assert paths[f"/api/v1/crm/{noun}/{{record_id}}"] == {"get", "patch", "delete"}
    own = ("", "/{purchase_id}", "/{purchase_id}/refunds")
    assert [paths[f"/api/v1/crm/purchases{tail}"] for tail in own] == [{"get", "post"}, {"get"}, {"post"}]
    amount = described["components"]["schemas"]["PurchaseCreate"]["properties"]["amount_minor"]
    assert (amount["example"], amount["minimum"]) == (2_500_000, 1)
