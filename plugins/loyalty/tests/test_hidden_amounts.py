"""What a role hides of a purchase or a deal is told by no figure, sentence or answer about it either."""

import pytest

PAID, HOPED_FOR = 76_543_210, 87_654_320
#: As answers and as pages write them.
AMOUNTS = (str(PAID), str(HOPED_FOR), "7,654,321", "8,765,432")
HELD = [
    "crm.customer.read",
    "crm.purchase.read",
    "crm.purchase.refund",
    "crm.deal.read",
    "loyalty.member.read",
]
CLOSED = {"crm.purchase": {"amount_minor": "none"}, "crm.deal": {"amount_minor": "none"}}


@pytest.fixture
def told(api, drain):
    """Addresses of pages and of answers that tell of a purchase, its refund, its points and a deal."""
    customer = api.post("/api/v1/crm/customers", json={"full_name": "نگار"}).json["id"]
    bought = {"customer_id": customer, "amount_minor": PAID, "currency": "IRR"}
    purchase = api.post("/api/v1/crm/purchases", json=bought).json["id"]
    deal = {"title": "x", "customer_id": customer, "amount_minor": HOPED_FOR}
    deal = api.post("/api/v1/crm/deals", json=deal).json["id"]
    drain()
    entries = api.get(f"/api/v1/loyalty/members/{customer}/entries")
    assert entries.json["items"], entries.text
    pages = [
        "/",
        f"/crm/customers/{customer}",
        f"/crm/customers/{customer}/timeline",
        "/crm/purchases",
        f"/crm/purchases/{purchase}",
        "/crm/deals",
        "/crm/deals/board",
        f"/crm/deals/{deal}",
        "/loyalty/ledger",
    ]
    answers = [
        "/api/v1/crm/purchases",
        f"/api/v1/crm/purchases/{purchase}",
        f"/api/v1/crm/deals/{deal}",
    ]
    return pages, answers, purchase


def test_a_hidden_amount_is_told_nowhere(people, tenant, told):
    pages, answers, _purchase = told
    for rules, is_told in ((None, True), (CLOSED, False)):
        member = people.member(tenant, HELD, field_rules=rules)
        texts = {path: people.browser(member).get(path).text for path in pages}
        texts |= {path: people.program(member).get(path).text for path in answers}

        telling = {path for path, text in texts.items() if any(amount in text for amount in AMOUNTS)}

        assert telling == (set(texts) if is_told else set())


def test_who_may_not_see_an_amount_decides_on_no_refund(people, tenant, told, digest):
    *_rest, purchase = told
    member = people.member(tenant, HELD, field_rules=CLOSED)
    browser, program = people.browser(member), people.program(member)
    before = digest(tenant)

    assert browser.get(f"/crm/purchases/{purchase}/refund").status_code == 403
    assert browser.post(f"/crm/purchases/{purchase}/refund", data={"amount": "1"}).status_code == 403
    refund = program.post(f"/api/v1/crm/purchases/{purchase}/refunds", json={"amount_minor": 1})
    assert refund.status_code == 403
    assert digest(tenant) == before
