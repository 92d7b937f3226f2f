"""Removing what a module keeps of a tenant for good: its tables, and what the core keeps because of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from charsu_tenants.audit import record_audit
from charsu_tenants.belongings import belongings_of, count_rows
from charsu_tenants.context import Tenant
from charsu_tenants.database import Connection, Database

_TAKE = """SELECT revision FROM control.tenant_module
WHERE tenant_id = %(tenant)s AND module = %(module)s AND state = 'disabled'
  AND (%(is_now)s OR purge_at <= now()) FOR UPDATE"""
#: A key such as `crm.customer` belongs to the module whose pages are below `/crm`.
_OF_TYPES = "split_part(record_type, '.', 1) = %(path)s"
_CLEAR = (
    f"""WITH gone AS (DELETE FROM core_attachment WHERE {_OF_TYPES} RETURNING file_id)
    DELETE FROM core_file f USING gone WHERE f.id = gone.file_id AND NOT EXISTS (
      SELECT FROM core_attachment a
       WHERE a.file_id = f.id AND split_part(a.record_type, '.', 1) <> %(path)s)""",
    f"""DELETE FROM core_file WHERE id IN (
      SELECT CAST(options ->> 'file_id' AS uuid) FROM core_batch
       WHERE {_OF_TYPES} AND options ? 'file_id')""",
    f"DELETE FROM core_batch WHERE {_OF_TYPES}",
    # What it remembered of merges of others' records: without it they can be undone all the same.
    "DELETE FROM core_batch_item WHERE action = 'told' AND data ->> 'module' = %(module)s",
    f"DELETE FROM core_saved_view WHERE {_OF_TYPES}",
    f"DELETE FROM core_custom_field WHERE {_OF_TYPES}",
    """UPDATE core_custom_field SET archived_at = coalesce(archived_at, now())
    WHERE kind = 'link' AND split_part(options ->> 'to', '.', 1) = %(path)s""",
    f"DELETE FROM core_deletion WHERE {_OF_TYPES}",
    """UPDATE core_deletion SET along = coalesce((
      SELECT jsonb_agg(part) FROM jsonb_array_elements(along) AS part
       WHERE split_part(part ->> 'type', '.', 1) <> %(path)s), '[]')
    WHERE EXISTS (SELECT FROM jsonb_array_elements(along) AS part
                   WHERE split_part(part ->> 'type', '.', 1) = %(path)s)""",
    f"DELETE FROM core_duplicate WHERE {_OF_TYPES}",
    f"DELETE FROM core_occurrence WHERE {_OF_TYPES}",
    f"DELETE FROM core_reminder WHERE {_OF_TYPES}",
    "DELETE FROM core_notification WHERE starts_with(path, '/' || %(path)s || '/')",
    # As where single records are removed: who changed what when stays, and that it is gone; no value does.
    f"""INSERT INTO core_change (record_type, record_id, action, source)
    SELECT DISTINCT record_type, record_id, 'purge', 'system' FROM core_change c
     WHERE {_OF_TYPES} AND NOT EXISTS (SELECT FROM core_change p WHERE p.record_type = c.record_type
                                          AND p.record_id = c.record_id AND p.action = 'purge')""",
    f"""UPDATE core_change SET
      before = (SELECT jsonb_object_agg(key, NULL::text) FROM jsonb_object_keys(before) AS key),
      after = (SELECT jsonb_object_agg(key, NULL::text) FROM jsonb_object_keys(after) AS key)
    WHERE {_OF_TYPES} AND (before IS NOT NULL OR after IS NOT NULL)""",
    "DELETE FROM core_inbox WHERE starts_with(key, %(module)s || '.')",
    "DELETE FROM core_module_settings WHERE module = %(module)s",
    "DELETE FROM bus.delivery WHERE tenant = %(schema)s AND starts_with(handler, %(module)s || '.')",
    "DELETE FROM control.module_fault WHERE tenant_id = %(tenant)s AND module = %(module)s",
    "DELETE FROM control.tenant_module WHERE tenant_id = %(tenant)s AND module = %(module)s",
)


@dataclass(frozen=True, slots=True)
class Purge:
    """What is to be removed: the module, and the word before the keys of its record types (`crm`)."""

    module: str
    path: str


def purge_module(
    database: Database, tenant: Tenant, purge: Purge, actor: Mapping[str, Any], *, is_now: bool = False
) -> bool:
    """Remove it in one transaction as the owner of the tables; False where it is on, or not due by now.

    Whatever else in the schema needs one of its tables stands against it. Raises: psycopg.Error, with
    nothing removed: `DependentObjectsStillExist` then, `LockNotAvailable` where somebody works with them.
    """
    asked = {"tenant": tenant.id, "schema": tenant.schema, "module": purge.module, "path": purge.path}
    with database.admin() as admin, admin.transaction():
        admin.execute(_scope(database, tenant))
        if admin.execute(_TAKE, {**asked, "is_now": is_now}).fetchone() is None:
            return False
        found = belongings_of(admin, tenant.schema, purge.module)
        count = sum(count_rows(admin, tenant.schema, found.tables).values())
        for statement in found.drops:
            admin.execute(sql.SQL(statement))
        version_table = sql.Identifier(f"v_{purge.module}")
        admin.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(version_table))
        for statement in _CLEAR:
            admin.execute(statement, asked)
        details = {"module": purge.module, "count": count}
        record_audit(admin, tenant_id=tenant.id, actor=actor, action="module.purged", details=details)
    return True


def set_purge_at(conn: Connection, tenant_id: UUID, module: str, days: int | None) -> bool:
    """Have a module that is off removed in so many days, or keep it (None); False where it is on or away."""
    done = conn.execute(
        """UPDATE control.tenant_module SET purge_at = now() + make_interval(days => %s)
        WHERE tenant_id = %s AND module = %s AND state = 'disabled' AND (%s OR purge_at IS NOT NULL)""",
        [days, tenant_id, module, days is not None],
    )
    return done.rowcount == 1


def due_purges(conn: Connection) -> list[tuple[UUID, str]]:
    """The tenants and modules whose time has come, those that waited longest first."""
    rows = conn.execute(
        """SELECT m.tenant_id, m.module FROM control.tenant_module m
        JOIN control.tenant t ON t.id = m.tenant_id AND t.status <> 'erasing'
        WHERE m.purge_at <= now() ORDER BY m.purge_at LIMIT 200"""
    )
    return [(row["tenant_id"], row["module"]) for row in rows]


def _scope(database: Database, tenant: Tenant) -> sql.Composed:
    return sql.SQL("SET LOCAL ROLE {}; SET LOCAL search_path = {}; SET LOCAL lock_timeout = '3s'").format(
        sql.Identifier(database.owner_role), sql.Identifier(tenant.schema)
    )
