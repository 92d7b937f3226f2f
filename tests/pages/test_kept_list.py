"""The kept page around the rows of a list: every change shows at once, and nothing reaches another reader."""

import pytest

from charsu.people.notifications import notify
from charsu.ui.drawn import Drawn, hole

URL, API = "/crm/customers", "/api/v1/crm/customers"


def page(browser, **query):
    """The list, asked for twice once no message waits: what is kept shows what was drawn."""
    browser.get(URL)
    answers = [browser.get(URL, query_string=query) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    return answers[1].text


@pytest.fixture
def member(people, tenant):
    return people.member(tenant)


@pytest.fixture
def browser(people, member):
    return people.browser(member)


@pytest.fixture
def customers(people, member):
    program = people.program(member)
    for number in range(50):
        made = program.post(API, json={"full_name": f"Customer {number:02}", "kind": "person"})
        assert made.status_code == 201, made.text
    return program


def test_a_new_customer_stands_in_the_list(browser, customers):
    assert 'rel="next"' not in page(browser)

    customers.post(API, json={"full_name": "Newcomer <b>", "kind": "person"})

    html = page(browser)
    assert "Newcomer &lt;b&gt;" in html
    assert 'rel="next"' in html
    assert html.count(" data-row=") == 50
    assert 'name="all"' in html


def test_the_last_customer_leaves_an_empty_list(browser, people, member):
    program = people.program(member)
    made = program.post(API, json={"full_name": "Only", "kind": "person"}).json["id"]
    assert "<table" in page(browser)

    program.delete(f"{API}/{made}")

    assert "<table" not in page(browser)
    assert "c-empty" in page(browser)


def test_a_new_custom_field_is_offered_at_once(browser, customers):
    assert "Shoe size" not in page(browser)

    browser.post(
        "/settings/fields/new", data={"type": "crm.customer", "title": "Shoe size", "kind": "number"}
    )

    assert page(browser).count("Shoe size") == 2


def test_a_new_view_stands_above_the_list_of_those_who_may_use_it(browser, people, tenant):
    other = people.browser(people.member(tenant))
    assert "Leads of mine" not in page(browser)
    assert "For all" not in page(other)

    browser.post(f"{URL}/views", data={"name": "Leads of mine", "where": ["stage:is:lead"]})
    browser.post(f"{URL}/views", data={"name": "For all", "where": ["stage:is:lead"], "is_shared": "1"})

    assert "Leads of mine" in page(browser)
    assert "For all" in page(other)
    assert "Leads of mine" not in page(other)


def test_a_view_the_list_begins_with_leads_there(browser):
    page(browser)
    view = browser.post(f"{URL}/views", data={"name": "Leads", "where": ["stage:is:lead"]}).location
    view_id = view.split("view=")[1]

    browser.post(f"{URL}/views/{view_id}/default", data={"is_default": "1"})

    assert browser.get(URL).location == f"{URL}?view={view_id}"


def test_a_role_that_loses_a_permission_loses_its_buttons(browser, customers, runtime, tenant):
    assert f'href="{URL}/new"' in page(browser)

    with runtime.database.control() as control:
        control.execute(
            "UPDATE control.role SET permissions = %s WHERE tenant_id = %s",
            [["crm.customer.read"], tenant.id],
        )

    html = page(browser)
    assert f'href="{URL}/new"' not in html
    assert 'name="ids"' not in html
    assert "c-bulk" not in html


def test_a_field_that_is_hidden_is_gone(browser, customers, runtime, tenant):
    assert 'value="phone"' in page(browser)

    with runtime.database.control() as control:
        control.execute(
            """UPDATE control.role SET field_rules = '{"crm.customer": {"phone": "none"}}'
                WHERE tenant_id = %s""",
            [tenant.id],
        )

    assert 'value="phone"' not in page(browser)


def test_language_and_theme_are_the_readers(browser, customers):
    assert 'lang="en"' in page(browser)

    browser.post("/display", data={"lang": "fa", "theme": "dark"})

    html = page(browser)
    assert 'lang="fa"' in html
    assert "افزودن" in html
    assert 'data-bs-theme="dark"' in html


def test_another_business_sees_its_own_page(browser, customers, client_as, tenant, other_tenant):
    browser.post(f"{URL}/views", data={"name": "Only here", "is_shared": "1"})
    mine = page(browser)

    theirs = page(client_as(of=other_tenant))

    assert tenant.name in mine
    assert "Only here" in mine
    assert tenant.name not in theirs
    assert "Only here" not in theirs
    assert "Customer 01" not in theirs


def test_a_notification_rings_on_the_list(browser, member, tenant, tenant_work):
    assert "c-bell-count" not in page(browser)

    with tenant_work(tenant) as session:
        notify(session, member_id=member.member_id, title="سلام")

    assert "c-bell-count" in page(browser)


def test_a_message_is_shown_once(browser):
    page(browser)
    browser.post(f"{URL}/views", data={"name": "Mine"})

    first, second = browser.get(URL), browser.get(URL)

    assert "c-flashes" in first.text
    assert "c-flashes" not in second.text


def test_what_is_searched_for_stands_in_its_own_page_alone(browser, customers):
    found = page(browser, search="Customer 07")

    assert 'value="Customer 07"' in found
    assert found.count(" data-row=") == 1
    assert 'value="Customer 07"' not in page(browser, search="Customer 08")
    assert 'value="Customer 07"' not in page(browser)


def test_what_a_module_adds_stands_in_the_kept_list_too(browser):
    for _ in range(2):
        assert 'href="/crm/deals?state=open&amp;where=next_at:empty"' in browser.get("/crm/deals").text


def test_holes_are_filled_and_the_rest_stays():
    drawn = Drawn(f"<p>{hole('first')}</p>\n{hole('rows')}{hole('first')}.")

    assert drawn.filled(first="۱", rows="%s {}").decode() == "<p>۱</p>\n%s {}۱."
    assert drawn.filled(first="", rows="") == b"<p></p>\n."
