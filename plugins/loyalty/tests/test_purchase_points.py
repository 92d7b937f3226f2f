"""A purchase says what it brought in points, and its refund says beforehand what it takes back."""

import pytest

STEP = 1_000_000


@pytest.fixture
def bought(api, drain):
    """`bought(steps)`: a customer and a purchase of hers of that many steps, with its points."""

    def buy(steps):
        customer = api.post("/api/v1/crm/customers", json={"full_name": "نگار"}).json["id"]
        body = {"customer_id": customer, "amount_minor": int(steps * STEP), "currency": "IRR"}
        purchase = api.post("/api/v1/crm/purchases", json=body).json["id"]
        drain()
        return customer, purchase

    return buy


def test_a_purchase_says_what_it_brought_and_what_was_taken_back(client, api, drain, bought):
    _customer, purchase = bought(5)
    assert "brought 50 points" in client.get(f"/crm/purchases/{purchase}").text

    api.post(f"/api/v1/crm/purchases/{purchase}/refunds", json={"amount_minor": 2 * STEP})
    drain()

    page = client.get(f"/crm/purchases/{purchase}").text
    assert "brought 50 points" in page
    assert "20 of them were taken back" in page


def test_a_refund_says_how_many_points_go_and_that_spent_ones_are_not_asked_back(client, api, bought):
    customer, purchase = bought(5)
    refund = f"/crm/purchases/{purchase}/refund"
    assert "takes 50 points back" in client.get(refund).text

    api.post(f"/api/v1/loyalty/members/{customer}/redemptions", json={"points": 35})

    page = client.get(refund).text
    assert "has 15 points now" in page
    assert "is not asked back" in page


def test_a_purchase_below_a_step_brings_none_and_says_so(client, bought):
    _customer, purchase = bought(0.5)

    assert "brought no points" in client.get(f"/crm/purchases/{purchase}").text
    assert "No points are taken back" in client.get(f"/crm/purchases/{purchase}/refund").text


def test_who_may_not_see_points_is_told_nothing_of_them(people, tenant, bought):
    _customer, purchase = bought(5)
    held = ["crm.customer.read", "crm.purchase.read", "crm.purchase.refund"]
    browser = people.browser(people.member(tenant, held))

    for path in (f"/crm/purchases/{purchase}", f"/crm/purchases/{purchase}/refund"):
        assert "points" not in browser.get(path).text


def test_a_deal_that_is_won_no_more_says_that_its_purchase_stays(client, api):
    customer = api.post("/api/v1/crm/customers", json={"full_name": "نگار"}).json["id"]
    deal = {"title": "x", "customer_id": customer, "amount_minor": 5 * STEP}
    deal = api.post("/api/v1/crm/deals", json=deal).json
    stages = api.get("/api/v1/crm/stages").json["items"]
    won = next(
        one["id"] for one in stages if one["kind"] == "won" and one["pipeline_id"] == deal["pipeline_id"]
    )
    client.post(f"/crm/deals/{deal['id']}/stage", data={"stage_id": won})
    client.post(f"/crm/deals/{deal['id']}/purchase")
    assert "stays recorded" not in client.get(f"/crm/deals/{deal['id']}").text

    client.post(f"/crm/deals/{deal['id']}/stage", data={"stage_id": deal["stage_id"]})

    assert "stays recorded" in client.get(f"/crm/deals/{deal['id']}").text
