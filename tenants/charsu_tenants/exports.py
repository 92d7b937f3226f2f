"""Export of a tenant for its owner: every table as a CSV file, with a page that says what is what."""

import json
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password
from charsu_tenants.database import Database

README = """{name}

Every row of this business, one CSV file for each table (UTF-8, comma, quotes where needed, a first line with
the names of the columns; empty without quotes means "no value"). Moments are in UTC. Amounts end in _minor:
they count the smallest unit of the currency beside them, for IRR the rial. business.json holds the
preferences.

{tables}
"""
# Only what the tenant's own role may read: an export can not hold more than its owner may see.
_TABLES = """SELECT c.relname FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"""


def export_tenant(database: Database, tenant: Tenant, target: IO[bytes]) -> dict[str, int]:
    """Write the zip to `target`, consistent though people go on working; rows by table."""
    url = make_conninfo(
        database.url, user=tenant.schema, password=role_password(database.secret_key, tenant.schema)
    )
    counts: dict[str, int] = {}
    with psycopg.connect(url) as connection, ZipFile(target, "w", ZIP_DEFLATED) as archive:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("SET LOCAL statement_timeout = 0")
        for (name,) in connection.execute(_TABLES).fetchall():
            with archive.open(f"{name}.csv", "w") as entry:
                counts[name] = _write_table(connection, name, entry)
        archive.writestr("business.json", json.dumps(_preferences(tenant), ensure_ascii=False, indent=2))
        tables = "\n".join(f"{name}.csv: {count}" for name, count in counts.items())
        archive.writestr("README.txt", README.format(name=tenant.name, tables=tables))
    return counts


def _write_table(connection: "psycopg.Connection[tuple[object, ...]]", name: str, entry: IO[bytes]) -> int:
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER)").format(sql.Identifier(name))
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for part in copy:
                entry.write(part)
        return max(cursor.rowcount, 0)


def _preferences(tenant: Tenant) -> dict[str, str]:
    return {
        "name": tenant.name,
        "address": tenant.slug,
        "locale": tenant.locale,
        "calendar": tenant.calendar,
        "timezone": tenant.timezone,
        "currency": tenant.currency,
        "money_display": tenant.money_display,
    }
