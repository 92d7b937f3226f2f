"""Erasing a tenant: its doors first, then its schema, its role and every row that names it."""

from uuid import UUID

import psycopg
from psycopg import sql

from charsu_tenants.context import TENANT_COLUMNS, Tenant, tenant_from_row
from charsu_tenants.database import Connection, Database

#: Tables dropped in one transaction: each takes locks, and the lock table of the server is finite.
TABLES_PER_DROP = 50

_CLOSE = f"""UPDATE control.tenant t SET status = 'erasing', slug = coalesce(slug, 'spare-' || id)
WHERE t.id = %s RETURNING {TENANT_COLUMNS}"""
_TABLES = """SELECT c.relname AS name FROM pg_class c
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p') ORDER BY c.oid DESC"""
#: What makes a new version of the tenant's row when its transaction ends, in the order others lock it.
_LOCKED_FIRST = ("tenant_module", "entitlement", "role", "membership", "domain")
#: People who belong to this business and to no other have no place to log in to any more.
_LONE_USERS = """DELETE FROM control.app_user u WHERE u.id = ANY(%s)
AND NOT EXISTS (SELECT 1 FROM control.membership m WHERE m.user_id = u.id)"""


def erase_tenant(database: Database, tenant_id: UUID) -> Tenant | None:
    """Remove a tenant for good, with people who belong nowhere else; what it was, None where it is not there.

    Each step may be repeated: what a killed erasure left is finished by the next call.
    """
    with database.control_autocommit() as control:
        row = control.execute(_CLOSE, [tenant_id]).fetchone()
    if row is None:
        return None
    tenant = tenant_from_row(row)
    database.forget(tenant)
    with database.admin() as admin:
        _end_connections(admin, tenant.schema)
        _drop_schema(admin, database, tenant.schema)
        _drop_role(admin, tenant.schema)
    _delete_rows(database, tenant)
    return tenant


def _end_connections(admin: Connection, role: str) -> None:
    """Let nobody in any more as this role, and end those who are."""
    if not _role_exists(admin, role):
        return
    name = sql.Identifier(role)
    admin.execute(
        sql.SQL("ALTER ROLE {} NOLOGIN; GRANT {} TO CURRENT_USER WITH INHERIT TRUE").format(name, name)
    )
    admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [role])


def _drop_schema(admin: Connection, database: Database, schema: str) -> None:
    owner = sql.SQL("SET LOCAL ROLE {}; ").format(sql.Identifier(database.owner_role))
    names = [row["name"] for row in admin.execute(_TABLES, [schema])]
    for start in range(0, len(names) - TABLES_PER_DROP, TABLES_PER_DROP):
        tables = sql.SQL(", ").join(
            sql.Identifier(schema, name) for name in names[start : start + TABLES_PER_DROP]
        )
        admin.execute(owner + sql.SQL("DROP TABLE {} CASCADE").format(tables))
    admin.execute(owner + sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def _drop_role(admin: Connection, role: str) -> None:
    # Its connections were ended, yet a new one may have been on its way in: the role is then still in use.
    for _ in range(3):
        try:
            if _role_exists(admin, role):
                # It owns no table, but may have made large objects.
                name = sql.Identifier(role)
                admin.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(name, name))
        except psycopg.errors.ObjectInUse:
            _end_connections(admin, role)
        else:
            return


def _role_exists(admin: Connection, role: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _delete_rows(database: Database, tenant: Tenant) -> None:
    with database.control() as control:
        # The tenant's own row last, as everywhere: whoever changes one of these needs it at the commit.
        for table in _LOCKED_FIRST:
            control.execute(f"SELECT FROM control.{table} WHERE tenant_id = %s FOR UPDATE", [tenant.id])
        control.execute("DELETE FROM bus.delivery WHERE tenant = %s", [tenant.schema])
        rows = control.execute("SELECT user_id FROM control.membership WHERE tenant_id = %s", [tenant.id])
        people = [row["user_id"] for row in rows]
        control.execute("DELETE FROM control.membership WHERE tenant_id = %s", [tenant.id])
        control.execute("DELETE FROM control.tenant WHERE id = %s", [tenant.id])
        control.execute(_LONE_USERS, [people])
