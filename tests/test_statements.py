"""Statements that go straight to libpq: the same rows and the same errors as by psycopg's cursors."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from psycopg.rows import dict_row

from charsu_tenants import statements
from charsu_tenants.engines import pool_of
from charsu_tenants.sessions import TenantSession, driver_of
from charsu_tenants.statements import HotStatement

VALUES = """
    SELECT %(count)s::int AS count, %(text)s AS text, uuidv7() IS NOT NULL AS is_there,
           '{a,"b c",ی}'::text[] AS words, now() AS moment, date '2026-03-21' AS day, 1.50::numeric AS price,
           '{"a": [1, null]}'::jsonb AS data, NULL::bigint AS nothing, %(text)s || '%%' AS again
"""


@pytest.fixture
def connection(runtime) -> Iterator[psycopg.Connection[Any]]:
    with runtime.database.control_autocommit() as connection:
        yield connection


def test_rows_are_those_of_a_cursor(connection):
    given = {"count": 3, "text": "سلام"}

    (row,) = HotStatement(VALUES).rows(connection, given)

    (expected,) = connection.cursor(row_factory=dict_row).execute(VALUES, given).fetchall()
    assert list(row) == list(expected)
    moment = row.pop("moment"), expected.pop("moment")
    assert row == expected
    assert moment[0].utcoffset() == moment[1].utcoffset()


def test_an_equal_row_is_given_as_equal_bytes(connection):
    statement = HotStatement("SELECT %(n)s::int, NULL, '{a}'::text[] WHERE %(n)s::int > 0")

    assert statement.raw_row(connection, {"n": 7}) == (b"7", None, b"{a}")
    assert statement.raw_row(connection, {"n": 0}) is None


def test_values_of_other_types_are_prepared_apart(connection):
    statement = HotStatement("SELECT %(n)s AS n")

    assert [statement.rows(connection, {"n": n})[0]["n"] for n in (1, 2**40, "x", None)] == [
        1,
        2**40,
        "x",
        None,
    ]


def test_types_psycopg_can_not_load_in_binary_come_as_text(connection):
    statement = HotStatement("SELECT to_tsvector('simple', 'b a') AS words, 1 AS n")

    assert statement.rows(connection, {}) == [{"words": "'a':2 'b':1", "n": 1}]


@pytest.mark.parametrize("is_text", [False, True])
def test_json_can_be_passed_on_unread(connection, is_text):
    words = "to_tsvector('simple', 'a')" if is_text else "1"
    objects = """'{"b": [1, null], "a": "ی"}'::jsonb AS one, '{"c":  2}'::json AS two"""
    text = f"SELECT {objects}, {words} AS three"

    (row,) = HotStatement(text, is_json_passed_on=True).rows(connection, {})

    read = orjson.loads(orjson.dumps({"one": row["one"], "two": row["two"]}))
    assert read == {"one": {"a": "ی", "b": [1, None]}, "two": {"c": 2}}
    assert HotStatement(text).rows(connection, {})[0]["one"] == {"a": "ی", "b": [1, None]}


def test_json_is_passed_on_in_writing_work_too(tenant, tenant_work):
    statement = HotStatement("""SELECT '{"a": 1}'::jsonb AS one, 'x' AS two""", is_json_passed_on=True)
    with tenant_work(tenant) as session, driver_of(session) as connection:
        rows = statement.tuples(connection, {})
        session.rollback()

    assert orjson.dumps(rows) == b'[[{"a": 1},"x"]]'


def test_errors_are_those_of_psycopg(connection):
    with pytest.raises(psycopg.errors.DivisionByZero):
        HotStatement("SELECT 1 / %(n)s::int").rows(connection, {"n": 0})
    with pytest.raises(psycopg.errors.UndefinedTable):
        HotStatement("SELECT * FROM nothing_of_the_kind").rows(connection, {})
    with pytest.raises(psycopg.DataError):
        HotStatement("SELECT %(text)s::text").rows(connection, {"text": "a\x00b"})

    assert HotStatement("SELECT 1 AS n").rows(connection, {}) == [{"n": 1}]


def test_a_connection_keeps_a_bounded_number_of_statements(connection):
    texts = [f"SELECT {n} AS n" for n in range(statements.KEPT + 5)]
    hot = [HotStatement(text) for text in texts]

    assert [one.rows(connection, {})[0]["n"] for one in [*hot, hot[0]]] == [*range(len(texts)), 0]

    (kept,) = connection.execute(
        "SELECT count(*) AS n FROM pg_prepared_statements WHERE name LIKE 'hot%'"
    ).fetchall()
    assert kept["n"] == statements.KEPT


def test_a_statement_the_server_forgot_is_prepared_anew(connection):
    statement = HotStatement("SELECT 1 AS n")
    statement.rows(connection, {})

    # What psycopg itself sends after a rollback, as it can not know what is still valid.
    connection.execute("DEALLOCATE ALL")

    assert statement.rows(connection, {}) == [{"n": 1}]


def test_other_threads_run_while_one_waits(connection):
    waiting = threading.Thread(target=HotStatement("SELECT pg_sleep(0.5)").rows, args=(connection, {}))
    begun = time.perf_counter()
    waiting.start()

    steps = sum(1 for _ in iter(lambda: waiting.is_alive() and not time.sleep(0.01), False))

    waiting.join()
    assert time.perf_counter() - begun >= 0.5
    # Fifty where nobody else wants the processor; none if the waiting thread kept the interpreter.
    assert steps > 3


def test_writing_work_reads_inside_its_own_transaction(tenant, tenant_work):
    count = HotStatement("SELECT count(*) AS n FROM core_checklist")
    with tenant_work(tenant) as session:
        session.connection().exec_driver_sql("INSERT INTO core_checklist (key, done_at) VALUES ('a', now())")

        with session.driver() as connection:
            assert count.rows(connection, {}) == [{"n": 1}]

        session.rollback()


def test_reading_work_borrows_a_connection_that_can_not_write(tenant, tenant_work):
    with tenant_work(tenant, read_only=True) as session:
        assert isinstance(session, TenantSession)
        with session.driver() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            HotStatement("INSERT INTO core_checklist (key) VALUES ('a') RETURNING key").rows(connection, {})
        with session.driver() as again:
            assert again is connection
            assert HotStatement("SELECT session_user::text AS me").rows(again, {}) == [{"me": tenant.schema}]


def test_a_borrowed_connection_that_was_cut_off_is_replaced(runtime, tenant, tenant_work):
    with tenant_work(tenant, read_only=True) as session, session.driver() as connection:
        lost = connection.info.backend_pid
    with runtime.database.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])

    with tenant_work(tenant, read_only=True) as session, session.driver() as connection:
        assert connection.info.backend_pid != lost
        assert HotStatement("SELECT 1 AS n").rows(connection, {}) == [{"n": 1}]


def test_a_borrowed_connection_told_to_write_goes_to_nobody_else(tenant, tenant_work):
    with tenant_work(tenant, read_only=True) as session:
        before = pool_of(session.get_bind()).checkedout()
        with session.driver() as connection:
            connection.execute("SET default_transaction_read_only = off")
        with session.driver() as another:
            assert another is not connection
        assert pool_of(session.get_bind()).checkedout() == before
