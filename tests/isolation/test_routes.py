"""Every route × either business × everybody × every id."""

from charsu.process import use_runtime
from charsu.web.access import access_of
from charsu.web.crossing import Crossing

from .access_table import ROUTES
from .calls import Call, calls
from .conftest import unconnected_runtime
from .kit_table import is_walked
from .matrix import check_route
from .scene import Scene


def test_route_keeps_to_its_tenant(scene: Scene, call: Call) -> None:
    check_route(scene, call, ROUTES)


def test_every_type_asks_for_its_own_permissions_on_the_routes_of_the_kit() -> None:
    with use_runtime(unconnected_runtime()) as runtime:
        app = Crossing(runtime).tenants
        declared = {
            Call(method, rule.rule).name: access_of(app.view_functions[rule.endpoint], method)
            for rule in app.url_map.iter_rules()
            for method in rule.methods or ()
        }
        others = [call for call in calls(app) if not is_walked(call.method, call.rule)]

    assert others
    for call in others:
        expected, found = ROUTES.get(call.name), declared[call.name]
        assert expected is not None, f"{call.name} is not declared in the access table"
        assert found is not None
        # A view is its reader's own: being signed in is asked by the route, reading by what it calls.
        assert found.permission == expected.access or (found.kind == "signed_in" and "/views" in call.rule)
