"""Every route × both businesses × everybody × every id."""

from .access_table import ROUTES
from .matrix import Call, check_route
from .scene import Scene


def test_route_keeps_to_its_tenant(scene: Scene, call: Call) -> None:
    check_route(scene, call, ROUTES)
