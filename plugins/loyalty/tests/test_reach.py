"""Points keep to the scope of customers: who sees her own customers sees, spends and gives only theirs."""

import pytest

HELD = [
    "crm.customer.read@own",
    "crm.customer.write@own",
    "loyalty.member.read",
    "loyalty.points.redeem",
    "loyalty.points.give",
]
GIFT = {"points": 70, "reason": "x"}


@pytest.fixture
def dealer(people, tenant):
    return people.member(tenant, HELD)


@pytest.fixture
def foreign(api):
    """The id of a customer of somebody else, with points."""
    customer = api.post("/api/v1/crm/customers", json={"full_name": "مشتری دیگری"}).json["id"]
    assert api.post(f"/api/v1/loyalty/members/{customer}/gifts", json=GIFT).status_code == 201
    return customer


def test_points_of_others_customers_are_neither_read_nor_moved(people, tenant, dealer, foreign, digest):
    program, browser = people.program(dealer), people.browser(dealer)
    url, page = f"/api/v1/loyalty/members/{foreign}", f"/loyalty/members/{foreign}"
    before = digest(tenant)

    answers = [
        program.get(url),
        program.get(f"{url}/entries"),
        program.post(f"{url}/redemptions", json={"points": 1}),
        program.post(f"{url}/gifts", json=GIFT),
        browser.get(f"{page}/redeem"),
        browser.post(f"{page}/redeem", data={"points": "1"}),
        browser.get(f"{page}/give"),
        browser.post(f"{page}/give", data=GIFT),
        browser.get(f"/loyalty/ledger?customer={foreign}"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert digest(tenant) == before


def test_the_ledger_lists_and_the_dashboard_sums_only_what_one_sees(people, dealer, foreign):
    program, browser = people.program(dealer), people.browser(dealer)
    mine = program.post("/api/v1/crm/customers", json={"full_name": "مشتری من"}).json["id"]
    assert program.post(f"/api/v1/loyalty/members/{mine}/gifts", json=GIFT).status_code == 201

    ledger = browser.get("/loyalty/ledger").text

    assert "مشتری من" in ledger
    assert "مشتری دیگری" not in ledger
    assert foreign not in ledger
    assert "Earned in" not in browser.get("/").text


def test_who_sees_every_customer_sees_every_entry(client, foreign):
    assert foreign in client.get("/loyalty/ledger").text
