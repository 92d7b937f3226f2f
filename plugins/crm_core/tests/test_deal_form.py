"""The form of a deal: stages by their pipelines, and the lost reason only where a stage asks for it."""

import re

import pytest

DEALS = "/api/v1/crm/deals"
FORM = "/crm/deals/new"


@pytest.fixture
def stages(api):
    return api.get("/api/v1/crm/stages", query_string={"limit": "100"}).json["items"]


def test_stages_are_offered_under_their_pipelines(client, api, stages):
    pipelines = {item["id"]: item["name"] for item in api.get("/api/v1/crm/pipelines").json["items"]}

    page = client.get(FORM).text

    offered = {
        heading: set(re.findall(r'<option value="([^"]+)"', options))
        for heading, options in re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)
    }
    wanted = {name: {s["id"] for s in stages if s["pipeline_id"] == key} for key, name in pipelines.items()}
    assert len(wanted) > 1
    assert offered == wanted


def test_the_lost_reason_is_asked_for_when_a_stage_needs_it(client, api, customer, stages):
    lost = next(stage["id"] for stage in stages if stage["kind"] == "lost")
    body = {"title": "کفپوش", "customer_id": customer["id"], "stage_id": lost}
    before = client.get(FORM).text

    refused = client.post(FORM, data=body)
    saved = client.post(FORM, data={**body, "lost_reason": "price"})

    assert 'name="lost_reason"' not in before
    assert refused.status_code == 422
    assert 'name="lost_reason"' in refused.text
    assert saved.status_code == 303
    (deal,) = api.get(DEALS).json["items"]
    assert (deal["state"], deal["lost_reason"]) == ("lost", "price")
    assert 'name="lost_reason"' in client.get(f"/crm/deals/{deal['id']}/edit").text


def test_editing_an_open_deal_asks_for_no_lost_reason_and_keeps_the_rest(client, api, customer):
    deal = api.post(DEALS, json={"title": "x", "customer_id": customer["id"], "note": "n"}).json
    form = client.get(f"/crm/deals/{deal['id']}/edit").text

    typed = {name: deal[name] for name in ("customer_id", "stage_id", "probability", "note")}
    answer = client.post(f"/crm/deals/{deal['id']}/edit", data={**typed, "title": "y"})

    assert answer.status_code == 303, answer.text
    assert 'name="lost_reason"' not in form
    after = api.get(f"{DEALS}/{deal['id']}").json
    assert (after["title"], after["state"], after["lost_reason"]) == ("y", "open", None)
