"""The shop, turned on in both businesses."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from charsu.db import tenant_work
from charsu.events import SYSTEM
from charsu.events.cause import acting_as
from charsu.module_settings.changing import Change, change_settings
from charsu.module_settings.reading import Holding
from charsu.process import Runtime, use_runtime
from charsu.records import full_access
from charsu.testing.clients import HostClient, People
from charsu.testing.planting import plant, turn_on
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant

from .shop import SETTINGS, ShopSettings, shop_plugin


@pytest.fixture(scope="session")
def opened(started_runtime: Runtime) -> tuple[Runtime, Crossing]:
    """The shop among the plugins of this run, and the applications that carry it."""
    planted = plant(started_runtime, shop_plugin())
    with use_runtime(planted):
        return planted, Crossing(planted)


@pytest.fixture
def people(
    runtime: Runtime, opened: tuple[Runtime, Crossing], tenant: Tenant, other_tenant: Tenant
) -> Iterator[People]:
    with use_runtime(opened[0]):
        turn_on(runtime, tenant, "shop")
        turn_on(runtime, other_tenant, "shop")
        yield People(*opened)


@pytest.fixture
def browser(people: People, tenant: Tenant) -> HostClient:
    return people.browser(people.member(tenant))


@pytest.fixture
def program(people: People, tenant: Tenant) -> HostClient:
    return people.program(people.member(tenant))


@pytest.fixture
def here(runtime: Runtime, people: People, tenant: Tenant) -> Tenant:
    """The business with the shop turned on."""
    return get_tenant(runtime.database, tenant.id)


@pytest.fixture
def change(here: Tenant) -> Callable[..., Holding]:
    """`change({"days": 3}, reset=(…), version=…)`: one unit of work."""

    def run(values: Mapping[str, Any] | None = None, **more: Any) -> Holding:
        with acting_as(SYSTEM), tenant_work(here) as session:
            return change_settings(session, SETTINGS, full_access(), Change(values=values or {}, **more))

    return run


@pytest.fixture
def read(here: Tenant) -> Callable[[], ShopSettings]:
    """`read()`: what the module's code sees, in a unit of work of its own."""

    def run() -> ShopSettings:
        with tenant_work(here, read_only=True) as session:
            return SETTINGS.of(session)

    return run
