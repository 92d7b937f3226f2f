"""@own, @team and all × own, teammate's and stranger's record × every route of the kit."""

from collections.abc import Callable
from types import ModuleType

import pytest

from charsu.records import RecordType
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant

from .hunt import hunt_reading
from .scene import VISIBLE, Scope, ScopeScene, build

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


@pytest.mark.parametrize("scope", VISIBLE)
def test_list_holds_exactly_the_records_in_scope(
    garden: ModuleType, scene_of: MakeScene, scope: Scope
) -> None:
    scene = scene_of(garden.plant, scope)

    page = scene.program.get("/api/v1/garden/plants").json

    assert {one["id"] for one in page["items"]} == {one.id for one in scene.visible}
    assert all(scene.hidden_fields[0].name not in one for one in page["items"])
