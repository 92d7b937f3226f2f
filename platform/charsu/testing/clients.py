"""Browsers and programs for tests: they talk to the real application on a host, as a member of a business."""

from collections.abc import Callable, Iterable

import pytest

from charsu.runtime import Runtime
from charsu.testing.visitors import HostClient, Member, People, application_of
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.grants import ALL, FieldRules


@pytest.fixture(scope="session")
def application(started_runtime: Runtime) -> Crossing:
    """Both applications of this worker."""
    return application_of(started_runtime)


@pytest.fixture
def people(runtime: Runtime, application: Crossing) -> People:
    """Makes members, browsers and programs of any tenant."""
    return People(runtime, application)


@pytest.fixture
def client(people: People, tenant: Tenant) -> HostClient:
    """A browser in which a member with every permission of `tenant` is signed in."""
    return people.browser(people.member(tenant))


@pytest.fixture
def anonymous(people: People, tenant: Tenant) -> HostClient:
    """A browser on the host of `tenant` in which nobody is signed in."""
    return people.anonymous(tenant)


@pytest.fixture
def site(people: People) -> HostClient:
    """A browser on the bare host."""
    return people.site()


@pytest.fixture
def api(people: People, tenant: Tenant) -> HostClient:
    """A program with a token for everything in `tenant`."""
    return people.program(people.member(tenant))


@pytest.fixture
def api_as(people: People, tenant: Tenant) -> Callable[..., HostClient]:
    """`api_as(permissions, scopes=…, of=tenant, field_rules=…)`: a program of a member who has these."""

    def make(
        permissions: Iterable[str] = (ALL,),
        *,
        scopes: Iterable[str] = (ALL,),
        of: Tenant | None = None,
        field_rules: FieldRules | None = None,
    ) -> HostClient:
        return people.program(people.member(of or tenant, permissions, field_rules), scopes)

    return make


@pytest.fixture
def client_as(people: People, tenant: Tenant) -> Callable[..., HostClient]:
    """`client_as(permissions, of=tenant, field_rules=…)`: a browser of a member whose role has these."""

    def make(
        permissions: Iterable[str] = (ALL,),
        *,
        of: Tenant | None = None,
        field_rules: FieldRules | None = None,
    ) -> HostClient:
        return people.browser(people.member(of or tenant, permissions, field_rules))

    return make


__all__ = [
    "HostClient",
    "Member",
    "People",
    "anonymous",
    "api",
    "api_as",
    "application",
    "application_of",
    "client",
    "client_as",
    "people",
    "site",
]
