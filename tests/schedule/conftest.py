"""A business that uses the planner: meetings and birthdays on the calendar."""

import importlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import event
from sqlalchemy.engine import Engine

from charsu.db import tenant_work
from charsu.events import SYSTEM
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.records import full_access, service_of
from charsu.testing.clients import Member, People, application_of
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant

PLANNER = Path(__file__).parent / "planner"
#: Saturday, 30 Aban 1405, 13:30 in Tehran.
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture
def planned(with_plugins: Callable[..., Runtime]) -> Runtime:
    return with_plugins(PLANNER)


@pytest.fixture
def planner(planned: Runtime) -> ModuleType:
    return importlib.import_module("charsu_planner.plugin")


@pytest.fixture
def business(planned: Runtime, tenant: Tenant) -> Iterator[Tenant]:
    enable_module(tenant.id, "planner", SYSTEM)
    yield get_tenant(planned.database, tenant.id)
    with planned.database.admin() as admin:
        for table in ("planner_meeting", "planner_birthday", "v_planner"):
            admin.execute(SQL("DROP TABLE {}").format(Identifier(tenant.schema, table)))


@pytest.fixture
def crowd(planned: Runtime, planner: ModuleType) -> People:
    """People whose application knows the planner."""
    return People(planned, application_of(planned))


@pytest.fixture
def member(crowd: People, business: Tenant) -> Member:
    return crowd.member(business)


@pytest.fixture
def plan(business: Tenant, planner: ModuleType, member: Member) -> Callable[..., UUID]:
    """`plan(title, start_at=…)`: a meeting of the member, or with `noun="birthday"` a birthday; its id."""

    def planned_record(title: str, *, noun: str = "meeting", **values: Any) -> UUID:
        record_type = planner.MEETING if noun == "meeting" else planner.BIRTHDAY
        with tenant_work(business) as session:
            values = {"title": title, "owner_id": member.member_id, **values}
            made: UUID = service_of(record_type, session, full_access()).create(values).id
        return made

    return planned_record


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement SQLAlchemy sends, as it comes."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)
