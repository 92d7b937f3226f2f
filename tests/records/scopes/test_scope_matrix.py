"""@own, @team and all × own, teammate's and stranger's record × every route of the kit."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from isolation.kit_table import kit_types
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.records import RecordType
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant

from .hunt import hunt_reading, plain
from .hunt_asking import hunt_asking
from .hunt_writing import Rows, hunt_writing
from .scene import VISIBLE, Scope, ScopeScene, build, words_in

MakeScene = Callable[[RecordType, Scope], ScopeScene]


@pytest.fixture
def scene_of(people: People, tenant: Tenant) -> MakeScene:
    return lambda record_type, scope: build(people, tenant, record_type, scope)


@pytest.mark.parametrize("scope", VISIBLE)
def test_no_route_shows_what_the_role_hides(
    garden: ModuleType, scene_of: MakeScene, application: Crossing, scope: Scope
) -> None:
    scene = scene_of(garden.plant, scope)

    hunt_reading(scene, application.tenants)
    hunt_asking(scene)


@pytest.mark.parametrize(
    "record_type",
    [key for key, item in kit_types().items() if {"read", "write"} <= item.verbs and not item.is_setup],
)
def test_every_installed_type_keeps_to_the_scope_as_well(
    kit: Any, scene_of: MakeScene, application: Crossing, record_type: str
) -> None:
    scene = scene_of(kit_types()[record_type], "team")

    hunt_reading(scene, application.tenants)
    hunt_asking(scene)
    hunt_writing(scene, application.tenants)


SET_UP = [key for key, item in kit_types().items() if {"read", "write"} <= item.verbs and item.is_setup]


@pytest.mark.parametrize("record_type", SET_UP)
def test_set_up_which_nobody_owns_is_for_all_and_keeps_its_fields_hidden(
    kit: Any, scene_of: MakeScene, application: Crossing, record_type: str
) -> None:
    scene = scene_of(kit_types()[record_type], "all")

    hunt_reading(scene, application.tenants)
    hunt_writing(scene, application.tenants)


@pytest.mark.parametrize("record_type", SET_UP)
@pytest.mark.parametrize("scope", ["own", "team"])
def test_scope_of_the_set_up_reads_all_and_changes_nothing(
    kit: Any, scene_of: MakeScene, application: Crossing, record_type: str, scope: Scope
) -> None:
    scene = scene_of(kit_types()[record_type], scope)
    path = f"/api/v1{scene.record_type.path}"
    rows = Rows(scene)

    listed = {one["id"] for one in scene.program.get(f"{path}?limit=200").json["items"]}
    for one in scene.records.values():
        assert one.id in listed
        assert scene.program.patch(f"{path}/{one.id}", json={"name": "x"}).status_code == 403
        assert scene.program.delete(f"{path}/{one.id}").status_code == 403

    assert rows.digest() == rows.before


@pytest.mark.parametrize("scope", VISIBLE)
def test_list_holds_exactly_the_records_in_scope(
    garden: ModuleType, scene_of: MakeScene, scope: Scope
) -> None:
    scene = scene_of(garden.plant, scope)

    page = scene.program.get("/api/v1/garden/plants").json

    assert {one["id"] for one in page["items"]} == {one.id for one in scene.visible}
    assert all(scene.hidden_fields[0].name not in one for one in page["items"])


@pytest.mark.parametrize("scope", VISIBLE)
def test_no_route_changes_what_is_out_of_scope(
    garden: ModuleType, scene_of: MakeScene, application: Crossing, scope: Scope
) -> None:
    hunt_writing(scene_of(garden.plant, scope), application.tenants)


def test_hidden_field_can_not_be_written_either(garden: ModuleType, scene_of: MakeScene) -> None:
    scene = scene_of(garden.plant, "all")
    rows = Rows(scene)
    path = f"/api/v1/garden/plants/{scene.records['mine'].id}"

    for item in scene.hidden_fields:
        value = 5 if item.kind == "money" else "x@example.com" if item.kind == "email" else "x"
        refused = scene.program.patch(path, json={item.name: value})
        assert 400 <= refused.status_code < 500
        assert item.name in refused.text or "permission" in refused.text
        made = scene.program.post(
            "/api/v1/garden/plants", json={"title": "x", "stage": "seed", item.name: value}
        )
        assert 400 <= made.status_code < 500

    assert rows.digest() == rows.before


@pytest.mark.parametrize("scope", ["own", "team"])
def test_record_can_not_be_given_away_or_made_out_of_scope(
    garden: ModuleType, scene_of: MakeScene, people: People, tenant: Tenant, scope: Scope
) -> None:
    scene = scene_of(garden.plant, scope)
    stranger = str(people.member(tenant).member_id)
    rows = Rows(scene)

    given = scene.program.patch(
        f"/api/v1/garden/plants/{scene.records['mine'].id}", json={"owner_id": stranger}
    )
    made = scene.program.post(
        "/api/v1/garden/plants", json={"title": "x", "stage": "seed", "owner_id": stranger}
    )

    assert given.status_code in {403, 404, 422}
    assert made.status_code in {403, 404, 422}
    assert rows.digest() == rows.before


@pytest.mark.parametrize("scope", ["own", "team"])
def test_bulk_merge_and_export_reach_no_further_than_the_scope(
    garden: ModuleType, scene_of: MakeScene, drain: Callable[[], None], scope: Scope
) -> None:
    scene = scene_of(garden.plant, scope)
    drain()
    every = [one.id for one in scene.records.values()]
    outside = {one.id for one in scene.invisible}
    before = titles(scene)

    preview = scene.browser.post(
        "/garden/plants/bulk/preview", data={"ids": ",".join(every), "change": "title", "title": "Taken"}
    )
    by_name = scene.program.post(
        "/api/v1/garden/plants/bulk", json={"ids": every, "values": {"title": "Taken"}}
    )
    by_query = scene.program.post(
        "/api/v1/garden/plants/bulk",
        json={"query": {"where": ["created_at:filled:"]}, "values": {"title": "Taken"}},
    )
    drain()
    merged = scene.program.post(
        "/api/v1/garden/plants/merges", json={"kept_id": every[0], "lost_id": min(outside)}
    )
    exported = scene.program.get("/api/v1/garden/plants/export")

    after = titles(scene)
    assert preview.status_code < 500
    assert not words_in(plain(preview), scene.forbidden() - set(every))
    assert by_query.status_code == 202
    assert by_name.status_code in {202, 403, 404, 422}
    assert merged.status_code == 404
    assert {one for one in every if after[one] != before[one]} == {one.id for one in scene.visible}
    assert exported.status_code == 200
    assert plain(exported).count("Taken") == len(scene.visible)
    assert not words_in(plain(exported), scene.forbidden())


def titles(scene: ScopeScene) -> dict[str, str]:
    with tenant_work(scene.tenant, read_only=True) as session:
        found = session.execute(text("SELECT id, title FROM garden_plant WHERE deleted_at IS NULL"))
        return {str(row.id): row.title for row in found}
