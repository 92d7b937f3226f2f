"""The scene, built once a worker; and the list of routes, known before any server runs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from charsu.api.idempotency import METHODS
from charsu.jobs.bell import Bell
from charsu.jobs.draining import drain_until_quiet
from charsu.plugins.host import PluginHost
from charsu.process import Runtime, set_runtime, use_runtime
from charsu.settings import Settings
from charsu.testing.clients import People, application_of
from charsu.testing.house import House
from charsu.web.crossing import Crossing
from charsu_tenants.database import Database

from .calls import Call, calls
from .kit_table import is_walked
from .scene import Scene, build_scene
from .watch import watching


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


@cache
def walked_calls() -> list[Call]:
    """The routes that get their whole matrix."""
    with use_runtime(unconnected_runtime()) as runtime:
        return [call for call in calls(Crossing(runtime).tenants) if is_walked(call.method, call.rule)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        found = walked_calls()
        metafunc.parametrize("call", found, ids=[call.name for call in found])
    if "write" in metafunc.fixturenames:
        # Sessions are closed by browsers, which send no keys.
        writes = [
            call
            for call in walked_calls()
            if call.is_api and call.method in METHODS and call.kinds != ["session"]
        ]
        metafunc.parametrize("write", writes, ids=[call.name for call in writes])


@pytest.fixture(scope="session")
def full_scene(house: House) -> Scene:
    with use_runtime(house.runtime) as runtime:
        people = People(runtime, application_of(runtime))
        scene = build_scene(
            people, (house.tenant(), house.other_tenant()), lambda: drain_until_quiet(runtime)
        )
        house.clean()
    return scene


@pytest.fixture(scope="module")
def laid_out(full_scene: Scene, house: House) -> Iterator[Scene]:
    """The scene in place of the house's own rows, for all tests of a module: none of them uses the house."""
    watch = full_scene.watch
    with watching(house.runtime.database, list(watch.snapshot.rows)):
        watch.lay_out()
        yield full_scene
        watch.reset()
        missed = watch.missed()
    house.clean()
    assert not missed


@pytest.fixture
def scene(laid_out: Scene, house: House) -> Scene:
    house.valkey.flushdb()
    set_runtime(house.runtime)
    laid_out.watch.reset()
    return laid_out
