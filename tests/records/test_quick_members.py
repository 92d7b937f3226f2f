"""A list and a board can be narrowed to a colleague by her name, in one click."""

import re

import pytest


@pytest.fixture
def colleague(people, tenant):
    """Another member, with a deal of hers."""
    return people.member(tenant, ["crm.deal.read", "crm.customer.read"])


def offered(page):
    """Members the ready filter of the owner names: id -> name."""
    return dict(re.findall(r'<option value="owner_id:is:([^"]+)"[^>]*>([^<]+)</option>', page))


@pytest.mark.parametrize("path", ["/crm/tasks", "/crm/deals", "/crm/deals/board"])
def test_the_owner_filter_names_colleagues(client, colleague, path):
    assert str(colleague.member_id) in offered(client.get(path).text)


def test_a_colleague_s_name_narrows_the_list_and_stays_chosen(client, api, colleague):
    for title, owner in (("Hers", str(colleague.member_id)), ("Nobody's own", None)):
        made = api.post("/api/v1/crm/tasks", json={"title": title, "owner_id": owner})
        assert made.status_code == 201, made.text

    page = client.get(f"/crm/tasks?where=owner_id:is:{colleague.member_id}").text

    assert "Hers" in page
    assert "Nobody&#39;s own" not in page
    assert re.search(rf'value="owner_id:is:{colleague.member_id}" selected', page)


def test_who_sees_her_own_records_alone_is_offered_nobody(people, tenant, colleague):
    dealer = people.browser(people.member(tenant, ["crm.task.read@own"]))

    assert offered(dealer.get("/crm/tasks").text) == {}
