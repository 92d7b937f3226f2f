"""The API of a module's settings: read, set, back to the default; secrets are written and never answered."""

from typing import Any

import pytest

from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

API = "/api/v1/core/modules/shop/settings"
GIVEN = {
    "name": "Bakery",
    "greeting": "Hello",
    "days": 7,
    "least_minor": 25_000,
    "opens_on": "2026-03-21",
    "mood": "loud",
    "closed": ["fri"],
    "is_open": False,
    "email": "a@example.com",
    "site": "https://example.com",
    "keeper_id": None,
}


def test_settings_are_answered_with_their_defaults(program: HostClient) -> None:
    found = program.get(API).json

    assert (found["module"], found["version"], found["changed"]) == ("shop", 0, [])
    assert found["values"] == found["defaults"]
    assert (found["values"]["days"], found["values"]["name"]) == (14, "Shop")
    assert found["secrets"] == {"key": False}


def test_every_kind_is_set_and_answered_alike(program: HostClient, read: Any) -> None:
    answer = program.patch(API, json={"values": {**GIVEN, "key": "open-sesame"}})

    assert answer.status_code == 200, answer.text
    assert answer.json == program.get(API).json
    assert answer.json["values"] == GIVEN
    assert (answer.json["secrets"], answer.json["version"]) == ({"key": True}, 1)
    assert "open-sesame" not in answer.text
    assert (read().key, read().days) == ("open-sesame", 7)


def test_some_are_set_and_others_go_back_in_one_request(program: HostClient) -> None:
    program.patch(API, json={"values": {"days": 7, "mood": "loud", "key": "x"}})

    found = program.patch(API, json={"values": {"name": "B"}, "reset": ["mood", "key"], "version": 1}).json

    assert found["changed"] == ["days", "name"]
    assert (found["values"]["mood"], found["secrets"]) == ("calm", {"key": False})


def test_a_change_of_another_version_is_refused(program: HostClient) -> None:
    program.patch(API, json={"values": {"days": 7}, "version": 0})

    refused = program.patch(API, json={"values": {"days": 8}, "version": 0})

    assert (refused.status_code, refused.json["code"]) == (409, "stale")
    assert program.get(API).json["values"]["days"] == 7


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"nowhere": 1},
        {"values": {"nowhere": 1}},
        {"values": {"days": "many"}},
        {"values": {"days": 0}},
        {"values": {"days": None}},
        {"values": {"name": "x" * 21}},
        {"values": {"mood": "angry"}},
        {"values": {"keeper_id": "0198c0de-0000-7000-8000-000000000000"}},
        {"values": {"mood": "loud", "days": 40}},
        {"values": {"days": 3}, "reset": ["days"]},
        {"values": "x"},
        {"reset": ["nowhere"]},
        {"reset": "days"},
        {"version": -1},
        {"version": "x"},
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    program: HostClient, tenant: Tenant, digest: Any, body: Any
) -> None:
    before = digest(tenant)

    assert program.patch(API, json=body).status_code in (400, 422)
    assert digest(tenant) == before


def test_only_who_may_change_settings_reads_them(people: People, tenant: Tenant) -> None:
    other = people.program(people.member(tenant, ["core.module.manage"]))

    assert other.get(API).status_code == 403
    assert other.patch(API, json={"values": {"days": 3}}).status_code == 403


def test_the_document_has_the_fields_of_the_module_while_it_is_on(
    program: HostClient, browser: HostClient
) -> None:
    document = program.get("/api/openapi.json").json
    given = document["components"]["schemas"]["ModuleSettingsShopGiven"]["properties"]

    assert API in document["paths"]
    assert given["mood"]["enum"] == ["calm", "loud"]
    assert "key" not in document["components"]["schemas"]["ModuleSettingsShopValues"]["properties"]

    browser.post("/modules/shop/deactivation")

    assert program.get(API).status_code == 404
    assert API not in program.get("/api/openapi.json").json["paths"]


def test_each_change_stands_in_the_audit_with_who_and_what_but_no_secret(
    program: HostClient, browser: HostClient
) -> None:
    program.patch(API, json={"values": {"days": 7, "key": "open-sesame", "mood": "loud"}})
    program.patch(API, json={"values": {"key": "other-sesame"}, "reset": ["days"]})

    second, first = program.get("/api/v1/core/audit?limit=2").json["items"]
    assert (first["action"], first["details"]["module"]) == ("module.settings_changed", "shop")
    assert first["details"]["before"] == {"days": 14, "key": "not set", "mood": "calm"}
    assert first["details"]["after"] == {"days": 7, "key": "set", "mood": "loud"}
    assert first["actor"]["kind"] == "token"
    assert second["details"]["before"] == {"days": 7, "key": "set"}
    assert second["details"]["after"] == {"days": 14, "key": "set anew"}
    assert second["details"]["reset"] == ["days"]
    page = browser.get("/audit/setup").text
    assert "Key of the till" in page
    assert "Calm" in page
    assert "sesame" not in page


def test_a_change_that_changes_nothing_leaves_no_trace(
    program: HostClient, tenant: Tenant, digest: Any
) -> None:
    before, entries = digest(tenant), len(program.get("/api/v1/core/audit?limit=50").json["items"])

    assert program.patch(API, json={"values": {"days": 14}}).status_code == 200

    assert digest(tenant) == before
    assert len(program.get("/api/v1/core/audit?limit=50").json["items"]) == entries
