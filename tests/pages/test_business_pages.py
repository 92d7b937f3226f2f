import re

import pytest

from charsu.plugins.lifecycle import module_rows
from charsu_tenants.mails import list_mails
from charsu_tenants.modules import FAULT_LIMIT, record_fault
from charsu_tenants.registry import suspend_tenant

PAGES = ["/", "/modules", "/members", "/teams", "/roles", "/roles/new", "/tokens", "/settings", "/account"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["fa", "en"])
def test_every_page_stands_in_both_languages(client, path, lang):
    client.post("/display", data={"lang": lang})

    page = client.get(path)

    assert page.status_code == 200
    assert f'<html lang="{lang}" dir="{"rtl" if lang == "fa" else "ltr"}"' in page.text
    assert page.text.count("<h1") == 1
    assert "style=" not in page.text
    assert "onclick" not in page.text


@pytest.mark.parametrize("path", ["/modules", "/roles", "/tokens", "/settings"])
def test_pages_of_management_are_closed_to_others(client_as, path):
    browser = client_as(["core.member.read"])

    assert browser.get(path).status_code == 403
    assert f'href="{path}"' not in browser.get("/").text


def test_the_menu_holds_what_the_modules_bring(client):
    page = client.get("/crm/customers").text

    assert re.search(r'href="/crm/customers" aria-current="page"', page)
    assert 'href="/settings"' in page


def test_settings_hold_from_the_next_page_on(client):
    form = {
        "name": "Blue Shop",
        "locale": "en",
        "calendar": "gregorian",
        "money_display": "rial",
        "timezone": "Asia/Dubai",
    }

    assert client.post("/settings", data=form).status_code == 303

    page = client.get("/settings").text
    assert "Blue Shop" in page
    assert re.search(r'value="gregorian" checked', page)
    assert re.search(r'value="Asia/Dubai" selected', page)


@pytest.mark.parametrize(
    "change", [{"timezone": "Mars/Base"}, {"locale": "xx"}, {"name": ""}, {"name": "x" * 500}, {"oops": "1"}]
)
def test_bad_settings_change_nothing(client, tenant, digest, change):
    before = digest(tenant)
    form = {
        "name": "n",
        "locale": "fa",
        "calendar": "jalali",
        "money_display": "toman",
        "timezone": "Asia/Tehran",
    }

    answer = client.post("/settings", data={**form, **change})

    assert answer.status_code == 422
    assert digest(tenant) == before


def test_a_business_abroad_chooses_its_currency_and_its_numbers_follow(client, api):
    form = {
        "name": "Rose & Thyme",
        "locale": "en",
        "calendar": "gregorian",
        "money_display": "toman",
        "timezone": "Europe/London",
    }
    assert client.post("/settings", data={**form, "currency": "ZZZ"}).status_code == 422
    assert client.post("/settings", data={**form, "currency": "GBP"}).status_code == 303

    person = {"full_name": "Olivia", "phone": "07911 123456"}
    customer = api.post("/api/v1/crm/customers", json=person).json
    client.post("/crm/purchases/new", data={"customer_id": customer["id"], "amount": "45.50"})

    bought = api.get("/api/v1/crm/purchases").json["items"][0]
    assert (bought["amount_minor"], bought["currency"]) == (4_550, "GBP")
    assert customer["phone"] == "+447911123456"
    assert "£" in client.get(f"/crm/customers/{customer['id']}").text


def test_a_module_goes_off_and_on_and_names_who_needs_it(client, tenant):
    client.post("/modules/crm_core/deactivation")
    assert "این‌ها را خاموش کنید، چون به آن نیاز دارند: باشگاه مشتریان" in client.get("/modules").text
    assert module_rows(tenant.id)["crm_core"].is_enabled

    client.post("/modules/loyalty/deactivation")
    assert not module_rows(tenant.id)["loyalty"].is_enabled
    assert "/loyalty" not in client.get("/").text

    client.post("/modules/loyalty/activation")
    assert module_rows(tenant.id)["loyalty"].is_enabled


def test_an_unknown_module_is_not_found(client):
    assert client.post("/modules/nothing/activation").status_code == 404


@pytest.mark.parametrize(("email", "is_given"), [("", False), ("one@example.com", True)])
def test_the_address_is_typed_unless_the_invitation_names_one(client, anonymous, runtime, email, is_given):
    client.post("/roles", data={"title": "Cashier", "permissions": ["crm.purchase.read"]})
    issued = client.post("/members/invitations", data={"role": "cashier", "email": email}).text
    if email:
        with runtime.database.control() as conn:
            issued = list_mails(conn, 1)[0].text_body
    path = re.search(r"http://[^/]+(/join/[^<\s]+)", issued)[1]

    field = re.search(r'<input[^>]* name="email"[^>]*>', anonymous.get(path).text)[0]

    assert ("readonly" in field) is is_given


def test_an_invited_person_joins_by_link(client, anonymous):
    client.post("/roles", data={"title": "Cashier", "permissions": ["crm.purchase.read"]})
    page = client.post("/members/invitations", data={"role": "cashier", "email": ""}).text
    link = re.search(r'id="invite-link">http://[^/]+(/join/[^<]+)<', page)[1]
    form = {"email": "guest@example.com", "name": "مهمان", "password": "three-odd-words-42"}

    assert anonymous.get(link).status_code == 200
    assert anonymous.post(link, data=form).status_code == 303
    assert "مهمان" in client.get("/members").text
    assert anonymous.get(link).status_code == 404


def test_a_token_is_shown_once(client, tenant, people):
    page = client.post("/tokens", data={"title": "فروشگاه اینترنتی", "reach": "all", "expires_on": ""}).text
    secret = re.search(r'id="new-token">([^<]+)<', page)[1]

    assert secret not in client.get("/tokens").text
    program = people.anonymous(tenant)
    program.headers = {"Authorization": f"Bearer {secret}"}
    assert program.get("/api/v1/crm/customers").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"reach": "some"},
        {"title": ""},
        {"expires_on": "1399/1/1"},
        {"expires_on": "x"},
        {"scopes": "no.such.thing", "reach": "some"},
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(client, tenant, digest, change):
    before = digest(tenant)

    answer = client.post("/tokens", data={"title": "t", "reach": "all", "expires_on": "", **change})

    assert answer.status_code == 422
    assert digest(tenant) == before


def held_on(client, path):
    """The permissions a role's page shows as given."""
    return set(re.findall(r'value="([a-z.@_]+)" (?:selected|checked)', client.get(path).text))


def test_a_role_of_ones_own_is_made_changed_and_deleted(client):
    form = {"title": "صندوق‌دار", "permissions": ["crm.purchase.read", "crm.purchase.record"]}
    client.post("/roles", data=form)
    path = re.search(r'href="(/roles/[0-9a-f-]{36})"><bdi>صندوق‌دار', client.get("/roles").text)[1]

    assert held_on(client, path) == {"crm.purchase.read", "crm.purchase.record"}
    client.post(path, data={**form, "permissions": ["crm.purchase.read@own"]})
    assert held_on(client, path) == {"crm.purchase.read@own"}

    client.post(f"{path}/deletion")
    assert client.get(path).status_code == 404


def test_a_role_can_not_hold_what_nobody_declared(client):
    answer = client.post("/roles", data={"title": "x", "permissions": ["no.such.thing"]})

    assert answer.status_code == 422


def test_ones_own_name_language_and_sessions(client):
    client.post("/account/profile", data={"name": "Sara", "locale": "en"})

    page = client.get("/account").text
    assert 'value="Sara"' in page
    assert 'lang="en"' in page
    assert client.post("/account/sessions/closure").status_code == 303
    wrong = client.post("/account/password", data={"current": "not-this-one", "new": "three-odd-words-42"})
    assert wrong.status_code == 422


def test_sample_data_comes_and_goes_and_leaves_ones_own(client, api):
    own = api.post("/api/v1/crm/customers", json={"full_name": "مشتری واقعی", "kind": "person"}).json

    client.post("/samples")
    assert len(api.get("/api/v1/crm/customers").json["items"]) > 5
    client.post("/samples")
    assert "از پیش هست" in client.get("/").text

    client.post("/samples/removal")
    assert [item["id"] for item in api.get("/api/v1/crm/customers").json["items"]] == [own["id"]]
    assert client.post("/samples/removal").status_code == 303


def test_the_checklist_can_be_put_away(client):
    assert "گام‌های نخست" in client.get("/").text

    client.post("/checklist/closure")

    assert "گام‌های نخست" not in client.get("/").text


def test_errors_are_pages_in_the_readers_language(client):
    page = client.get("/nothing/here")

    assert page.status_code == 404
    assert "پیدا نشد" in page.text
    partial = client.get("/nothing/here", headers={"HX-Request-Type": "partial"})
    assert "<html" not in partial.text


def test_a_suspended_business_says_so_and_leads_out(client, tenant, runtime):
    suspend_tenant(runtime.database, tenant.id)

    page = client.get("/crm/customers")

    assert page.status_code == 403
    assert "تعلیق شده" in page.text
    assert f'href="{runtime.settings.base_url}/"' in page.text


def test_a_quarantined_module_says_so_and_can_be_tried_again(client, tenant, runtime):
    for _fault in range(FAULT_LIMIT):
        record_fault(runtime.database, tenant.id, "loyalty", "nav_items", "it broke")

    assert "چند بار پشت هم خطا داد" in client.get("/modules").text
    assert client.get("/").status_code == 200

    client.post("/modules/loyalty/retry")
    assert "چند بار پشت هم خطا داد" not in client.get("/modules").text


def test_a_quarantined_module_others_need_can_be_tried_again_from_its_own_page(client, tenant, runtime):
    for _fault in range(FAULT_LIMIT):
        record_fault(runtime.database, tenant.id, "crm_core", "nav_items", "it broke")

    page = client.get("/crm/customers")
    assert page.status_code == 503
    assert 'href="/modules"' in page.text
    assert 'action="/modules/crm_core/retry"' in client.get("/modules").text


@pytest.mark.parametrize(
    ("came_from", "leads_back"),
    [("/crm/customers?sort=name", True), ("https://elsewhere.example/x", False), ("/nothing/here", False)],
)
def test_an_error_page_leads_back_to_the_page_before_on_this_host(client, came_from, leads_back):
    base = client.get("/nothing/here").request.host_url.rstrip("/")
    address = came_from if came_from.startswith("https:") else base + came_from

    page = client.get("/nothing/here", headers={"Referer": address})

    assert ("بازگشت به صفحهٔ پیش" in page.text) is leads_back
    assert (f'href="{came_from}"' in page.text) is leads_back
