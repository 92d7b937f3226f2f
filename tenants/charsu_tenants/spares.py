"""Spares: schemas and roles that stand ready, so that a sign-up takes one in a millisecond."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from charsu_tenants.context import TENANT_COLUMNS, Tenant, tenant_from_row
from charsu_tenants.database import Connection, Database
from charsu_tenants.lineages import Lineage, core_lineage
from charsu_tenants.provisioning import TenantRow, provision_schema

#: A spare fits when each module it holds is asked for and stands at the head.
_FITS = """t.status = 'spare' AND EXISTS (SELECT 1 FROM control.tenant_module m WHERE m.tenant_id = t.id)
  AND NOT EXISTS (
    SELECT 1 FROM control.tenant_module m
    WHERE m.tenant_id = t.id AND m.revision IS DISTINCT FROM %(heads)s ->> m.module)"""
_TAKE = """WITH spare AS (
    SELECT t.id FROM control.tenant t WHERE {fits} ORDER BY t.created_at LIMIT 1 FOR UPDATE SKIP LOCKED
  )
  UPDATE control.tenant t SET status = 'active', created_at = now(), {assignments}
  FROM spare WHERE t.id = spare.id RETURNING {columns}"""


def fill_spares(database: Database, count: int, modules: Sequence[Lineage] = ()) -> int:
    """Make spares until `count` stand ready with the core and `modules` at their heads; how many it made."""
    made = 0
    for _ in range(count_spares(database, modules), count):
        provision_schema(database, TenantRow(), modules)
        made += 1
    return made


def count_spares(database: Database, modules: Sequence[Lineage] = ()) -> int:
    """How many spares a sign-up with `modules` could take now."""
    with database.control_autocommit() as control:
        query = f"SELECT count(*) AS found FROM control.tenant t WHERE {_FITS}"
        row = control.execute(query, {"heads": _heads(modules)}).fetchone()
    return int(row["found"]) if row else 0


def take_spare(
    database: Database, columns: Mapping[str, Any], modules: Sequence[Lineage] = ()
) -> Tenant | None:
    """Give a spare to a new tenant, in one statement; None where no spare fits.

    Two that take at once get two spares. Raises: psycopg.errors.UniqueViolation, where the slug is taken.
    """
    with database.control_autocommit() as control:
        return take_spare_in(control, columns, modules)


def take_spare_in(
    control: Connection, columns: Mapping[str, Any], modules: Sequence[Lineage] = ()
) -> Tenant | None:
    """As `take_spare`, in the caller's own transaction: a rollback gives the spare back."""
    query = sql.SQL(_TAKE).format(
        fits=sql.SQL(_FITS),
        assignments=sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
        ),
        columns=sql.SQL(TENANT_COLUMNS),
    )
    row = control.execute(query, {**columns, "heads": _heads(modules)}).fetchone()
    return tenant_from_row(row) if row else None


def _heads(modules: Sequence[Lineage]) -> Jsonb:
    return Jsonb({lineage.name: lineage.head for lineage in (core_lineage(), *modules)})
