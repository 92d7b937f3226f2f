"""Purchases keep to the scope of who asks, in the API and on the pages of their own."""

import pytest

BOUNDS = [
    "crm.customer.read@own",
    "crm.customer.write@own",
    "crm.purchase.read@own",
    "crm.purchase.record",
    "crm.purchase.refund",
]


@pytest.fixture
def dealer(people, tenant):
    """A member who sees only customers and purchases of her own."""
    return people.member(tenant, BOUNDS)


@pytest.fixture
def program(people, dealer):
    return people.program(dealer)


@pytest.fixture
def browser(people, dealer):
    return people.browser(dealer)


def test_purchases_of_others_are_not_listed_read_or_refunded(program, record):
    foreign = record().json["id"]
    path = f"/api/v1/crm/purchases/{foreign}"

    assert program.get("/api/v1/crm/purchases").json["items"] == []
    assert program.get(path).status_code == 404
    assert program.post(f"{path}/refunds", json={"amount_minor": 1_000}).status_code == 404


def test_nothing_is_recorded_for_a_customer_beyond_the_scope(program, browser, customer, digest, tenant):
    before = digest(tenant)
    body = {"customer_id": customer["id"], "amount_minor": 1_000_000}

    assert program.post("/api/v1/crm/purchases", json=body).status_code == 404
    form = {"customer_id": customer["id"], "amount": "100000"}
    assert browser.post("/crm/purchases/new", data=form).status_code == 404
    assert digest(tenant) == before


def test_pages_of_recording_and_refunding_name_nobody_beyond_the_scope(browser, customer, record):
    foreign = record().json["id"]

    assert customer["full_name"] not in browser.get("/crm/purchases/new").text
    assert browser.get(f"/crm/purchases/new?customer_id={customer['id']}").status_code == 404
    assert browser.get(f"/crm/purchases/{foreign}/refund").status_code == 404
    assert customer["full_name"] not in browser.get("/").text


def test_one_s_own_customer_can_be_sold_to_and_refunded(program):
    mine = program.post("/api/v1/crm/customers", json={"full_name": "کیان کوهی"}).json["id"]

    sold = program.post("/api/v1/crm/purchases", json={"customer_id": mine, "amount_minor": 1_000_000})
    path = f"/api/v1/crm/purchases/{sold.json['id']}"

    assert (sold.status_code, program.get(path).status_code) == (201, 200)
    assert len(program.get("/api/v1/crm/purchases").json["items"]) == 1
    assert program.post(f"{path}/refunds", json={"amount_minor": 1_000}).status_code == 201


def test_a_till_that_may_only_record_still_records(people, tenant, customer):
    till = people.program(people.member(tenant, ["crm.purchase.record"]))
    body = {"customer_id": customer["id"], "amount_minor": 1_000_000}

    assert till.post("/api/v1/crm/purchases", json=body).status_code == 201
