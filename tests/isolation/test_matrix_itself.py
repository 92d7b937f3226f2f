"""The matrix is worth what it catches: plugins that leak on purpose, each in another way and direction."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from charsu.api import ApiBlueprint
from charsu.plugins.manifest import Manifest
from charsu.plugins.pieces import Permission
from charsu.process import Runtime, use_runtime
from charsu.testing.clients import People, application_of
from charsu.testing.house import OTHER_SLUG, SLUG
from charsu.testing.planting import make_plugin, plant, turn_on
from charsu.web.access import requires

from .calls import Call
from .leaks import HONEST, LEAKS, read_own
from .matrix import Leak, check_route
from .rows import Route
from .scene import Scene, Side
from .watch import Watch

READ = "leaky.note.read"
#: Where a route leaks: before one business, before the other, before both.
HOSTS = {
    "here": frozenset({SLUG}),
    "there": frozenset({OTHER_SLUG}),
    "everywhere": frozenset({SLUG, OTHER_SLUG}),
}
Check = Callable[..., None]


def leaky(views: Mapping[str, Callable[..., Any]], method: str = "GET") -> Any:
    """A plugin with a route for each of these views."""
    rest = ApiBlueprint("leaky_api", __name__)
    for name, view in views.items():
        rest.route(f"/{name}/<uuid:customer_id>", endpoint=name, methods=[method])(rest.answers(200)(view))
    return make_plugin(
        Manifest(name="leaky", title="Leaky", summary="Leaks.", version="0", path="leaky"),
        api=lambda: [rest],
        permissions=lambda: [Permission(name=READ, title="Read")],
    )


def read_honestly(customer_id: Any) -> Any:
    return read_own(customer_id)


@pytest.fixture(scope="module")
def planted(laid_out: Scene) -> Iterator[Scene]:
    """The scene's people before an application with every leak, for both businesses."""
    views = {f"{name}_{where}": leak.view(HOSTS[where]) for name, leak in LEAKS.items() for where in HOSTS}
    runtime = plant(laid_out.runtime, leaky({"honest": requires(HONEST)(read_honestly), **views}))
    assert not runtime.plugins.quarantined
    with use_runtime(runtime):
        people = People(runtime, application_of(runtime))
    tenants = (laid_out.here.tenant, laid_out.there.tenant)
    for tenant in tenants:
        turn_on(runtime, tenant, "leaky")
    sides = (_moved(side, people) for side in (laid_out.here, laid_out.there))
    yield Scene(runtime, people, *sides, Watch(runtime.database, tenants))
    laid_out.watch.lay_out()


@pytest.fixture
def check(planted: Scene) -> Iterator[Check]:
    """`check(name)`: the matrix of a planted route."""

    def of(name: str, is_declared: bool = True) -> None:
        call = Call("GET", f"/api/v1/leaky/{name}/<uuid:customer_id>")
        check_route(planted, call, {call.name: Route(HONEST)} if is_declared else {})

    planted.watch.lay_out()
    with use_runtime(planted.runtime):
        yield of


def _moved(side: Side, people: People) -> Side:
    def move(client: Any) -> Any:
        twin = client.twin()
        twin.application = people.application
        return twin

    return Side(
        tenant=side.tenant,
        canary=side.canary,
        owner=side.owner,
        browser=move(side.browser),
        program=move(side.program),
        ids=side.ids,
        without={HONEST: tuple(move(client) for client in side.without[HONEST])},
        only={HONEST: move(side.only[HONEST])},
    )


def test_honest_route_passes(check: Check) -> None:
    check("honest")


@pytest.mark.parametrize("where", HOSTS)
@pytest.mark.parametrize("name", LEAKS)
def test_leak_is_caught_even_if_it_leaks_one_way_alone(check: Check, name: str, where: str) -> None:
    with pytest.raises(Leak, match=LEAKS[name].complaint):
        check(f"{name}_{where}")


def test_route_missing_in_the_table_is_caught(check: Check) -> None:
    with pytest.raises(Leak, match="not declared"):
        check("honest", is_declared=False)


def why_set_aside(runtime: Runtime, plugin: Any) -> str:
    (refused,) = plant(runtime, plugin).plugins.quarantined
    return refused.reason


def test_undeclared_route_sets_its_plugin_aside_before_the_start(full_scene: Scene) -> None:
    assert "declares no access" in why_set_aside(full_scene.runtime, leaky({"open": read_own}))


def test_write_under_a_read_permission_sets_its_plugin_aside_before_the_start(full_scene: Scene) -> None:
    plugin = leaky({"write": requires(READ)(read_honestly)}, "POST")

    assert "changes state" in why_set_aside(full_scene.runtime, plugin)
