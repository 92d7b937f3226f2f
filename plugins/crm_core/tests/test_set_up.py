"""Forms and API of the set-up of sales: what is left blank, and what another permission keeps."""

import pytest

PIPELINES, STAGES = "/api/v1/crm/pipelines", "/api/v1/crm/stages"


def first(api, path):
    return api.get(path).json["items"][0]


def test_a_new_pipeline_without_a_place_stands_last(api, client):
    last = max(one["position"] for one in api.get(PIPELINES).json["items"])

    added = client.post("/crm/pipelines/new", data={"name": "Wholesale", "position": ""})
    by_api = api.post(PIPELINES, json={"name": "Retail", "position": None})

    assert added.status_code == 303
    assert by_api.status_code == 201
    places = {one["name"]: one["position"] for one in api.get(PIPELINES).json["items"]}
    assert last < places["Wholesale"] < places["Retail"]


@pytest.mark.parametrize("path", [PIPELINES, STAGES])
def test_a_place_that_is_taken_away_is_an_error_on_its_field(api, client, path):
    one = first(api, path)
    page = path.removeprefix("/api/v1")

    refused = api.patch(f"{path}/{one['id']}", json={"position": None})
    kept = {name: value for name, value in one.items() if isinstance(value, str | int)}
    form = client.post(f"{page}/{one['id']}/edit", data={**kept, "name": "x", "position": ""})

    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["position"]
    assert form.status_code == 422
    assert 'id="f-position-error"' in form.text
    assert first(api, path) == one


def test_a_stage_is_edited_by_who_does_not_see_its_pipeline(api, client_as):
    stage = first(api, STAGES)
    keeper = client_as(["crm.stage.read", "crm.stage.write"])

    form = keeper.get(f"/crm/stages/{stage['id']}/edit")
    saved = keeper.post(
        f"/crm/stages/{stage['id']}/edit",
        data={
            "name": "Renamed",
            "pipeline_id": stage["pipeline_id"],
            "position": str(stage["position"]),
            "kind": stage["kind"],
            "probability": str(stage["probability"]),
        },
    )

    assert f'value="{stage["pipeline_id"]}" checked' in form.text
    assert saved.status_code == 303
    changed = api.get(f"{STAGES}/{stage['id']}").json
    assert (changed["name"], changed["pipeline_id"]) == ("Renamed", stage["pipeline_id"])
