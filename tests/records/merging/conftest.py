"""The guild turned on in both tenants, with people who may see more or less of it."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from tests.records.guild import CRAFTSMEN, guild, guild_tables

from charsu.db import tenant_work
from charsu.process import Runtime, use_runtime
from charsu.records.access import full_access
from charsu.records.record_type import RecordType
from charsu.records.service import service_of
from charsu.testing.clients import HostClient, People
from charsu.testing.planting import plant, turn_on
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant


@pytest.fixture(scope="session")
def guild_house(started_runtime: Runtime) -> tuple[Runtime, Crossing]:
    runtime = plant(started_runtime, guild())
    with use_runtime(runtime):
        return runtime, Crossing(runtime)


@pytest.fixture
def tenant(
    runtime: Runtime, tenant: Tenant, other_tenant: Tenant, guild_house: tuple[Runtime, Crossing]
) -> Iterator[Tenant]:
    with use_runtime(guild_house[0]), guild_tables(runtime, [tenant, other_tenant]):
        turn_on(runtime, tenant, "guild")
        turn_on(runtime, other_tenant, "guild")
        yield get_tenant(runtime.database, tenant.id)


@pytest.fixture
def guild_people(tenant: Tenant, guild_house: tuple[Runtime, Crossing]) -> People:
    return People(*guild_house)


@pytest.fixture
def add(tenant: Tenant) -> Callable[..., uuid.UUID]:
    def make(record_type: RecordType = CRAFTSMEN, at: Tenant | None = None, **values: Any) -> uuid.UUID:
        with tenant_work(at or tenant) as session:
            typed = {
                name: field.json_field().deserialize(value)
                if (field := record_type.by_name.get(name)) and field.kind in ("phone", "list")
                else value
                for name, value in values.items()
            }
            record = service_of(record_type, session, full_access()).create(typed)
            return record.id

    return make


@pytest.fixture
def member(guild_people: People, tenant: Tenant) -> Callable[..., Any]:
    def make(permissions: Iterable[str] = ("*",), **rules: str) -> Any:
        field_rules = {CRAFTSMEN.key: rules} if rules else None
        return guild_people.member(tenant, permissions, field_rules)

    return make


@pytest.fixture
def program(guild_people: People, member: Callable[..., Any]) -> Callable[..., HostClient]:
    return lambda permissions=("*",), **rules: guild_people.program(member(permissions, **rules))


@pytest.fixture
def browser(guild_people: People, member: Callable[..., Any]) -> Callable[..., HostClient]:
    return lambda permissions=("*",), **rules: guild_people.browser(member(permissions, **rules))
