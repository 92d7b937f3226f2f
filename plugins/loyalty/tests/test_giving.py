"""Points given by hand: with a reason, once, by who may, as good as those of a purchase."""

import re

import pytest
from sqlalchemy import text

from charsu_loyalty.verification import verify_ledger

GIFT = {"points": 120, "reason": "مانده از دفتر پیشین"}


@pytest.fixture
def member(api):
    """The id of a customer without points."""
    return api.post("/api/v1/crm/customers", json={"full_name": "مهسا"}).json["id"]


@pytest.fixture
def url(member):
    return f"/api/v1/loyalty/members/{member}"


def test_given_points_can_be_spent_and_say_why_they_are_there(api, client, member, url, tenant, tenant_work):
    answer = api.post(f"{url}/gifts", json=GIFT)

    assert (answer.status_code, answer.json["kind"], answer.json["points_balance"]) == (201, "earn", 120)
    assert api.get(url).json["expiring_next"]["points"] == 120
    assert GIFT["reason"] in api.get(f"{url}/entries").json["items"][0]["explanation"]
    assert GIFT["reason"] in client.get(f"/crm/customers/{member}").text
    assert api.post(f"{url}/redemptions", json={"points": 120}).json["points_balance"] == 0
    with tenant_work(tenant) as session:
        assert verify_ledger(session) == []


def test_the_form_gives_once_however_often_it_is_sent(api, client, member, url):
    page = client.get(f"/loyalty/members/{member}/give").text
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    form = {"points": "۴۰", "reason": "تولد", "key": key}

    answers = [client.post(f"/loyalty/members/{member}/give", data=form) for _ in range(2)]
    other = client.post(f"/loyalty/members/{member}/give", data={**form, "points": "50"})

    assert [answer.status_code for answer in answers] == [303, 303]
    assert other.status_code == 422
    assert api.get(url).json["points_balance"] == 40


@pytest.mark.parametrize("change", [{"reason": ""}, {"points": "0"}, {"points": "x"}, {"points": "-5"}])
def test_a_gift_without_points_or_reason_is_refused(client, api, member, url, tenant, digest, change):
    before = digest(tenant)
    form = {"points": "10", "reason": "x", **change}

    assert client.post(f"/loyalty/members/{member}/give", data=form).status_code == 422
    assert api.post(f"{url}/gifts", json=form).status_code == 422
    assert digest(tenant) == before


def test_who_may_redeem_may_not_give(people, tenant, member, url, digest):
    staff = people.member(tenant, ["crm.customer.read", "loyalty.member.read", "loyalty.points.redeem"])
    browser, program = people.browser(staff), people.program(staff)
    before = digest(tenant)

    assert "/give" not in browser.get(f"/crm/customers/{member}").text
    assert browser.post(f"/loyalty/members/{member}/give", data=GIFT).status_code == 403
    assert program.post(f"{url}/gifts", json=GIFT).status_code == 403
    assert digest(tenant) == before


def test_nobody_gives_to_a_customer_in_the_bin_or_of_another_business(api, tenant, member, url, digest):
    api.delete(f"/api/v1/crm/customers/{member}")
    before = digest(tenant)

    assert api.post(f"{url}/gifts", json=GIFT).status_code == 404
    assert digest(tenant) == before


def test_a_gift_to_one_who_owns_two_accounts_tells_the_balance_of_both(api, member, url):
    other = api.post("/api/v1/crm/customers", json={"full_name": "مهسا ۲"}).json["id"]
    api.post(f"/api/v1/loyalty/members/{other}/gifts", json={"points": 30, "reason": "x"})
    merged = api.post("/api/v1/crm/customers/merges", json={"kept_id": member, "lost_id": other})
    assert merged.status_code in (200, 201), merged.text

    assert api.post(f"{url}/gifts", json={"points": 5, "reason": "x"}).json["points_balance"] == 35


def test_no_more_points_are_given_at_once_than_the_business_allows(api, tenant, tenant_work, digest):
    customer = api.post("/api/v1/crm/customers", json={"full_name": "x"}).json["id"]
    gifts = f"/api/v1/loyalty/members/{customer}/gifts"
    with tenant_work(tenant) as session:
        session.execute(text("INSERT INTO core_module_settings VALUES ('loyalty', 1, '{\"gift_most\": 50}')"))
    before = digest(tenant)

    refused = api.post(gifts, json={"points": 51, "reason": "x"})

    assert (refused.status_code, refused.json["code"]) == (422, "too_many_given")
    assert digest(tenant) == before
    assert api.post(gifts, json={"points": 50, "reason": "x"}).status_code == 201
