"""Rows of whole schemas: their digest, and bringing them back after a test without dropping anything."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from psycopg import sql

from charsu_tenants.context import Tenant
from charsu_tenants.database import Connection, Database

#: Columns that say when somebody was here; a request that changes nothing moves them too.
TRACES = ("last_used_at", "last_seen_at")
_TABLES = """SELECT n.nspname AS schema, c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind = 'r' AND c.relname NOT LIKE 'v\\_%%' ORDER BY 1, 2"""


#: A schema and a table in it.
Table = tuple[str, str]
#: Rows by table, as JSON text in an order of their own.
Rows = dict[Table, str]


@dataclass(frozen=True)
class Snapshot:
    """Every row of some schemas at one moment; empty tables too."""

    rows: Rows

    def restoring(self, tables: Iterable[Table]) -> bytes:
        """The statements that bring the rows of these tables back."""
        return b"; ".join(
            [b"SET LOCAL session_replication_role = replica", *(self._statements[table] for table in tables)]
        )

    @cached_property
    def _statements(self) -> dict[Table, bytes]:
        return {table: _refilling(table, rows) for table, rows in self.rows.items()}


def take_snapshot(database: Database, schemas: list[str]) -> Snapshot:
    """The rows of all tables of `schemas` but the version tables."""
    with database.admin() as admin, admin.transaction():
        return Snapshot(_rows(admin, [_Part(table) for table in _tables(admin, schemas)]))


def restore_snapshot(database: Database, snapshot: Snapshot, tables: Iterable[Table] | None = None) -> None:
    """Make the tables, or those of them that are named, hold the rows of the snapshot and no others.

    One message. Rows are deleted, tables are not truncated and schemas not dropped: that would make and
    remove files, which costs more than the few rows of a test. Needs a superuser, for no foreign key is
    checked.
    """
    with database.admin() as admin:
        admin.execute(snapshot.restoring(snapshot.rows if tables is None else tables))


def digest(database: Database, tenant: Tenant) -> str:
    """A hash of every row of a tenant: its schema, its deliveries and its rows in the control plane.

    `TRACES` do not count: looking is no change.
    """
    found = hashlib.sha256()
    for table, text in tenant_rows(database, tenant).items():
        found.update(f"{table[1]}\n{text}\n".encode())
    return found.hexdigest()


def tenant_rows(database: Database, tenant: Tenant, tables: Collection[Table] | None = None) -> Rows:
    """What `digest` hashes, all of it or that of the named tables alone."""
    with database.admin() as admin, admin.transaction():
        parts = [_Part(table) for table in _tables(admin, [tenant.schema])] + _shared(admin, tenant)
        return _rows(admin, [part for part in parts if tables is None or part.table in tables])


def table_rows(database: Database, tables: Iterable[Table]) -> Rows:
    """All rows of these tables, whoever's they are."""
    with database.admin() as admin, admin.transaction():
        return _rows(admin, [_Part(table) for table in sorted(tables)])


def _refilling(table: Table, rows: str) -> bytes:
    name = sql.Identifier(*table)
    emptying = sql.SQL("DELETE FROM {}").format(name)
    if rows == "[]":
        return emptying.as_bytes()
    filling = sql.SQL(
        "{emptying}; INSERT INTO {name} OVERRIDING SYSTEM VALUE"
        " SELECT * FROM jsonb_populate_recordset(NULL::{name}, {rows})"
    )
    return filling.format(emptying=emptying, name=name, rows=sql.Literal(rows)).as_bytes()


@dataclass(frozen=True)
class _Part:
    """The rows of a table, or those of them that are a tenant's: where `column` is `value`."""

    table: Table
    column: str | None = None
    value: str = ""

    def statement(self, position: int) -> sql.Composed:
        condition: sql.Composable = sql.SQL("true")
        traces: Sequence[str] = ()
        if self.column is not None:
            condition = sql.SQL("{}::text = {}").format(sql.Identifier(self.column), sql.Literal(self.value))
            traces = TRACES
        return sql.SQL(
            "SELECT {} AS position, coalesce(jsonb_agg(j ORDER BY j), '[]')::text AS rows"
            " FROM (SELECT to_jsonb(t) - {}::text[] AS j FROM {} t WHERE {}) found"
        ).format(position, sql.Literal(list(traces)), sql.Identifier(*self.table), condition)


def _shared(admin: Connection, tenant: Tenant) -> list[_Part]:
    """Tables outside the schema that hold rows of the tenant."""
    found = admin.execute(
        """SELECT c.relname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'control'::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id'
        ORDER BY 1"""
    )
    return [
        _Part(("control", "tenant"), "id", str(tenant.id)),
        *(_Part(("control", row["name"]), "tenant_id", str(tenant.id)) for row in found),
        _Part(("bus", "delivery"), "tenant", tenant.schema),
    ]


def _tables(admin: Connection, schemas: list[str]) -> list[Table]:
    return [(row["schema"], row["name"]) for row in admin.execute(_TABLES, [schemas])]


def _rows(admin: Connection, parts: Sequence[_Part]) -> Rows:
    """The rows of each part as JSON text, read by one statement; needs a transaction."""
    # Tables never analysed look large, and starting a parallel worker takes longer than reading them all.
    admin.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    found = admin.execute(_reading(tuple(parts))).fetchall() if parts else []
    texts = {row["position"]: str(row["rows"]) for row in found}
    return {part.table: texts[position] for position, part in enumerate(parts)}


@lru_cache(maxsize=64)
def _reading(parts: tuple[_Part, ...]) -> bytes:
    statements = [part.statement(position) for position, part in enumerate(parts)]
    return sql.SQL(" UNION ALL ").join(statements).as_bytes()
