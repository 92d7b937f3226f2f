"""The members of the club lined up: by points, by what ends soon; merged accounts count as one."""

import re

import pytest
from sqlalchemy import text


@pytest.fixture
def gifted(api):
    """`gifted(name, points)`: the id of a new customer with points."""

    def make(name, points):
        customer = api.post("/api/v1/crm/customers", json={"full_name": name}).json["id"]
        body = {"points": points, "reason": "x"}
        assert api.post(f"/api/v1/loyalty/members/{customer}/gifts", json=body).status_code == 201
        return customer

    return make


@pytest.fixture
def listed(client):
    """`listed(order)`: ids of the members on the page, in order."""

    def read(order="points"):
        page = client.get(f"/loyalty/members?order={order}")
        assert page.status_code == 200
        return re.findall(r'is-main"><a href="/crm/customers/([0-9a-f-]{36})"', page.text)

    return read


def test_members_stand_in_the_order_asked_for(api, gifted, listed):
    few, many = gifted("کم", 10), gifted("زیاد", 500)
    api.post(f"/api/v1/loyalty/members/{few}/redemptions", json={"points": 5})
    api.post("/api/v1/crm/customers", json={"full_name": "بی‌امتیاز"})

    assert listed() == listed("nonsense") == [many, few]
    assert listed("spent") == [few, many]


def test_points_that_end_soon_come_first_in_their_order(gifted, listed, client, tenant, tenant_work):
    later, soon = gifted("بعد", 900), gifted("زود", 40)
    with tenant_work(tenant) as session:
        ends = text("UPDATE loyalty_lot SET expires_on = CURRENT_DATE + 9 WHERE customer_id = :id")
        session.execute(ends, {"id": soon})

    assert listed("ending") == [soon, later]
    assert "until" in client.get("/loyalty/members").text


def test_a_customer_with_two_accounts_is_one_member_with_the_points_of_both(api, gifted, listed, client):
    kept, lost = gifted("الف", 30), gifted("ب", 4)
    merged = api.post("/api/v1/crm/customers/merges", json={"kept_id": kept, "lost_id": lost})
    assert merged.status_code in (200, 201), merged.text

    assert listed() == [kept]
    assert ">34<" in client.get("/loyalty/members").text


def test_a_customer_in_the_bin_is_no_member_and_others_customers_are_not_shown(
    api, gifted, listed, people, tenant, drain
):
    there, gone = gifted("هست", 5), gifted("نیست", 50)
    api.delete(f"/api/v1/crm/customers/{gone}")
    drain()
    own = people.browser(people.member(tenant, ["crm.customer.read@own", "loyalty.member.read"]))

    assert listed() == [there]
    assert there not in own.get("/loyalty/members").text


def test_how_far_ahead_points_end_soon_is_a_setting(gifted, client, tenant, tenant_work):
    later = gifted("بعد", 40)
    with tenant_work(tenant) as session:
        ends = text("UPDATE loyalty_lot SET expires_on = CURRENT_DATE + 50 WHERE customer_id = :id")
        session.execute(ends, {"id": later})
    before = client.get("/loyalty/members").text

    with tenant_work(tenant) as session:
        session.execute(text("INSERT INTO core_module_settings VALUES ('loyalty', 1, '{\"soon_days\": 60}')"))

    assert "within 30 days" in before
    assert "until" not in before
    after = client.get("/loyalty/members").text
    assert "within 60 days" in after
    assert "until" in after
