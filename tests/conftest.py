"""The probe plugin beside the installed ones, turned on in both tenants."""

from collections.abc import Iterator

import pytest

from charsu.process import Runtime, use_runtime
from charsu.testing import probe
from charsu.testing.clients import HostClient, People
from charsu.testing.planting import plant, turn_on
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant


@pytest.fixture(scope="session")
def probed(started_runtime: Runtime) -> tuple[Runtime, Crossing]:
    runtime = plant(started_runtime, probe.plugin)
    with use_runtime(runtime):
        return runtime, Crossing(runtime)


@pytest.fixture
def probe_people(
    runtime: Runtime, tenant: Tenant, other_tenant: Tenant, probed: tuple[Runtime, Crossing]
) -> Iterator[People]:
    with use_runtime(probed[0]):
        turn_on(runtime, tenant, "probe")
        turn_on(runtime, other_tenant, "probe")
        yield People(*probed)


@pytest.fixture
def browser(probe_people: People, tenant: Tenant) -> HostClient:
    return probe_people.browser(probe_people.member(tenant))


@pytest.fixture
def program(probe_people: People, tenant: Tenant) -> HostClient:
    return probe_people.program(probe_people.member(tenant))


@pytest.fixture
def passer_by(probe_people: People, tenant: Tenant) -> HostClient:
    return probe_people.anonymous(tenant)
