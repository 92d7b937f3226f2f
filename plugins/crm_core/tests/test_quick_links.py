"""Lists and boards narrowed by a record that is picked above them."""

import pytest


@pytest.fixture
def deals(api):
    """A deal of each of two customers, by the customer's name."""
    made = {}
    for name in ("مریم", "سارا"):
        customer = api.post("/api/v1/crm/customers", json={"full_name": name}).json
        body = {"title": f"سفارش {name}", "customer_id": customer["id"]}
        assert api.post("/api/v1/crm/deals", json=body).status_code == 201
        made[name] = customer["id"]
    return made


@pytest.mark.parametrize("path", ["/crm/deals", "/crm/deals/board"])
def test_a_picked_customer_narrows_and_is_shown_in_the_picker(client, deals, path):
    page = client.get(path, query_string={"customer_id": deals["مریم"]}).text

    assert "سفارش مریم" in page
    assert "سفارش سارا" not in page
    assert f'name="customer_id" value="{deals["مریم"]}"' in page
    assert 'name="customer_id-typed" value="مریم"' in page


@pytest.mark.parametrize("path", ["/crm/deals", "/crm/deals/board"])
def test_a_typed_name_does_it_without_scripts(client, deals, path):
    query = {"customer_id": deals["مریم"], "customer_id-typed": "سارا", "search": "سفارش"}

    answer = client.get(path, query_string=query)

    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "سفارش سارا" in page
    assert "سفارش مریم" not in page


def test_an_unknown_name_is_said_and_an_empty_one_takes_the_filter_away(client, deals):
    unknown = client.get("/crm/deals", query_string={"customer_id": "", "customer_id-typed": "هیچ‌کس"})
    emptied = client.get("/crm/deals", query_string={"customer_id": deals["مریم"], "customer_id-typed": " "})

    for answer in (unknown, emptied):
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"]).text
        assert "سفارش سارا" in page
        assert "سفارش مریم" in page


@pytest.mark.parametrize(
    "query",
    [
        {"nothing-typed": "x"},
        {"title-typed": "x"},
        {"customer_id": "x", "customer_id-typed": "y"},
        {"customer_id-typed": "a\0b"},
        {"customer_id-typed": "ا" * 5000},
    ],
)
def test_odd_addresses_are_no_fault(client, deals, query):
    assert client.get("/crm/deals", query_string=query).status_code in (303, 422)
    assert deals


def test_no_picker_stands_where_one_may_not_look(client_as, deals):
    page = client_as(["crm.deal.read"]).get("/crm/deals").text

    assert "data-picker-quick" not in page
    assert "سفارش سارا" in page
    assert deals


def test_a_name_finds_the_customer_before_the_purchases_that_bear_it(client, api):
    customer = api.post("/api/v1/crm/customers", json={"full_name": "زهرا کریمی"}).json["id"]
    for number in range(12):
        body = {"customer_id": customer, "amount_minor": 1_000_000 + number, "currency": "IRR"}
        assert api.post("/api/v1/crm/purchases", json=body).status_code == 201

    found = client.get("/search?q=زهرا کری").text

    first = min(found.index(f"/crm/{noun}/0") for noun in ("customers", "purchases"))
    assert found.startswith(f"/crm/customers/{customer}", first)
