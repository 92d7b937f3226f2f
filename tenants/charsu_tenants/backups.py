"""Backup of one tenant alone: every row of it in one zip, as it stood at one moment, and its way back.

The archive holds `tenant.json` (what the control plane knows, revisions of the modules, sequences) and
`data/<table>.copy` (PostgreSQL's COPY text). A restore makes the schema at those revisions and loads the
rows, so it works into another database and under another address; the migration runner then brings it to the
heads. Keys do not come back: sessions, API tokens and open links are of the past, and one of them may have
been revoked since.
"""

import datetime as dt
import json
from graphlib import TopologicalSorter
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from psycopg import IsolationLevel, sql

from charsu_tenants.context import Tenant
from charsu_tenants.database import Connection, Database

FORMAT = 1
_COLUMNS = """SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = %s::text::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'v\\_%%'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY 1 ORDER BY 1"""
_REFERENCES = """SELECT r.relname AS name, f.relname AS needs
FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND k.connamespace = %s::text::regnamespace AND k.conrelid <> k.confrelid"""
_SEQUENCES = """SELECT sequencename AS name, last_value FROM pg_sequences
WHERE schemaname = %s AND last_value IS NOT NULL"""
#: What the control plane knows of a tenant, by the name it has in the archive.
CONTROL = {
    "tenant": "SELECT * FROM control.tenant WHERE id = %s",
    "modules": "SELECT * FROM control.tenant_module WHERE tenant_id = %s",
    "entitlements": "SELECT * FROM control.entitlement WHERE tenant_id = %s",
    "roles": "SELECT * FROM control.role WHERE tenant_id = %s",
    "memberships": "SELECT * FROM control.membership WHERE tenant_id = %s",
    "people": """SELECT u.* FROM control.app_user u
      WHERE u.id IN (SELECT user_id FROM control.membership WHERE tenant_id = %s)""",
    "domains": "SELECT * FROM control.domain WHERE tenant_id = %s",
    "deliveries": """SELECT d.* FROM bus.delivery d JOIN control.tenant t ON t.schema_name = d.tenant
      WHERE t.id = %s ORDER BY d.id""",
}


class BadArchive(ValueError):
    """The file is no backup this Charsu can restore; the text says why."""


def back_up_tenant(database: Database, tenant: Tenant, target: IO[bytes]) -> None:
    """Write the archive of a tenant to `target`, consistent though people go on working in it."""
    with database.admin() as admin, ZipFile(target, "w", ZIP_DEFLATED) as archive:
        admin.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with admin.transaction():
                contents = _contents(admin, tenant)
                archive.writestr("tenant.json", json.dumps(contents, default=_plain, ensure_ascii=False))
                for name, columns in contents["tables"].items():
                    with archive.open(f"data/{name}.copy", "w", force_zip64=True) as entry:
                        _copy_out(admin, tenant.schema, name, columns, entry)
        finally:
            admin.isolation_level = None


def open_archive(source: IO[bytes]) -> tuple[ZipFile, dict[str, Any]]:
    """The archive and its contents. Raises: BadArchive."""
    try:
        archive = ZipFile(source)
        contents = json.loads(archive.read("tenant.json"))
    except (BadZipFile, KeyError, ValueError, UnicodeDecodeError) as error:
        raise BadArchive("this is no backup of a tenant") from error
    if not isinstance(contents, dict) or contents.get("format") != FORMAT:
        raise BadArchive(f"this backup is not of the format {FORMAT}")
    return archive, contents


def load_rows(admin: Connection, schema: str, archive: ZipFile, contents: dict[str, Any]) -> None:
    """Put the rows of the archive into the tables of `schema`, in place of those there, parents first."""
    tables: dict[str, list[str]] = contents["tables"]
    there = {row["name"] for row in admin.execute(_COLUMNS, [schema])}
    if set(tables) != there:
        raise BadArchive(f"the tables differ: {', '.join(sorted(set(tables) ^ there))}")
    if tables:
        names = sql.SQL(", ").join(sql.Identifier(schema, name) for name in tables)
        admin.execute(sql.SQL("TRUNCATE {}").format(names))
    for name in _parents_first(admin, schema, set(tables)):
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, tables[name]))
        )
        with (
            admin.cursor() as cursor,
            cursor.copy(statement) as copy,
            archive.open(f"data/{name}.copy") as rows,
        ):
            while part := rows.read(1 << 16):
                copy.write(part)
    for name, value in contents["sequences"].items():
        admin.execute("SELECT setval(%s::regclass, %s)", [f'"{schema}"."{name}"', value])


def _contents(admin: Connection, tenant: Tenant) -> dict[str, Any]:
    found: dict[str, Any] = {"format": FORMAT, "taken_at": dt.datetime.now(dt.UTC)}
    for name, query in CONTROL.items():
        found[name] = admin.execute(sql.SQL(query), [tenant.id]).fetchall()
    found["tables"] = {row["name"]: row["columns"] for row in admin.execute(_COLUMNS, [tenant.schema])}
    sequences = admin.execute(_SEQUENCES, [tenant.schema])
    found["sequences"] = {row["name"]: row["last_value"] for row in sequences}
    return found


def _copy_out(admin: Connection, schema: str, name: str, columns: list[str], entry: IO[bytes]) -> None:
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with admin.cursor() as cursor, cursor.copy(statement) as copy:
        for part in copy:
            entry.write(part)


def _parents_first(admin: Connection, schema: str, names: set[str]) -> list[str]:
    needs: dict[str, set[str]] = {name: set() for name in names}
    for row in admin.execute(_REFERENCES, [schema]):
        needs[row["name"]].add(row["needs"])
    return list(TopologicalSorter(needs).static_order())


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a backup")
