"""The pages: what people see, type and get back."""

import re

import pytest

PAGES = "/crm"


def ids(html, pattern):
    """The ids in the addresses of a page, in order, once each."""
    return list(dict.fromkeys(re.findall(pattern + r"/([0-9a-f-]{36})", html)))


def location(answer):
    """Where a form sent the browser."""
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_an_empty_list_says_what_to_do_next(client):
    page = client.get(f"{PAGES}/customers")

    assert page.status_code == 200
    assert f'href="{PAGES}/customers/new"' in page.text


def test_a_customer_is_added_by_the_form(client):
    form = {
        "kind": "person",
        "stage": "lead",
        "full_name": "مریم احمدی",
        "phone": "۰۹۱۲۳۴۵۶۷۸۹",
        "email": "",
        "birthday_on": "۱۳۶۹/۰۱/۰۱",
        "tags": "وفادار، تهران",
        "note": "",
    }

    page = client.get(location(client.post(f"{PAGES}/customers/new", data=form)))

    assert page.status_code == 200
    for text in ("مریم احمدی", "+989123456789", "وفادار", "تهران"):
        assert text in page.text


def test_a_bad_form_comes_back_with_what_was_typed(client, tenant, digest):
    client.get(PAGES + "/customers")
    before = digest(tenant)

    answer = client.post(
        f"{PAGES}/customers/new",
        data={"full_name": "مریم", "kind": "person", "stage": "lead", "phone": "12", "birthday_on": "1500"},
    )

    assert answer.status_code == 422
    assert 'value="مریم"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert digest(tenant) == before


def test_a_known_phone_number_is_hinted_at_while_one_types(client, api):
    api.post("/api/v1/crm/customers", json={"full_name": "علی", "phone": "09123456789"})

    form = client.get(f"{PAGES}/customers/new").text
    hint = client.get(f"{PAGES}/customers/duplicates/similar", query_string={"phone": "09123456789"})

    assert f"{PAGES}/customers/duplicates/similar" in form
    assert "علی" in hint.text


def test_a_customer_is_edited_by_the_form(client, api, customer):
    form = {
        "kind": "company",
        "stage": "lead",
        "full_name": "شرکت احمدی",
        "tags": "a, b",
        "phone": "",
        "birthday_on": "",
    }
    address = f"{PAGES}/customers/{customer['id']}/edit"

    assert customer["full_name"] in client.get(address).text
    location(client.post(address, data=form))

    changed = api.get(f"/api/v1/crm/customers/{customer['id']}").json
    assert (changed["full_name"], changed["kind"], changed["tags"]) == ("شرکت احمدی", "company", ["a", "b"])


def test_the_list_narrows_while_one_types(client, api, customer):
    api.post("/api/v1/crm/customers", json={"full_name": "علی"})
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}

    fragment = client.get(
        f"{PAGES}/customers", query_string={"q": "مريم", "kind": "", "tag": ""}, headers=headers
    )

    assert "<html" not in fragment.text
    assert "مریم احمدی" in fragment.text
    assert "علی" not in fragment.text


def test_more_customers_are_appended_to_the_list(client, api):
    for number in range(5):
        api.post("/api/v1/crm/customers", json={"full_name": f"customer {number}"})
    first = client.get(f"{PAGES}/customers", query_string={"limit": 3}).text
    more = re.search(r'href="([^"]*cursor=[^"]*)" rel="next"', first)[1].replace("&amp;", "&")

    fragment = client.get(more, headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text

    assert re.findall(r"<bdi>(customer \d)", first) == ["customer 4", "customer 3", "customer 2"]
    assert re.findall(r"<bdi>(customer \d)", fragment) == ["customer 1", "customer 0"]
    assert fragment.strip().startswith("<tr")
    assert "customer 1" in client.get(more).text


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"kind": "robot"}, {"limit": "x"}])
@pytest.mark.parametrize("page", ["customers", "purchases"])
def test_a_bad_address_of_a_list_is_refused(client, page, query):
    assert client.get(f"{PAGES}/{page}", query_string=query).status_code == 422


def test_a_purchase_is_recorded_by_the_form_in_toman(client, api, customer):
    form = {
        "customer_id": customer["id"],
        "amount": "۲۵۰٬۰۰۰",
        "occurred_at": "۱۴۰۵/۰۲/۰۱",
        "channel": "online",
    }

    page = client.get(location(client.post(f"{PAGES}/purchases/new", data=form)))

    assert page.status_code == 200
    made = api.get("/api/v1/crm/purchases").json["items"][0]
    assert (made["amount_minor"], made["currency"], made["channel"]) == (2_500_000, "IRR", "online")
    assert made["occurred_at"] == "2026-04-20T20:30:00Z"
    assert ids(page.text, "/purchases") == [made["id"]]


def test_lines_without_an_amount_are_summed_up(client, api, customer):
    form = {
        "customer_id": customer["id"],
        "amount": "",
        "line_title": ["شلوار", "", "پیراهن"],
        "line_quantity": ["۲", "", ""],
        "line_price": ["100,000", "", "۵۰٬۰۰۰"],
    }

    location(client.post(f"{PAGES}/purchases/new", data=form))

    made = api.get("/api/v1/crm/purchases").json["items"][0]
    shown = client.get(f"{PAGES}/purchases/{made['id']}").text
    assert made["amount_minor"] == 2_500_000
    assert "شلوار" in shown
    assert "پیراهن" in shown


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"amount": "-5"},
        {"amount": "much"},
        {"amount": "5", "occurred_at": "1500/01/01"},
        {"amount": "5", "channel": "pigeon"},
        {"amount": "5", "line_title": ["x"], "line_quantity": ["1"], "line_price": [""]},
        {"amount": "5", "line_title": ["x"], "line_quantity": ["-1"], "line_price": ["5"]},
        {"amount": "5", "line_title": ["x"], "line_quantity": ["1"], "line_price": ["6"]},
        {"amount": "5", "surprise": "1"},
    ],
)
def test_a_bad_purchase_form_comes_back(client, customer, tenant, digest, form):
    client.get(f"{PAGES}/purchases")
    before = digest(tenant)

    answer = client.post(f"{PAGES}/purchases/new", data={"customer_id": customer["id"], **form})

    assert answer.status_code == 422
    assert digest(tenant) == before


def test_who_bought_is_searched_for_first(client, customer):
    page = client.get(f"{PAGES}/purchases/new", query_string={"q": "مريم"})

    assert f"customer_id={customer['id']}" in page.text


def test_a_refund_is_made_on_its_page(client, record, api):
    made = record(amount_minor=1_000_000).json
    address = f"{PAGES}/purchases/{made['id']}/refund"

    assert "100,000" in client.get(address).text
    page = client.get(location(client.post(address, data={"amount": "۳۰٬۰۰۰", "reason": "سایز"})))
    too_much = client.post(address, data={"amount": "80,000", "reason": ""})
    location(client.post(address, data={"amount": "", "reason": ""}))

    assert location(client.get(address)).endswith(f"/crm/purchases/{made['id']}")
    assert "سایز" in page.text
    assert too_much.status_code == 422
    assert api.get(f"/api/v1/crm/purchases/{made['id']}").json["refunded_minor"] == 1_000_000


def test_the_customer_page_says_all_that_matters(client, record, api, customer):
    first = record(amount_minor=1_000_000).json
    record(amount_minor=500_000, occurred_at="2026-01-01T00:00:00Z")
    api.post(f"/api/v1/crm/purchases/{first['id']}/refunds", json={"amount_minor": 200_000})
    api.post("/api/v1/crm/deals", json={"title": "سفارش عید", "customer_id": customer["id"]})

    page = client.get(f"{PAGES}/customers/{customer['id']}")

    assert "130,000" in page.text
    assert len(ids(page.text, "/purchases")) == 2
    assert "سفارش عید" in page.text
    assert "Plan the next step of “سفارش عید”" in page.text


def test_deleting_asks_first(client, customer):
    address = f"{PAGES}/customers/{customer['id']}/delete"

    assert client.get(address).status_code == 200
    assert location(client.post(address)).endswith("/crm/customers")
    assert client.get(f"{PAGES}/customers/{customer['id']}").status_code == 404


def test_people_see_only_what_they_may(client_as, record, customer):
    made = record().json
    reader = client_as(["crm.customer.read"])

    page = reader.get(f"{PAGES}/customers/{customer['id']}").text

    assert "/edit" not in page
    assert "/purchases/" not in page
    assert '/log"' not in page
    assert reader.get(f"{PAGES}/purchases/{made['id']}").status_code == 403
    assert reader.get(f"{PAGES}/customers/new").status_code == 403
    assert reader.post(f"{PAGES}/customers/{customer['id']}/delete").status_code == 403


def test_a_call_is_noted_down_with_its_outcome_and_next_step(client, api, customer):
    form = {
        "kind": "call",
        "outcome": "call_back",
        "text": "رنگ سرمه‌ای می‌خواهد.",
        "next_step": "تماس دوباره",
        "next_on": "۱۴۱۰/۰۲/۱۵",
    }

    page = client.get(location(client.post(f"{PAGES}/customers/{customer['id']}/log", data=form))).text

    assert "رنگ سرمه‌ای می‌خواهد." in page
    assert "تماس دوباره" in page
    assert api.get("/api/v1/crm/tasks").json["items"][0]["due_at"] == "2031-05-05T20:29:00Z"
    assert api.get("/api/v1/crm/interactions").json["items"][0]["outcome"] == "call_back"


@pytest.mark.parametrize(
    "form", [{}, {"kind": "fax"}, {"kind": "call", "outcome": "x"}, {"next_on": "someday"}]
)
def test_a_bad_note_changes_nothing(client, customer, tenant, digest, form):
    client.get(f"{PAGES}/customers")
    before = digest(tenant)

    location(client.post(f"{PAGES}/customers/{customer['id']}/log", data=form))

    assert digest(tenant) == before


def test_a_task_is_done_by_one_click(client, api, customer):
    task = api.post("/api/v1/crm/tasks", json={"title": "x", "customer_id": customer["id"]}).json
    here = f"{PAGES}/customers/{customer['id']}"

    back = location(client.post(f"{PAGES}/tasks/{task['id']}/done", data={"next": here}))
    done = api.get(f"/api/v1/crm/tasks/{task['id']}").json["done_at"]
    client.post(f"{PAGES}/tasks/{task['id']}/done", data={"is_done": "0"})

    assert back.endswith(here)
    assert done is not None
    assert api.get(f"/api/v1/crm/tasks/{task['id']}").json["done_at"] is None


def test_a_deal_is_led_to_its_purchase_on_its_page(client, api, customer):
    deal = api.post("/api/v1/crm/deals", json={"title": "سفارش", "customer_id": customer["id"]}).json
    stages = api.get(
        "/api/v1/crm/stages", query_string={"pipeline_id": deal["pipeline_id"], "sort": "position"}
    ).json["items"]
    here = f"{PAGES}/deals/{deal['id']}"

    refused = client.get(location(client.post(f"{here}/stage", data={"stage_id": stages[2]["id"]}))).text
    lines = {"line_title": ["شال", ""], "line_quantity": ["۲", ""], "line_price": ["50,000", ""]}
    location(client.post(f"{here}/products", data=lines))
    client.post(f"{here}/stage", data={"stage_id": stages[4]["id"]})
    won = client.get(here).text
    location(client.post(f"{here}/purchase"))
    client.post(f"{here}/purchase")

    assert stages[2]["name"] in refused
    assert "Amount" in refused
    assert "Record the purchase" in won
    bought = api.get("/api/v1/crm/purchases").json["items"]
    assert [row["amount_minor"] for row in bought] == [1_000_000]
    assert bought[0]["id"] in client.get(here).text


def test_a_refused_step_leaves_the_deal_as_it_was(client, api, customer, tenant, digest):
    deal = api.post("/api/v1/crm/deals", json={"title": "x", "customer_id": customer["id"]}).json
    stages = api.get(
        "/api/v1/crm/stages", query_string={"pipeline_id": deal["pipeline_id"], "sort": "position"}
    ).json["items"]
    client.get(f"{PAGES}/deals")
    before = digest(tenant)

    for form in ({"stage_id": stages[2]["id"]}, {"stage_id": stages[5]["id"]}, {"stage_id": "x"}, {}):
        client.post(f"{PAGES}/deals/{deal['id']}/stage", data=form)
    client.post(f"{PAGES}/deals/{deal['id']}/purchase")
    client.post(f"{PAGES}/deals/{deal['id']}/tick", data={"item": "nothing", "is_done": "1"})
    bad = {"line_title": ["x"], "line_quantity": ["0"], "line_price": ["5"]}
    refused = client.post(f"{PAGES}/deals/{deal['id']}/products", data=bad)

    assert refused.status_code == 422
    assert digest(tenant) == before


def test_stages_change_places_and_go_when_empty(client, api):
    page = client.get(f"{PAGES}/setup/pipelines").text
    first = api.get("/api/v1/crm/stages", query_string={"sort": "position"}).json["items"][0]

    location(client.post(f"{PAGES}/setup/stages/{first['id']}/place", data={"way": "down"}))
    moved = api.get(f"/api/v1/crm/stages/{first['id']}").json
    location(client.post(f"{PAGES}/setup/stages/{first['id']}/removal"))

    assert first["name"] in page
    assert moved["position"] == first["position"] + 1
    assert api.get(f"/api/v1/crm/stages/{first['id']}").status_code == 404


def test_a_page_reads_once_more_what_other_modules_made_of_a_purchase(client, customer):
    form = {"customer_id": customer["id"], "amount": "100000"}
    after = client.post("/crm/purchases/new", data=form).headers["Location"]

    assert 'hx-trigger="load delay' in client.get(after).text
    assert 'hx-trigger="load delay' not in client.get(f"/crm/customers/{customer['id']}").text
