"""The API of single records: what it takes, what it refuses, what it never shows."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

PLANTS = "/api/v1/garden/plants"
BEDS = "/api/v1/garden/beds"
FULL = {
    "title": "زعفران قائنات",
    "stage": "plant",
    "height": "1.25",
    "planted_on": "2026-03-21",
    "watered_at": "2026-11-21T10:00:00Z",
    "is_rare": True,
    "uses": ["spice", "tea"],
    "tags": ["گران", "قرمز"],
    "price_minor": 2_500_000,
    "phone": "۰۹۱۲ ۱۲۳ ۴۵۶۷",
    "phones": ["02188776655"],
    "email": "Seller@Example.com",
    "url": "example.com/saffron",
    "addresses": [{"city": "قائن", "street": "خیابان ۱"}],
    "note": "یک\nدو",
}


@pytest.fixture
def plant(api: HostClient) -> Any:
    return api.post(PLANTS, json={"title": "Basil", "stage": "seed"}).json


def rows(tenant: Tenant, tenant_work: Any, sql: str, **values: Any) -> list[Any]:
    with tenant_work(tenant, read_only=True) as session:
        return list(session.execute(text(sql), values).all())


def test_a_record_of_every_kind_comes_back_as_it_was_sent(api: HostClient) -> None:
    bed = api.post(BEDS, json={"title": "South", "area": 12}).json

    made = api.post(PLANTS, json={**FULL, "bed_id": bed["id"]})
    read = api.get(f"{PLANTS}/{made.json['id']}")

    assert made.status_code == 201, made.text
    assert read.json == made.json
    wanted = {
        **FULL,
        "phone": "+989121234567",
        "phones": ["+982188776655"],
        "email": "seller@example.com",
        "url": "https://example.com/saffron",
        "uses": ["tea", "spice"],
        "bed_id": bed["id"],
        "custom": {},
    }
    assert {name: read.json[name] for name in wanted} == wanted


def test_adding_writes_the_change_and_tells_it(
    api: HostClient, tenant: Tenant, tenant_work: Any, plant: Any
) -> None:
    (change,) = rows(tenant, tenant_work, "SELECT action, source, actor, before, after FROM core_change")
    (event,) = rows(tenant, tenant_work, "SELECT type, data FROM core_event")

    assert (change.action, change.source, change.actor["kind"]) == ("create", "api", "token")
    assert change.before is None
    assert (change.after["title"], change.after["stage"]) == ("Basil", "seed")
    assert (event.type, event.data["plant_id"]) == ("plant.created", plant["id"])


def test_a_change_keeps_what_it_does_not_name(
    api: HostClient, tenant: Tenant, tenant_work: Any, plant: Any
) -> None:
    changed = api.patch(f"{PLANTS}/{plant['id']}", json={"height": 2, "tags": ["new"]})

    assert changed.status_code == 200
    assert (changed.json["title"], changed.json["height"], changed.json["tags"]) == ("Basil", "2", ["new"])
    (change,) = rows(tenant, tenant_work, "SELECT before, after FROM core_change WHERE action = 'update'")
    assert change.before == {"height": None, "tags": []}
    assert change.after == {"height": "2", "tags": ["new"]}


def test_a_change_to_the_same_values_changes_nothing(
    api: HostClient, tenant: Tenant, digest: Callable[[Tenant], str], plant: Any
) -> None:
    before = digest(tenant)

    again = api.patch(f"{PLANTS}/{plant['id']}", json={"title": "Basil", "tags": []})

    assert again.status_code == 200
    assert digest(tenant) == before


@pytest.mark.parametrize("way", ["body", "etag"])
def test_a_change_that_crosses_another_is_refused(api: HostClient, plant: Any, way: str) -> None:
    etag = api.get(f"{PLANTS}/{plant['id']}").headers["ETag"]
    api.patch(f"{PLANTS}/{plant['id']}", json={"height": 1})
    body = {"height": 2, "updated_at": plant["updated_at"]} if way == "body" else {"height": 2}
    headers = {"If-Match": etag} if way == "etag" else {}

    crossed = api.patch(f"{PLANTS}/{plant['id']}", json=body, headers=headers)

    assert (crossed.status_code, crossed.json["code"]) == (409, "stale")
    assert api.get(f"{PLANTS}/{plant['id']}").json["height"] == "1"


def test_a_version_nobody_gave_is_refused(api: HostClient, plant: Any) -> None:
    refused = api.patch(f"{PLANTS}/{plant['id']}", json={"height": 2}, headers={"If-Match": '"yesterday"'})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["If-Match"])


BAD = [
    ({}, "title"),
    ({"title": ""}, "title"),
    ({"title": None}, "title"),
    ({"title": 5}, "title"),
    ({"title": "x" * 81}, "title"),
    ({"title": "a\u0000b"}, "title"),
    ({"title": "a", "colour": "red"}, "colour"),
    ({"title": "a", "custom": {"colour": "red"}}, "custom"),
    ({"title": "a", "custom": []}, "custom"),
    ({"title": "a", "stage": "weed"}, "stage"),
    ({"title": "a", "stage": None}, "stage"),
    ({"title": "a", "stage": ["seed"]}, "stage"),
    ({"title": "a", "uses": "tea"}, "uses"),
    ({"title": "a", "uses": ["poison"]}, "uses"),
    ({"title": "a", "tags": [["a"]]}, "tags"),
    ({"title": "a", "tags": ["x" * 41]}, "tags"),
    ({"title": "a", "tags": [str(n) for n in range(21)]}, "tags"),
    ({"title": "a", "height": "high"}, "height"),
    ({"title": "a", "height": -1}, "height"),
    ({"title": "a", "height": 1.234}, "height"),
    ({"title": "a", "height": 1e300}, "height"),
    ({"title": "a", "height": True}, "height"),
    ({"title": "a", "height": {}}, "height"),
    ({"title": "a", "height": 101}, "height"),
    ({"title": "a", "price_minor": 1.5}, "price_minor"),
    ({"title": "a", "price_minor": 10**18}, "price_minor"),
    ({"title": "a", "planted_on": "1404-13-01"}, "planted_on"),
    ({"title": "a", "watered_at": "2026-11-21T10:00:00"}, "watered_at"),
    ({"title": "a", "is_rare": "yes"}, "is_rare"),
    ({"title": "a", "phone": "12"}, "phone"),
    ({"title": "a", "phones": ["12"]}, "phones"),
    ({"title": "a", "email": "a@b"}, "email"),
    ({"title": "a", "url": "javascript:alert(1)"}, "url"),
    ({"title": "a", "national_id": "1234567890"}, "national_id"),
    ({"title": "a", "addresses": [{"planet": "Mars"}]}, "addresses"),
    ({"title": "a", "addresses": "Tehran"}, "addresses"),
    ({"title": "a", "bed_id": "x"}, "bed_id"),
    ({"title": "a", "bed_id": str(uuid4())}, "bed_id"),
    ({"title": "a", "owner_id": str(uuid4())}, "owner_id"),
    ({"title": "a", "done_at": "2026-11-21T10:00:00Z"}, "done_at"),
    ({"title": "a", "id": str(uuid4())}, "id"),
    ({"title": "a", "created_at": "2026-11-21T10:00:00Z"}, "created_at"),
    ({"title": "a", "deleted_at": None}, "deleted_at"),
    ({"title": "a", "search_text": "b"}, "search_text"),
    ({"title": "a", "is_sample": True}, "is_sample"),
]


@pytest.mark.parametrize(("body", "field"), BAD, ids=[f"{n}-{field}" for n, (_b, field) in enumerate(BAD)])
def test_bad_input_is_refused_by_name_and_changes_nothing(
    api: HostClient,
    tenant: Tenant,
    digest: Callable[[Tenant], str],
    plant: Any,
    body: dict[str, Any],
    field: str,
) -> None:
    before = digest(tenant)
    change = {name: value for name, value in body.items() if name != "title" or field == "title"}

    added = api.post(PLANTS, json={"stage": "seed", **body})
    changed = api.patch(f"{PLANTS}/{plant['id']}", json=change) if change else added

    for refused in (added, changed):
        assert refused.status_code == 422, refused.text
        assert list(refused.json["errors"]) == [field], refused.text
    assert digest(tenant) == before


def test_a_rule_of_the_module_holds_for_the_api(api: HostClient, plant: Any) -> None:
    refused = api.patch(f"{PLANTS}/{plant['id']}", json={"stage": "tree", "is_rare": True})

    assert (refused.status_code, refused.json["code"]) == (422, "rare_tree")
    assert api.get(f"{PLANTS}/{plant['id']}").json["stage"] == "seed"


def test_a_deleted_record_is_gone_and_comes_back_with_what_went_along(api: HostClient) -> None:
    bed = api.post(BEDS, json={"title": "South"}).json
    plant = api.post(PLANTS, json={"title": "Basil", "stage": "seed", "bed_id": bed["id"]}).json

    assert api.delete(f"{BEDS}/{bed['id']}").status_code == 204
    gone = [api.get(f"{BEDS}/{bed['id']}"), api.get(f"{PLANTS}/{plant['id']}")]
    again = api.delete(f"{BEDS}/{bed['id']}")
    back = api.post(f"{BEDS}/{bed['id']}/restoration")
    twice = api.post(f"{BEDS}/{bed['id']}/restoration")

    assert [answer.status_code for answer in gone] == [404, 404]
    assert again.status_code == 404
    assert (back.status_code, back.json["title"]) == (200, "South")
    assert twice.status_code == 404
    assert api.get(f"{PLANTS}/{plant['id']}").status_code == 200


def test_what_went_along_is_not_in_the_bin_by_itself(api: HostClient) -> None:
    bed = api.post(BEDS, json={"title": "South"}).json
    plant = api.post(PLANTS, json={"title": "Basil", "stage": "seed", "bed_id": bed["id"]}).json
    api.delete(f"{BEDS}/{bed['id']}")

    assert api.post(f"{PLANTS}/{plant['id']}/restoration").status_code == 404


def test_a_hidden_field_is_absent_and_writing_it_is_refused(
    api: HostClient, api_as: Callable[..., HostClient], plant: Any
) -> None:
    rules = {"garden.plant": {"price_minor": "none", "note": "read"}}
    clerk = api_as(field_rules=rules)

    read = clerk.get(f"{PLANTS}/{plant['id']}")
    hidden = clerk.patch(f"{PLANTS}/{plant['id']}", json={"price_minor": 5})
    fixed = clerk.post(PLANTS, json={"title": "Mint", "stage": "seed", "note": "mine"})

    assert "price_minor" not in read.json
    assert "note" in read.json
    assert (hidden.status_code, list(hidden.json["errors"])) == (403, ["price_minor"])
    assert (fixed.status_code, list(fixed.json["errors"])) == (403, ["note"])


def own(*verbs: str, noun: str = "garden.plant", scope: str = "own") -> list[str]:
    return [f"{noun}.{verb}@{scope}" for verb in verbs]


def test_one_reaches_only_ones_own_records_with_that_scope(
    api: HostClient, api_as: Callable[..., HostClient], plant: Any
) -> None:
    clerk = api_as(own("read", "write", "delete"))

    mine = clerk.post(PLANTS, json={"title": "Mint", "stage": "seed"})
    answers = [
        clerk.get(f"{PLANTS}/{plant['id']}"),
        clerk.patch(f"{PLANTS}/{plant['id']}", json={"title": "Mine"}),
        clerk.delete(f"{PLANTS}/{plant['id']}"),
    ]

    assert clerk.get(f"{PLANTS}/{mine.json['id']}").status_code == 200
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert api.get(f"{PLANTS}/{plant['id']}").json["title"] == "Basil"


def test_one_can_not_take_anothers_record_out_of_the_bin(
    api: HostClient, api_as: Callable[..., HostClient], plant: Any
) -> None:
    api.delete(f"{PLANTS}/{plant['id']}")

    assert (
        api_as(own("read", "write", "delete")).post(f"{PLANTS}/{plant['id']}/restoration").status_code == 404
    )


@pytest.mark.parametrize("scope", ["own", "team"])
def test_a_record_can_not_be_given_out_of_ones_reach(
    people: People, tenant: Tenant, api: HostClient, scope: str
) -> None:
    stranger = people.member(tenant)
    clerk = people.program(people.member(tenant, own("read", "write", scope=scope)))
    mine = clerk.post(PLANTS, json={"title": "Mint", "stage": "seed"}).json

    given = clerk.patch(f"{PLANTS}/{mine['id']}", json={"owner_id": str(stranger.member_id)})
    made = clerk.post(PLANTS, json={"title": "Dill", "stage": "seed", "owner_id": str(stranger.member_id)})

    assert [(answer.status_code, answer.json["code"]) for answer in (given, made)] == [
        (403, "owner_out_of_scope"),
        (403, "owner_out_of_scope"),
    ]


def test_a_link_must_lead_to_what_the_writer_may_see(
    api: HostClient, api_as: Callable[..., HostClient]
) -> None:
    bed = api.post(BEDS, json={"title": "South"}).json
    clerk = api_as([*own("read", "write"), *own("read", noun="garden.bed")])

    refused = clerk.post(PLANTS, json={"title": "Mint", "stage": "seed", "bed_id": bed["id"]})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["bed_id"])


def test_a_link_that_stays_is_not_asked_about(api: HostClient, api_as: Callable[..., HostClient]) -> None:
    bed = api.post(BEDS, json={"title": "South"}).json
    plant = api.post(PLANTS, json={"title": "Mint", "stage": "seed", "bed_id": bed["id"]}).json
    clerk = api_as(["garden.plant.read", "garden.plant.write"])

    kept = clerk.patch(f"{PLANTS}/{plant['id']}", json={"title": "Peppermint", "bed_id": bed["id"]})

    assert (kept.status_code, kept.json["title"]) == (200, "Peppermint")


def test_another_tenants_record_is_not_there(people: People, other_tenant: Tenant, plant: Any) -> None:
    neighbour = people.program(people.member(other_tenant))

    answers = [
        neighbour.get(f"{PLANTS}/{plant['id']}"),
        neighbour.patch(f"{PLANTS}/{plant['id']}", json={"title": "Mine"}),
        neighbour.delete(f"{PLANTS}/{plant['id']}"),
        neighbour.post(f"{PLANTS}/{plant['id']}/restoration"),
        neighbour.post(PLANTS, json={"title": "a", "stage": "seed", "parent_id": plant["id"]}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 422]


def test_one_write_is_a_handful_of_statements(api: HostClient, statements: Any, plant: Any) -> None:
    with statements() as made:
        api.post(PLANTS, json={"title": "Mint", "stage": "seed"})
    with statements() as changed:
        api.patch(f"{PLANTS}/{plant['id']}", json={"title": "Peppermint"})

    # custom fields, record, change, event
    assert len(made) <= 4, made
    # and the lock
    assert len(changed) <= 5, changed
