"""Bad input is refused with a 4xx that says what is wrong, and changes no row."""

import uuid

import pytest

CUSTOMERS = "/api/v1/crm/customers"
PURCHASES = "/api/v1/crm/purchases"
LONG = "x" * 5_000

BAD_CUSTOMERS = [
    {},
    [],
    {"full_name": None},
    {"full_name": ""},
    {"full_name": "   "},
    {"full_name": "\u200c"},
    {"full_name": 5},
    {"full_name": "x" * 201},
    {"full_name": "a\x00b"},
    {"full_name": "x", "surprise": 1},
    {"full_name": "x", "id": str(uuid.uuid4())},
    {"full_name": "x", "is_sample": True},
    {"full_name": "x", "deleted_at": None},
    {"full_name": "x", "kind": "robot"},
    {"full_name": "x", "kind": None},
    {"full_name": "x", "phone": "123"},
    {"full_name": "x", "phone": 9123456789},
    {"full_name": "x", "phone": "9" * 60},
    {"full_name": "x", "phone": "call me"},
    {"full_name": "x", "email": "nobody"},
    {"full_name": "x", "email": "a@b"},
    {"full_name": "x", "email": "a b@example.com"},
    {"full_name": "x", "email": "a@" + "b" * 300 + ".com"},
    {"full_name": "x", "birthday_on": "2999-01-01"},
    {"full_name": "x", "birthday_on": "1404/09/15"},
    {"full_name": "x", "birthday_on": "2000-02-30"},
    {"full_name": "x", "birthday_on": "1600-01-01"},
    {"full_name": "x", "birthday_on": 0},
    {"full_name": "x", "tags": "a,b"},
    {"full_name": "x", "tags": [None]},
    {"full_name": "x", "tags": ["t" * 41]},
    {"full_name": "x", "tags": [f"tag {n}" for n in range(21)]},
    {"full_name": "x", "tags": {"a": 1}},
    {"full_name": "x", "note": LONG},
    {"full_name": "x", "note": ["x"]},
    {"full_name": {"$ne": ""}},
]

BAD_PURCHASES = [
    {"customer_id": None},
    {"customer_id": "not-an-id"},
    {"customer_id": str(uuid.uuid4())},
    {"customer_id": 5},
    {"amount_minor": None},
    {"amount_minor": 0},
    {"amount_minor": -1},
    {"amount_minor": 1.5},
    {"amount_minor": "100"},
    {"amount_minor": True},
    {"amount_minor": 10**15 + 1},
    {"amount_minor": 10**40},
    {"amount_minor": 1e300},
    {"currency": "irr"},
    {"currency": "IR"},
    {"currency": "ABC"},
    {"currency": None},
    {"occurred_at": "yesterday"},
    {"occurred_at": "2026-01-01T00:00:00"},
    {"occurred_at": "2999-01-01T00:00:00Z"},
    {"occurred_at": "0001-01-01T00:00:00+14:00"},
    {"occurred_at": "9999-12-31T23:59:59-14:00"},
    {"occurred_at": 1_700_000_000},
    {"channel": "pigeon"},
    {"external_ref": "x" * 201},
    {"external_ref": 5},
    {"note": LONG},
    {"lines": "x"},
    {"lines": [{}]},
    {"lines": [{"title": "x", "unit_price_minor": 2_500_000, "quantity": 0}]},
    {"lines": [{"title": "x", "unit_price_minor": 2_500_000, "quantity": "NaN"}]},
    {"lines": [{"title": "x", "unit_price_minor": 2_500_000, "quantity": "1e400000"}]},
    {"lines": [{"title": "x", "unit_price_minor": 2_500_000, "quantity": 0.0001}]},
    {"lines": [{"title": "x", "unit_price_minor": -1}]},
    {"lines": [{"title": "", "unit_price_minor": 2_500_000}]},
    {"lines": [{"title": "x", "unit_price_minor": 2_500_000, "price": 1}]},
    {"lines": [{"title": "x", "unit_price_minor": 1}] * 201},
    {"refunded_minor": 5},
]

BAD_QUERIES = [
    {"limit": 0},
    {"limit": 201},
    {"limit": "many"},
    {"limit": "1e9"},
    {"cursor": "nonsense"},
    {"cursor": "W10"},
    {"cursor": "x" * 600},
    {"kind": "robot"},
    {"search": "x" * 300},
    {"tag": "x" * 41},
    {"unknown": "1"},
]


@pytest.mark.parametrize("body", BAD_CUSTOMERS)
def test_a_bad_customer_is_refused(api, tenant, digest, body):
    before = digest(tenant)

    answer = api.post(CUSTOMERS, json=body)

    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"]
    assert digest(tenant) == before


@pytest.mark.parametrize("change", [body for body in BAD_CUSTOMERS if body and body != []])
def test_a_bad_change_of_a_customer_is_refused(api, customer, tenant, digest, change):
    if isinstance(change.get("full_name"), str) and len(change) > 1:
        change = {name: value for name, value in change.items() if name != "full_name"}
    before = digest(tenant)

    answer = api.patch(f"{CUSTOMERS}/{customer['id']}", json=change)

    assert answer.status_code == 422, answer.text
    assert digest(tenant) == before


@pytest.mark.parametrize("body", BAD_PURCHASES)
def test_a_bad_purchase_is_refused(record, customer, tenant, digest, body):
    before = digest(tenant)

    answer = record(**body)

    assert answer.status_code in {404, 422}, answer.text
    assert answer.json["detail"]
    assert digest(tenant) == before


@pytest.mark.parametrize(
    "body", [{"amount_minor": 0}, {"amount_minor": "1"}, {"reason": LONG}, {"x": 1}, [], 5]
)
def test_a_bad_refund_is_refused(record, api, tenant, digest, body):
    made = record().json
    before = digest(tenant)

    answer = api.post(f"{PURCHASES}/{made['id']}/refunds", json=body)

    assert answer.status_code == 422, answer.text
    assert digest(tenant) == before


@pytest.mark.parametrize("query", BAD_QUERIES)
@pytest.mark.parametrize("address", [CUSTOMERS, PURCHASES])
def test_a_bad_query_is_refused(api, address, query):
    answer = api.get(address, query_string=query)

    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "bad_id",
    ["x", "0", "%00", "9b1c6a52-f0d3-4c0e-a17f-3c5d2e8b4a60", "00000000-0000-0000-0000-00000000000g"],
)
@pytest.mark.parametrize("address", [CUSTOMERS, PURCHASES])
def test_an_id_that_is_none_is_not_found(api, address, bad_id):
    assert api.get(f"{address}/{bad_id}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"full_name": NaN}', b"[" * 30 + b"]" * 30, b'{"full_name": "\\ud800"}'],
)
def test_a_body_that_is_no_json_is_refused(api, tenant, digest, body):
    before = digest(tenant)

    answer = api.post(CUSTOMERS, data=body, content_type="application/json")

    assert 400 <= answer.status_code < 500
    assert digest(tenant) == before


def test_the_neighbours_records_are_not_there(api_as, other_tenant, customer, record, tenant, digest):
    made = record().json
    neighbour = api_as(of=other_tenant)
    before = digest(tenant), digest(other_tenant)

    answers = [
        neighbour.get(f"{CUSTOMERS}/{customer['id']}"),
        neighbour.patch(f"{CUSTOMERS}/{customer['id']}", json={"full_name": "stolen"}),
        neighbour.delete(f"{CUSTOMERS}/{customer['id']}"),
        neighbour.get(f"{PURCHASES}/{made['id']}"),
        neighbour.post(f"{PURCHASES}/{made['id']}/refunds", json={}),
        neighbour.post(PURCHASES, json={"customer_id": customer["id"], "amount_minor": 5}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert neighbour.get(CUSTOMERS).json["items"] == []
    assert (digest(tenant), digest(other_tenant)) == before


def test_each_route_asks_for_its_permission(api_as, customer, record):
    made = record().json
    powerless = api_as(permissions=["loyalty.rule.read"])

    answers = [
        powerless.get(CUSTOMERS),
        powerless.post(CUSTOMERS, json={"full_name": "x"}),
        powerless.get(f"{CUSTOMERS}/{customer['id']}"),
        powerless.patch(f"{CUSTOMERS}/{customer['id']}", json={}),
        powerless.delete(f"{CUSTOMERS}/{customer['id']}"),
        powerless.get(PURCHASES),
        powerless.post(PURCHASES, json={}),
        powerless.get(f"{PURCHASES}/{made['id']}"),
        powerless.post(f"{PURCHASES}/{made['id']}/refunds", json={}),
    ]

    assert {answer.status_code for answer in answers} == {403}
