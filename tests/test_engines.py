"""Connections of tenants: bounded in number, of one tenant each, quick to notice a dead server."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from charsu_tenants.context import tenant_scope
from charsu_tenants.database import Database
from charsu_tenants.registry import create_tenant
from charsu_tenants.sessions import tenant_session


@pytest.fixture
def crowd(database):
    return [create_tenant(database, slug=f"crowd-{number}", name="") for number in range(6)]


@pytest.fixture
def narrow(database):
    """A database whose process keeps two tenants and four connections."""
    narrow = Database(database.url, database.secret_key, tenant_engines=2, tenant_connections=4)
    yield narrow
    narrow.close()


def backends(database, tenants):
    with database.admin() as admin:
        row = admin.execute(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = ANY(%s)",
            [[tenant.schema for tenant in tenants]],
        ).fetchone()
    return row["n"]


def ask(database, tenant):
    with tenant_scope(tenant), tenant_session(database) as session:
        return session.execute(text("SELECT session_user")).scalar_one()


def test_each_connection_is_of_one_tenant(narrow, crowd):
    assert [ask(narrow, tenant) for tenant in crowd * 2] == [tenant.schema for tenant in crowd] * 2


def test_connections_of_tenants_not_seen_lately_are_closed(narrow, crowd):
    for tenant in crowd:
        ask(narrow, tenant)

    assert backends(narrow, crowd) <= 2


def test_many_threads_stay_within_the_bounds_and_get_their_own_rows(narrow, crowd):
    def work(number):
        tenant = crowd[number % len(crowd)]
        return ask(narrow, tenant) == tenant.schema

    with ThreadPoolExecutor(8) as pool:
        right = list(pool.map(work, range(240)))

    assert all(right)
    assert backends(narrow, crowd) <= 4


def test_a_session_keeps_its_connection_while_its_tenant_is_put_out(narrow, crowd):
    with tenant_scope(crowd[0]), tenant_session(narrow) as session:
        session.execute(text("INSERT INTO core_setting VALUES ('a', '1')"))
        for tenant in crowd[1:]:
            with tenant_scope(tenant), tenant_session(narrow) as other:
                other.execute(text("SELECT 1"))
        session.execute(text("INSERT INTO core_setting VALUES ('b', '2')"))

    with tenant_scope(crowd[0]), tenant_session(narrow) as session:
        assert session.execute(text("SELECT count(*) FROM core_setting")).scalar_one() == 2


def test_one_tenant_waits_for_its_own_connections_only(database, tenant, other_tenant):
    engine = database.engine(tenant)
    held = [engine.connect() for _ in range(8)]
    try:
        assert ask(database, other_tenant) == other_tenant.schema
    finally:
        for connection in held:
            connection.close()


def test_a_connection_the_server_closed_is_replaced_unseen(database, tenant):
    assert ask(database, tenant) == tenant.schema
    with database.admin() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [tenant.schema]
        )

    assert ask(database, tenant) == tenant.schema


def test_control_connections_the_server_closed_are_replaced_unseen_and_at_once(database):
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(database.control()).execute("SELECT 1")
    with database.admin() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s",
            [database.control_role],
        )

    began = time.monotonic()
    with database.control() as control:
        assert control.execute("SELECT 1 AS one").fetchone() == {"one": 1}
    # The pool's own check of one connection after the other takes seven seconds for three, and more for each.
    assert time.monotonic() - began < 5


def test_statements_are_compiled_once_for_all_tenants(database, tenant, other_tenant):
    statement = text("SELECT 42")
    engines = [database.engine(tenant), database.engine(other_tenant)]

    assert engines[0].dialect is engines[1].dialect
    for engine in engines:
        with engine.connect() as connection:
            assert connection.execute(statement).scalar_one() == 42


def test_reading_has_a_connection_of_its_own_that_can_not_write(database, crowd):
    tenant = crowd[0]
    with (
        database.engine(tenant, read_only=True).connect() as connection,
        pytest.raises(InternalError, match="read-only transaction"),
    ):
        connection.execute(text("DELETE FROM core_setting"))
    with database.engine(tenant).connect() as connection:
        connection.execute(text("SELECT 1"))

    assert backends(database, [tenant]) == 2


def test_a_reading_connection_that_was_told_to_write_goes_to_nobody_else(database, crowd):
    engine = database.engine(crowd[0], read_only=True)
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))

    with engine.connect() as connection:
        assert connection.execute(text("SHOW default_transaction_read_only")).scalar_one() == "on"


def test_engines_made_by_many_threads_at_once_are_one(database, crowd):
    found = []
    gate = threading.Barrier(8)

    def make():
        gate.wait()
        found.append(database.engine(crowd[5]))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, found))) == 1
