"""The matrix is worth what it catches: plugins that leak on purpose, each in another way."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import abort
from sqlalchemy import text

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.errors import NotFound
from charsu.plugins.manifest import Manifest
from charsu.plugins.pieces import Permission
from charsu.process import runtime as current_runtime
from charsu.process import use_runtime
from charsu.testing.clients import People
from charsu.testing.planting import make_plugin, plant, turn_on
from charsu.web.access import can, public, requires, signed_in
from charsu.web.crossing import Crossing
from charsu_tenants.context import current_tenant

from .matrix import Call, Leak, check_route
from .rows import Route
from .scene import Scene, Side

READ = "leaky.note.read"
PATH = "/api/v1/leaky/customers/<uuid:customer_id>"
HONEST = "crm.customer.read"


def leaky(view: Callable[..., Any], method: str = "GET") -> Any:
    """A plugin whose one route is this view."""
    rest = ApiBlueprint("leaky_api", __name__)
    rest.route("/customers/<uuid:customer_id>", methods=[method])(rest.answers(200)(view))
    return make_plugin(
        Manifest(name="leaky", title="Leaky", summary="Leaks.", version="0", path="leaky"),
        api=lambda: [rest],
        permissions=lambda: [Permission(name=READ, title="Read")],
    )


def check(scene: Scene, plugin: Any, method: str = "GET", table: dict[str, Route] | None = None) -> None:
    """The matrix of the planted route, with the scene's people before an application that has it."""
    with use_runtime(plant(scene.runtime, plugin)) as planted:
        assert not planted.plugins.quarantined
        people = People(planted, Crossing(planted))
        for side in (scene.here, scene.there):
            turn_on(planted, side.tenant, "leaky")
        moved = Scene(planted, people, _moved(scene.here, people), _moved(scene.there, people))
        moved.reset()
        check_route(
            moved, Call(method, PATH), table if table is not None else {f"{method} {PATH}": Route(HONEST)}
        )


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


def test_honest_route_passes(scene: Scene) -> None:
    check(scene, leaky(requires(HONEST)(fresh(read_own))))


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (requires(HONEST)(read_anywhere), "shows the other business"),
        (requires(HONEST)(tell_apart), "differ"),
        (signed_in(write_then_refuse), "401|changed rows"),
        (signed_in(fresh(read_own)), "without crm.customer.read"),
        (public(fresh(read_own)), "anonymous"),
        (requires(HONEST)(lambda customer_id: {"name": str(customer_id)}), "unknown customer"),
        (
            requires("crm.customer.delete")(fresh(read_own)),
            "without crm.customer.read",
        ),
    ],
)
def test_leak_is_caught(scene: Scene, view: Callable[..., Any], complaint: str) -> None:
    with pytest.raises(Leak, match=complaint):
        check(scene, leaky(view))


def test_route_missing_in_the_table_is_caught(scene: Scene) -> None:
    with pytest.raises(Leak, match="not declared"):
        check(scene, leaky(requires(HONEST)(fresh(read_own))), table={})


def why_set_aside(scene: Scene, plugin: Any) -> str:
    (refused,) = plant(scene.runtime, plugin).plugins.quarantined
    return refused.reason


def test_undeclared_route_sets_its_plugin_aside_before_the_start(scene: Scene) -> None:
    assert "declares no access" in why_set_aside(scene, leaky(fresh(read_own)))


def test_write_under_a_read_permission_sets_its_plugin_aside_before_the_start(scene: Scene) -> None:
    plugin = leaky(requires(READ)(fresh(read_own)), "POST")

    assert "changes state" in why_set_aside(scene, plugin)
