"""The contact person of a deal: who it may be, and where she goes when customers are merged."""

import pytest

CUSTOMERS = "/api/v1/crm/customers"
DEALS = "/api/v1/crm/deals"


@pytest.fixture
def names(api):
    """A company with two people of it, and somebody else, by name."""
    made = {
        name: api.post(CUSTOMERS, json={"full_name": name, "kind": kind}).json["id"]
        for name, kind in (("هتل باغ", "company"), ("رضا", "person"), ("مینا", "person"), ("سارا", "person"))
    }
    for name in ("رضا", "مینا"):
        body = {"person_id": made[name], "company_id": made["هتل باغ"], "role": "خرید"}
        assert api.post("/api/v1/crm/affiliations", json=body).status_code == 201
    return made


@pytest.fixture
def deal(api, names):
    """A deal of the company, led with one of its names."""
    body = {"title": "لباس فرم", "customer_id": names["هتل باغ"], "contact_id": names["رضا"]}
    answer = api.post(DEALS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_person_customer_is_her_own_contact(api, names):
    body = {"title": "x", "customer_id": names["سارا"], "contact_id": names["سارا"]}

    assert api.post(DEALS, json=body).status_code == 201


@pytest.mark.parametrize("name", ["سارا", "هتل باغ"])
def test_somebody_without_a_role_there_is_refused(api, tenant, digest, names, name):
    before = digest(tenant)

    answer = api.post(DEALS, json={"title": "x", "customer_id": names["هتل باغ"], "contact_id": names[name]})

    assert answer.status_code == 422
    assert "contact_id" in answer.text
    assert digest(tenant) == before


def test_who_left_is_no_new_contact_but_stays_the_old_one(api, names, deal):
    for role in api.get("/api/v1/crm/affiliations").json["items"]:
        api.patch(f"/api/v1/crm/affiliations/{role['id']}", json={"until_on": "2020-01-01"})

    kept = api.patch(f"{DEALS}/{deal['id']}", json={"title": "y"})
    changed = api.patch(f"{DEALS}/{deal['id']}", json={"contact_id": names["مینا"]})

    assert (kept.status_code, changed.status_code) == (200, 422)


def test_another_customer_asks_for_another_contact_at_the_field(client, tenant, digest, names, deal):
    before = digest(tenant)
    form = {
        "title": "لباس فرم",
        "customer_id": names["سارا"],
        "customer_id-typed": "سارا",
        "contact_id": names["رضا"],
        "contact_id-typed": "رضا",
        "stage_id": deal["stage_id"],
        "probability": "10",
    }

    answer = client.post(f"/crm/deals/{deal['id']}/edit", data=form)

    assert answer.status_code == 422
    assert 'id="f-contact_id-error"' in answer.text
    assert digest(tenant) == before
    form |= {"contact_id": "", "contact_id-typed": ""}
    assert client.post(f"/crm/deals/{deal['id']}/edit", data=form).status_code == 303


def test_the_picker_offers_the_people_of_the_company_alone(client, names):
    def offered(customer, typed=""):
        query = {"among": "crm.deal.contact_id", "by": customer, "q": typed}
        page = client.get("/crm/customers/pick", query_string=query)
        assert page.status_code == 200
        return {name for name, person in names.items() if person in page.text}

    assert offered(names["هتل باغ"]) == {"رضا", "مینا"}
    assert offered(names["هتل باغ"], "مین") == {"مینا"}
    assert offered(names["سارا"]) == {"سارا"}
    assert offered("") == offered("x") == set()


def test_a_typed_name_is_looked_for_among_them(client, api, names):
    api.post(CUSTOMERS, json={"full_name": "رضا"})
    form = {"title": "x", "customer_id": names["هتل باغ"], "customer_id-typed": "هتل باغ"}

    found = client.post("/crm/deals/new", data={**form, "contact_id": "", "contact_id-typed": "رضا"})
    nobody = client.post("/crm/deals/new", data={**form, "contact_id": "", "contact_id-typed": "سارا"})

    assert (found.status_code, nobody.status_code) == (303, 422)
    assert api.get(DEALS).json["items"][0]["contact_id"] == names["رضا"]


def test_a_merge_of_customers_takes_the_contact_along_and_its_undoing_brings_it_back(api, names, deal):
    merged = api.post(f"{CUSTOMERS}/merges", json={"kept_id": names["مینا"], "lost_id": names["رضا"]})
    assert merged.status_code in (200, 201), merged.text
    assert api.get(f"{DEALS}/{deal['id']}").json["contact_id"] == names["مینا"]

    undone = api.post(f"{CUSTOMERS}/merges/{merged.json['id']}/reversal")

    assert undone.status_code in (200, 201, 204), undone.text
    assert api.get(f"{DEALS}/{deal['id']}").json["contact_id"] == names["رضا"]


def test_a_deal_outlives_the_role_of_its_contact_in_the_bin(api, names, deal):
    api.delete(f"{DEALS}/{deal['id']}")
    for role in api.get("/api/v1/crm/affiliations").json["items"]:
        api.delete(f"/api/v1/crm/affiliations/{role['id']}")

    assert api.post(f"{DEALS}/{deal['id']}/restoration").status_code in (200, 204)


def test_a_person_s_page_lists_the_open_deals_she_is_the_contact_person_of(client, api, names, deal):
    def cards():
        page = client.get(f"/crm/customers/{names['رضا']}").text
        return f'href="/crm/deals/{deal["id"]}"' in page and "هتل باغ" in page and "contact_id=" in page

    assert cards()
    assert "لباس فرم" in client.get(f"/crm/deals?contact_id={names['رضا']}").text

    api.delete(f"{DEALS}/{deal['id']}")
    assert not cards()


def test_led_deals_keep_to_the_scope_of_the_reader_and_to_the_field(people, tenant, names, deal):
    def sees(*held, rules=None):
        browser = people.browser(people.member(tenant, ["crm.customer.read", *held], field_rules=rules))
        return deal["id"] in browser.get(f"/crm/customers/{names['رضا']}").text

    assert sees("crm.deal.read")
    assert not sees("crm.deal.read@own")
    assert not sees("crm.deal.read", rules={"crm.deal": {"contact_id": "none"}})
