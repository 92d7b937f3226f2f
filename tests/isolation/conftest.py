"""The scene, built once a worker; and the list of routes, known before any server runs."""

from pathlib import Path

import pytest

from charsu.jobs.bell import Bell
from charsu.jobs.draining import drain_until_quiet
from charsu.plugins.host import PluginHost
from charsu.process import Runtime, use_runtime
from charsu.settings import Settings
from charsu.testing.clients import People, application_of
from charsu.testing.house import House
from charsu.web.crossing import Crossing
from charsu_tenants.database import Database

from .kit_table import is_walked
from .matrix import calls
from .scene import Scene, build_scene


def unconnected_runtime() -> Runtime:
    """A runtime that knows the plugins and talks to no server."""
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        redis_url="redis://127.0.0.1:1",
        data_dir=Path("/nonexistent"),
        secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
        base_url="http://charsu.localhost:8000",
    )
    database = Database(settings.database_url, settings.secret_key)
    return Runtime(
        settings=settings, database=database, plugins=PluginHost.discover(), bell=Bell(settings.redis_url)
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        with use_runtime(unconnected_runtime()) as runtime:
            found = [call for call in calls(Crossing(runtime).tenants) if is_walked(call.method, call.rule)]
        metafunc.parametrize("call", found, ids=[call.name for call in found])


@pytest.fixture(scope="session")
def full_scene(house: House) -> Scene:
    with use_runtime(house.runtime) as runtime:
        people = People(runtime, application_of(runtime))
        scene = build_scene(
            people, (house.tenant(), house.other_tenant()), lambda: drain_until_quiet(runtime)
        )
        scene.reset()
        house.clean()
    return scene


@pytest.fixture
def scene(full_scene: Scene, runtime: Runtime) -> Scene:
    full_scene.reset()
    return full_scene
