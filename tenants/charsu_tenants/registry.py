"""The registry of tenants: making, finding, suspending and erasing them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from charsu_tenants.context import TENANT_COLUMNS, Tenant, tenant_from_row
from charsu_tenants.database import Connection, Database
from charsu_tenants.erasure import erase_tenant as erase_tenant
from charsu_tenants.lineages import Lineage
from charsu_tenants.provisioning import TenantRow, provision_schema
from charsu_tenants.slugs import InvalidSlug as InvalidSlug
from charsu_tenants.slugs import check_slug as check_slug
from charsu_tenants.spares import take_spare

#: Every module is free for this long after the sign-up.
TRIAL = dt.timedelta(days=14)
_SELECT = f"SELECT {TENANT_COLUMNS} FROM control.tenant t WHERE "


class UnknownTenant(LookupError):
    """There is no such tenant."""


def create_tenant(
    database: Database,
    *,
    slug: str,
    name: str,
    locale: str = "fa",
    modules: Sequence[Lineage] = (),
    trial: dt.timedelta | None = TRIAL,
) -> Tenant:
    """A new tenant with the tables of the core and of `modules`: a spare where one fits, else made at once.

    The modules are prepared, not enabled: enabling them is the core's business, for it runs their hooks.
    Raises: InvalidSlug, where the slug will not do or is taken.
    """
    columns: dict[str, Any] = {
        "slug": check_slug(slug),
        "name": name,
        "locale": locale,
        "calendar": "jalali" if locale == "fa" else "gregorian",
        "trial_ends_at": dt.datetime.now(dt.UTC) + trial if trial is not None else None,
    }
    try:
        taken = take_spare(database, columns, modules)
        if taken is not None:
            return taken
        row = TenantRow(status="active", columns=columns)
        provision_schema(database, row, modules)
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "uq_tenant_slug":
            raise
        raise InvalidSlug(slug, "taken") from error
    return get_tenant(database, row.id)


def find_by_slug(database: Database, slug: str) -> Tenant | None:
    """The tenant of a slug, whatever its status; None where there is none."""
    return _find(database, "t.slug = %s", slug)


def find_by_id(database: Database, tenant_id: UUID) -> Tenant | None:
    """The tenant of an id, whatever its status; None where there is none."""
    return _find(database, "t.id = %s", tenant_id)


def find_by_schema(database: Database, schema: str) -> Tenant | None:
    """The tenant of a schema, which is how the bus names it; None where there is none."""
    return _find(database, "t.schema_name = %s", schema)


def get_tenant(database: Database, tenant_id: UUID) -> Tenant:
    """The tenant of an id. Raises: UnknownTenant."""
    tenant = find_by_id(database, tenant_id)
    if tenant is None:
        raise UnknownTenant(str(tenant_id))
    return tenant


def list_tenants(database: Database, *, spares: bool = False) -> list[Tenant]:
    """All tenants by slug; the spares among them only when asked for."""
    with database.control_autocommit() as control:
        rows = control.execute(_SELECT + "(%s OR t.status <> 'spare') ORDER BY t.slug, t.id", [spares])
        return [tenant_from_row(row) for row in rows]


def suspend_tenant(database: Database, tenant_id: UUID) -> Tenant:
    """Close the doors of a tenant; its data stays. Doing it twice changes nothing. Raises: UnknownTenant."""
    return _set_status(database, tenant_id, "suspended", "now()")


def resume_tenant(database: Database, tenant_id: UUID) -> Tenant:
    """Open the doors of a suspended tenant again. Raises: UnknownTenant."""
    return _set_status(database, tenant_id, "active", "NULL")


def update_preferences(database: Database, tenant_id: UUID, **changes: str) -> Tenant:
    """Change name, locale, calendar, timezone, currency or money_display. Raises: UnknownTenant,
    ValueError.
    """
    with database.control_autocommit() as control:
        return update_preferences_in(control, tenant_id, **changes)


def update_preferences_in(control: Connection, tenant_id: UUID, **changes: str) -> Tenant:
    """As `update_preferences`, in the caller's own transaction."""
    allowed = {"name", "locale", "calendar", "timezone", "currency", "money_display"}
    if not changes or not allowed.issuperset(changes):
        raise ValueError(f"preferences are {', '.join(sorted(allowed))}")
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    )
    return _update(control, tenant_id, assignments, changes)


def _set_status(database: Database, tenant_id: UUID, status: str, suspended_at: str) -> Tenant:
    assignments = sql.SQL("status = %(status)s, suspended_at = {}").format(sql.SQL(suspended_at))
    with database.control_autocommit() as control:
        return _update(control, tenant_id, assignments, {"status": status})


def _update(
    control: Connection, tenant_id: UUID, assignments: sql.Composable, values: dict[str, str]
) -> Tenant:
    query = sql.SQL(
        """UPDATE control.tenant t SET {} WHERE t.id = %(id)s AND t.status IN ('active', 'suspended')
        RETURNING {}"""
    ).format(assignments, sql.SQL(TENANT_COLUMNS))
    row = control.execute(query, {**values, "id": tenant_id}).fetchone()
    if row is None:
        raise UnknownTenant(str(tenant_id))
    return tenant_from_row(row)


def _find(database: Database, condition: str, value: object) -> Tenant | None:
    with database.control_autocommit() as control:
        row = control.execute(_SELECT + condition, [value]).fetchone()
    return tenant_from_row(row) if row else None
