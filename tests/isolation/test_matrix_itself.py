"""The matrix is worth what it catches: plugins that leak on purpose, each in another way."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import abort
from sqlalchemy import text

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.errors import NotFound
from charsu.plugins.manifest import Manifest
from charsu.plugins.pieces import Permission
from charsu.process import Runtime, use_runtime
from charsu.process import runtime as current_runtime
from charsu.testing.clients import People, application_of
from charsu.testing.planting import make_plugin, plant, turn_on
from charsu.web.access import can, public, requires, signed_in
from charsu_tenants.context import current_tenant

from .matrix import Call, Leak, check_route
from .rows import Route
from .scene import Scene, Side

READ = "leaky.note.read"
HONEST = "crm.customer.read"
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


@pytest.fixture(scope="module")
def planted(full_scene: Scene) -> Runtime:
    runtime = plant(full_scene.runtime, leaky({"honest": HONEST_VIEW, **LEAKS}))
    assert not runtime.plugins.quarantined
    return runtime


@pytest.fixture
def check(scene: Scene, planted: Runtime) -> Iterator[Check]:
    """`check(name)`: the matrix of a planted route, with the scene's people before its application."""
    with use_runtime(planted):
        people = People(planted, application_of(planted))
        for side in (scene.here, scene.there):
            turn_on(planted, side.tenant, "leaky")
        moved = Scene(planted, people, _moved(scene.here, people), _moved(scene.there, people))
        moved.reset()

        def of(name: str, is_declared: bool = True) -> None:
            call = Call("GET", f"/api/v1/leaky/{name}/<uuid:customer_id>")
            check_route(moved, call, {call.name: Route(HONEST)} if is_declared else {})

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


def read_own(customer_id: Any) -> dict[str, Any]:
    row = db.session.execute(
        text("SELECT full_name FROM crm_core_customer WHERE id = :id"), {"id": customer_id}
    ).first()
    return {"name": row.full_name} if row else abort(404)


def read_anywhere(customer_id: Any) -> dict[str, Any]:
    """Looks in every schema, past the tenant's own role."""
    with current_runtime().database.admin() as admin:
        for tenant in admin.execute(
            "SELECT schema_name FROM control.tenant WHERE slug IS NOT NULL"
        ).fetchall():
            found = admin.execute(
                f'SELECT full_name FROM "{tenant["schema_name"]}".crm_core_customer WHERE id = %s',
                (customer_id,),
            ).fetchone()
            if found:
                return {"name": found["full_name"]}
    return abort(404)


def tell_apart(customer_id: Any) -> dict[str, Any]:
    """Says of a neighbour's record that it is there."""
    with current_runtime().database.admin() as admin:
        for tenant in admin.execute(
            "SELECT schema_name FROM control.tenant WHERE slug IS NOT NULL"
        ).fetchall():
            name = tenant["schema_name"]
            sql = f'SELECT 1 FROM "{name}".crm_core_customer WHERE id = %s'
            if admin.execute(sql, (customer_id,)).fetchone() and name != current_tenant().schema:
                raise NotFound("This record belongs to somebody else.")
    return read_own(customer_id)


def write_then_refuse(customer_id: Any) -> dict[str, Any]:
    """Writes past the unit of work, and then finds that it may not."""
    if not can(HONEST):
        with current_runtime().database.control() as conn:
            conn.execute("UPDATE control.tenant SET name = 'x' WHERE id = %s", (current_tenant().id,))
        abort(403)
    return read_own(customer_id)


def fresh(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view as a function of its own, since a declaration of access stays with the function."""

    def again(customer_id: Any) -> Any:
        return view(customer_id)

    return again


HONEST_VIEW = requires(HONEST)(fresh(read_own))
LEAKS = {
    "reads_anywhere": requires(HONEST)(read_anywhere),
    "tells_apart": requires(HONEST)(tell_apart),
    "writes_then_refuses": signed_in(write_then_refuse),
    "asks_for_nothing": signed_in(fresh(read_own)),
    "asks_for_nobody": public(fresh(read_own)),
    "answers_any_id": requires(HONEST)(lambda customer_id: {"name": str(customer_id)}),
    "asks_for_another_permission": requires("crm.customer.delete")(fresh(read_own)),
}
#: What the matrix says of each.
COMPLAINTS = {
    "reads_anywhere": "shows the other business",
    "tells_apart": "differ",
    "writes_then_refuses": "401|changed rows",
    "asks_for_nothing": "without crm.customer.read",
    "asks_for_nobody": "anonymous",
    "answers_any_id": "unknown customer",
    "asks_for_another_permission": "without crm.customer.read",
}


def test_honest_route_passes(check: Check) -> None:
    check("honest")


@pytest.mark.parametrize("leak", LEAKS)
def test_leak_is_caught(check: Check, leak: str) -> None:
    with pytest.raises(Leak, match=COMPLAINTS[leak]):
        check(leak)


def test_route_missing_in_the_table_is_caught(check: Check) -> None:
    with pytest.raises(Leak, match="not declared"):
        check("honest", is_declared=False)


def why_set_aside(scene: Scene, plugin: Any) -> str:
    (refused,) = plant(scene.runtime, plugin).plugins.quarantined
    return refused.reason


def test_undeclared_route_sets_its_plugin_aside_before_the_start(scene: Scene) -> None:
    assert "declares no access" in why_set_aside(scene, leaky({"open": fresh(read_own)}))


def test_write_under_a_read_permission_sets_its_plugin_aside_before_the_start(scene: Scene) -> None:
    plugin = leaky({"write": requires(READ)(fresh(read_own))}, "POST")

    assert "changes state" in why_set_aside(scene, plugin)
