"""The example module and a garden of every kind of field beside the installed modules, for the record kit.

In this folder `tenant`, `other_tenant` and all that hangs on them (`client`, `api`, `people`, …) are
businesses that use those two modules as well.
"""

import dataclasses
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from charsu.events import SYSTEM
from charsu.jobs.spec import JobSpec
from charsu.plugins.discovery import installed
from charsu.plugins.host import PluginHost
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime, set_runtime, use_runtime
from charsu.records import RecordService, RecordType, full_access, service_of
from charsu.testing.house import House
from charsu.testing.shelf import entry_points_of
from charsu.testing.snapshots import Snapshot, restore_snapshot, take_snapshot
from charsu.text.preferences import Preferences, use_preferences
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.registry import create_tenant, find_by_slug

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "examples" / "visits", ROOT / "tests" / "kit_plugins" / "garden")
SLUGS = ("orchard", "vineyard")


@dataclasses.dataclass(frozen=True)
class Kit:
    """A runtime with both modules, two businesses that use them, and their rows at first."""

    runtime: Runtime
    snapshot: Snapshot
    application: Crossing

    def find(self, slug: str) -> Tenant:
        tenant = find_by_slug(self.runtime.database, slug)
        assert tenant is not None
        return tenant


@pytest.fixture(autouse=True)
def _reads_english() -> Iterator[None]:
    with use_preferences(Preferences(locale="en", calendar="gregorian")):
        yield


@pytest.fixture(scope="session")
def kit(house: House) -> Kit:
    sys.path[:0] = [str(folder) for folder in FOLDERS]
    points = [*installed(), *(point for folder in FOLDERS for point in entry_points_of(folder))]
    core_jobs = [job for name, job in house.runtime.plugins.handlers.items() if name.startswith("core.")]
    host = PluginHost.discover(points, core_jobs=[job for job in core_jobs if isinstance(job, JobSpec)])
    assert host.quarantined == ()
    runtime = dataclasses.replace(house.runtime, plugins=host)
    with use_runtime(runtime):
        made = [
            create_tenant(runtime.database, slug=slug, name=slug.title(), modules=host.lineages)
            for slug in SLUGS
        ]
        for tenant in made:
            for plugin in host.loaded:
                enable_module(tenant.id, plugin.name, SYSTEM)
        schemas = ["control", "bus", *(tenant.schema for tenant in made)]
        return Kit(runtime, take_snapshot(runtime.database, schemas), Crossing(runtime))


@pytest.fixture
def runtime(kit: Kit, _clean_house: House) -> Iterator[Runtime]:
    restore_snapshot(kit.runtime.database, kit.snapshot)
    before = set_runtime(kit.runtime)
    yield kit.runtime
    set_runtime(before)


@pytest.fixture
def application(kit: Kit) -> Crossing:
    return kit.application


@pytest.fixture
def tenant(kit: Kit, runtime: Runtime) -> Tenant:
    return kit.find(SLUGS[0])


@pytest.fixture
def other_tenant(kit: Kit, runtime: Runtime) -> Tenant:
    return kit.find(SLUGS[1])


@pytest.fixture
def garden(kit: Kit) -> Iterator[ModuleType]:
    """The front door of the garden: its `bed` and `plant`, and `behaviour` of its hooks for one test."""
    plugin = kit.runtime.plugins.module("garden").plugin
    yield plugin
    plugin.behaviour.clear()


@pytest.fixture
def visit_type(kit: Kit) -> RecordType:
    """The noun of the example."""
    return kit.runtime.plugins.module("visits").records[0]


@pytest.fixture
def service(tenant_work: Any, tenant: Tenant) -> Callable[..., Any]:
    """`with service(record_type, access=…) as writer:` the type's service in one unit of work."""

    @contextmanager
    def open_service(
        record_type: RecordType, access: Any = None, of: Tenant = tenant
    ) -> Iterator[RecordService[Any]]:
        with tenant_work(of) as session:
            yield service_of(record_type, session, access or full_access())

    return open_service


@pytest.fixture
def statements() -> Callable[[], Any]:
    """`with statements() as made:` what SQLAlchemy sends in the block, whoever sends it."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        made: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            made.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield made
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return count
