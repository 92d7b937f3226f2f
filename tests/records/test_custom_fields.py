"""Custom fields: defining them, and that they are fields like any other from then on."""

from collections.abc import Callable
from typing import Any

import pytest

from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

FIELDS, PLANTS = "/api/v1/core/custom-fields", "/api/v1/garden/plants"
PAGE = "/settings/fields"
ALL_KINDS = {
    "text": ({}, "red", 5),
    "long_text": ({}, "red\nblue", 5),
    "number": ({"decimals": 1, "minimum": 0}, "1.5", -1),
    "money": ({}, 5000, "x"),
    "date": ({}, "2026-03-21", "1405/01/01"),
    "choice": ({"options": {"a": "A", "b": "B"}}, "a", "c"),
    "multi_choice": ({"options": {"a": "A", "b": "B"}}, ["a", "b"], ["c"]),
    "flag": ({}, True, "yes"),
    "link": ({"to": "garden.bed"}, None, "x"),
    "phone": ({}, "+989121234567", "12"),
    "email": ({}, "a@b.com", "a@b"),
    "url": ({}, "https://example.com", "javascript:1"),
}


@pytest.fixture
def define(api: HostClient) -> Callable[..., Any]:
    def send(kind: str = "text", title: str = "Colour", **more: Any) -> Any:
        body = {"record_type": "garden.plant", "title": title, "kind": kind, **more}
        return api.post(FIELDS, json=body)

    return send


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_field_of_every_kind_takes_good_values_and_refuses_bad_ones(
    api: HostClient, define: Callable[..., Any], kind: str
) -> None:
    options, good, bad = ALL_KINDS[kind]
    if kind == "link":
        good = api.post("/api/v1/garden/beds", json={"title": "South"}).json["id"]

    made = define(kind, options=options)
    key = made.json["key"]
    added = api.post(PLANTS, json={"title": "Rose", "stage": "seed", "custom": {key: good}})
    refused = api.patch(f"{PLANTS}/{added.json['id']}", json={"custom": {key: bad}})

    assert made.status_code == 201, made.text
    assert key == "colour"
    assert added.json["custom"] == {key: good}
    assert api.get(f"{PLANTS}/{added.json['id']}").json["custom"] == {key: good}
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["custom"])


def test_custom_values_are_filtered_listed_and_in_the_history(
    api: HostClient, client: HostClient, define: Callable[..., Any]
) -> None:
    define("choice", options={"options": {"red": "Red", "blue": "Blue"}})
    made = [
        api.post(PLANTS, json={"title": one, "stage": "seed", "custom": {"colour": one}}).json["id"]
        for one in ("red", "blue")
    ]
    api.patch(f"{PLANTS}/{made[0]}", json={"custom": {"colour": "blue"}})

    found = api.get(f"{PLANTS}?where=colour:is:blue").json["items"]
    page = client.get(f"/garden/plants/{made[0]}")
    history = client.get(f"/garden/plants/{made[0]}/history").text

    assert {one["id"] for one in found} == set(made)
    assert "Blue" in page.text
    assert "Red" in history
    assert "Colour" in history


def test_custom_fields_stand_in_the_form_and_are_saved_by_it(
    api: HostClient, client: HostClient, define: Callable[..., Any]
) -> None:
    define("multi_choice", options={"options": {"a": "Apple", "b": "Berry"}}, title="Fruit")
    define("number", title="Petals", is_required=True)

    form = client.get("/garden/plants/new").text
    missing = client.post("/garden/plants/new", data={"title": "Rose", "stage": "seed"})
    added = client.post(
        "/garden/plants/new", data={"title": "Rose", "stage": "seed", "fruit": ["b"], "petals": "۱۲"}
    )

    assert "Apple" in form
    assert "Petals" in form
    assert missing.status_code == 422
    assert 'id="f-petals-error"' in missing.text
    stored = api.get(f"{PLANTS}/{added.location.rpartition('/')[2]}").json
    assert stored["custom"] == {"fruit": ["b"], "petals": 12}


def test_custom_fields_stand_in_the_document_of_their_tenant_alone(
    api: HostClient, people: People, other_tenant: Tenant, define: Callable[..., Any]
) -> None:
    define("choice", options={"options": {"red": "Red"}})

    mine = api.get("/api/openapi.json").json["components"]["schemas"]["GardenPlantCustom"]
    theirs = people.program(people.member(other_tenant)).get("/api/openapi.json").json
    empty = theirs["components"]["schemas"]["GardenPlantCustom"]

    assert mine["properties"]["colour"]["enum"] == ["red"]
    assert "colour" not in empty.get("properties", {})


BAD = [
    ({"title": ""}, "title"),
    ({"title": "x" * 101}, "title"),
    ({"kind": "spaceship"}, "kind"),
    ({"record_type": "garden.weed"}, "record_type"),
    ({"key": "Großes"}, "key"),
    ({"key": "1st"}, "key"),
    ({"key": "title"}, "key"),
    ({"key": "owner_id"}, "key"),
    ({"key": "deleted_at"}, "key"),
    ({"key": "search"}, "key"),
    ({"key": "custom"}, "key"),
    ({"kind": "choice"}, "options"),
    ({"kind": "choice", "options": {"options": {"a": ""}}}, "options"),
    ({"kind": "choice", "options": {"options": {"a": "A", "b": "a"}}}, "options"),
    ({"kind": "choice", "options": {"options": {"A B": "A"}}}, "options"),
    ({"kind": "choice", "options": {"options": ["a"]}}, "options"),
    ({"kind": "choice", "options": {"options": {"a": 5}}}, "options"),
    ({"kind": "choice", "options": {"options": {str(n): str(n) for n in range(101)}}}, "options"),
    ({"kind": "number", "options": {"decimals": 9}}, "options"),
    ({"kind": "number", "options": {"decimals": True}}, "options"),
    ({"kind": "number", "options": {"minimum": 5, "maximum": 1}}, "options"),
    ({"kind": "link"}, "options"),
    ({"kind": "link", "options": {"to": "core.member"}}, "options"),
    ({"kind": "link", "options": {"to": ["garden.bed"]}}, "options"),
    ({"kind": "text", "options": {"name": "title"}}, "options"),
    ({"kind": "text", "options": {"is_read_only": True}}, "options"),
    ({"options": "x"}, "options"),
    ({"position": 5}, "position"),
]


@pytest.mark.parametrize(("body", "field"), BAD, ids=[f"{n}-{field}" for n, (_b, field) in enumerate(BAD)])
def test_a_definition_that_can_not_be_is_refused_by_name(
    api: HostClient, tenant: Tenant, digest: Callable[[Tenant], str], body: dict[str, Any], field: str
) -> None:
    before = digest(tenant)

    refused = api.post(
        FIELDS, json={"record_type": "garden.plant", "title": "Colour", "kind": "text", **body}
    )

    assert refused.status_code == 422, refused.text
    assert list(refused.json["errors"]) == [field]
    assert digest(tenant) == before


def test_a_key_is_there_once_also_among_the_archived(api: HostClient, define: Callable[..., Any]) -> None:
    first = define(key="colour").json
    api.delete(f"{FIELDS}/{first['id']}")

    taken = define(key="colour")
    named = define()

    assert (taken.status_code, taken.json["code"]) == (409, "key_taken")
    assert named.json["key"] == "colour_2"


def test_a_title_in_persian_gives_a_key_in_latin_letters(define: Callable[..., Any]) -> None:
    assert define(title="رنگ گل").json["key"].isascii()
    assert define(title="🌹").json["key"].startswith("field")


def test_an_archived_field_is_out_of_sight_and_its_values_come_back_with_it(
    api: HostClient, client: HostClient, define: Callable[..., Any]
) -> None:
    field = define().json
    rose = api.post(PLANTS, json={"title": "Rose", "stage": "seed", "custom": {"colour": "red"}}).json
    gone = api.delete(f"{FIELDS}/{field['id']}")

    hidden = api.get(f"{PLANTS}/{rose['id']}").json["custom"]
    unknown = api.patch(f"{PLANTS}/{rose['id']}", json={"custom": {"colour": "blue"}})
    form = client.get("/garden/plants/new").text
    api.post(f"{FIELDS}/{field['id']}/restoration")

    assert gone.status_code == 204
    assert hidden == {}
    assert unknown.status_code == 422
    assert "Colour" not in form
    assert api.get(f"{PLANTS}/{rose['id']}").json["custom"] == {"colour": "red"}


def test_the_kind_of_a_field_stays_while_records_have_values(
    api: HostClient, define: Callable[..., Any]
) -> None:
    field = define().json

    free = api.patch(f"{FIELDS}/{field['id']}", json={"kind": "number"})
    api.post(PLANTS, json={"title": "Rose", "stage": "seed", "custom": {"colour": 5}})
    used = api.patch(f"{FIELDS}/{field['id']}", json={"kind": "text"})
    renamed = api.patch(f"{FIELDS}/{field['id']}", json={"title": "Hue", "is_required": True})

    assert free.status_code == 200
    assert (used.status_code, used.json["code"]) == (409, "kind_in_use")
    assert (renamed.json["title"], renamed.json["key"]) == ("Hue", "colour")


def test_a_choice_that_records_have_can_not_be_taken_away(
    api: HostClient, define: Callable[..., Any]
) -> None:
    field = define("multi_choice", options={"options": {"a": "A", "b": "B"}}).json
    api.post(PLANTS, json={"title": "Rose", "stage": "seed", "custom": {"colour": ["a"]}})

    used = api.patch(f"{FIELDS}/{field['id']}", json={"options": {"options": {"b": "B"}}})
    free = api.patch(f"{FIELDS}/{field['id']}", json={"options": {"options": {"a": "Aa"}}})

    assert (used.status_code, used.json["code"]) == (409, "option_in_use")
    assert free.status_code == 200


def test_only_who_may_defines_fields_and_nobody_elses(
    api_as: Callable[..., HostClient], people: People, other_tenant: Tenant, define: Callable[..., Any]
) -> None:
    field = define().json
    clerk, neighbour = api_as(["garden.plant.read"]), people.program(people.member(other_tenant))

    assert (
        clerk.post(FIELDS, json={"record_type": "garden.plant", "title": "a", "kind": "text"}).status_code
        == 403
    )
    assert clerk.get(FIELDS).status_code == 200
    assert neighbour.get(FIELDS).json["items"] == []
    assert neighbour.delete(f"{FIELDS}/{field['id']}").status_code == 404


def test_the_page_adds_renames_orders_and_archives(client: HostClient, api: HostClient) -> None:
    add = f"{PAGE}/new?type=garden.plant"

    empty = client.get(f"{PAGE}?type=garden.plant")
    added = client.post(
        add, data={"type": "garden.plant", "title": "Colour", "kind": "choice", "choices": "قرمز\nآبی\n\n"}
    )
    client.post(add, data={"type": "garden.plant", "title": "Size", "kind": "number", "decimals": "۱"})
    first, second = api.get(FIELDS).json["items"]
    words = list(first["options"]["options"])
    form = client.get(f"{PAGE}/{first['id']}")
    renamed = client.post(
        f"{PAGE}/{first['id']}",
        data={
            "title": "Hue",
            "kind": "choice",
            f"choice.{words[0]}": "سرخ",
            f"choice.{words[1]}": "",
            "choices": "زرد",
        },
    )
    client.post(f"{PAGE}/{second['id']}/move", data={"way": "up"})
    client.post(f"{PAGE}/{second['id']}/archive")
    listed = client.get(f"{PAGE}?type=garden.plant").text

    assert "No field of your own yet" in empty.text
    assert (added.status_code, renamed.status_code) == (303, 303)
    assert "قرمز" in form.text
    (hue, size) = api.get(FIELDS).json["items"]
    assert hue["title"] == "Hue"
    assert hue["options"]["options"][words[0]] == "سرخ"
    assert list(hue["options"]["options"].values()) == ["سرخ", "زرد"]
    assert size["archived_at"] is not None
    assert "Archived" in listed


def test_the_page_keeps_what_was_typed_when_it_will_not_do(client: HostClient) -> None:
    refused = client.post(
        f"{PAGE}/new", data={"type": "garden.plant", "title": "Title", "kind": "text", "key": "title"}
    )
    nameless = client.post(f"{PAGE}/new", data={"type": "garden.plant", "title": "", "kind": "choice"})
    nowhere = client.post(f"{PAGE}/new", data={"type": "garden.weed", "title": "a", "kind": "text"})

    assert refused.status_code == 422
    assert 'id="f-key-error"' in refused.text
    assert nameless.status_code == 422
    assert nowhere.status_code == 404
