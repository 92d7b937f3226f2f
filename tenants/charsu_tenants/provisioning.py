"""Schemas made at once: the DDL of the current heads in one message, with role, grants and control rows."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password, scram_verifier, tenant_role_name
from charsu_tenants.database import Database
from charsu_tenants.lineages import Lineage, core_lineage, head_sql

#: Limits of a tenant's role. A session may lower or raise the settings; the connection limit is hard.
ROLE_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
}
CONNECTION_LIMIT = 40
_VERSION = "CREATE TABLE {0} (version_num varchar(32) NOT NULL); INSERT INTO {0} VALUES ('{1}');"


@dataclass(frozen=True, kw_only=True)
class TenantRow:
    """Columns of `control.tenant` a new schema starts with; the defaults are those of a spare."""

    status: str = "spare"
    columns: dict[str, object] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid4)

    @property
    def schema(self) -> str:
        """Name of its schema and role."""
        return tenant_role_name(self.id)


def provision_schema(database: Database, row: TenantRow, modules: Sequence[Lineage] = ()) -> None:
    """Make role, schema and tables of the core and of `modules`, and the rows of the control plane.

    One message, one transaction: all of it or nothing. The modules' tables are ready, the modules are not
    enabled yet: their rows say so. A lineage named core among them stands for today's core.
    Raises: psycopg.errors.UniqueViolation, where the slug is taken.
    """
    lineages = tuple(modules)
    if all(lineage.name != "core" for lineage in lineages):
        lineages = (core_lineage(), *lineages)
    with database.admin() as admin:
        admin.execute(_message(database, row, lineages))


def provision_module(database: Database, tenant: Tenant, lineage: Lineage) -> bool:
    """Make the tables of one module in a tenant that has none of it; False where they are there already."""
    script = sql.SQL(
        """SET LOCAL ROLE {owner}; SET LOCAL search_path = {schema}; SET LOCAL lock_timeout = '3s';
        INSERT INTO control.tenant_module (tenant_id, module, state, revision)
        VALUES ({id}, {module}, 'disabled', {head});
        CREATE TABLE {table} (version_num varchar(32) NOT NULL); REVOKE ALL ON {table} FROM {schema};
        INSERT INTO {table} VALUES ({head});
        {ddl}"""
    ).format(
        id=sql.Literal(str(tenant.id)),
        owner=sql.Identifier(database.owner_role),
        schema=sql.Identifier(tenant.schema),
        module=sql.Literal(lineage.name),
        head=sql.Literal(lineage.head),
        table=sql.Identifier(lineage.version_table),
        ddl=sql.SQL(head_sql(lineage)),
    )
    with database.admin() as admin:
        try:
            admin.execute(script)
        except psycopg.errors.UniqueViolation as error:
            if error.diag.constraint_name != "pk_tenant_module":
                raise
            return False
    return True


def _message(database: Database, row: TenantRow, lineages: tuple[Lineage, ...]) -> sql.Composed:
    role = sql.Identifier(row.schema)
    owner = sql.Identifier(database.owner_role)
    verifier = scram_verifier(role_password(database.secret_key, row.schema))
    settings = sql.SQL(" ").join(
        sql.SQL("ALTER ROLE {} SET {} = {};").format(role, sql.Identifier(name), sql.Literal(value))
        for name, value in ROLE_SETTINGS.items()
    )
    # The grant comes last: it locks the group until the commit, and provisioning runs in parallel.
    return sql.SQL(
        """CREATE ROLE {role} LOGIN PASSWORD {verifier} CONNECTION LIMIT {limit};
        {settings} ALTER ROLE {role} SET search_path = {role};
        SET LOCAL ROLE {owner}; CREATE SCHEMA {role}; SET LOCAL search_path = {role};
        {versions}
        GRANT USAGE ON SCHEMA {role} TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {role} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA {role} GRANT USAGE ON SEQUENCES TO {role};
        {ddl}
        {rows}
        SET LOCAL ROLE NONE;
        GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE"""
    ).format(
        role=role,
        verifier=sql.Literal(verifier),
        limit=sql.Literal(CONNECTION_LIMIT),
        settings=settings,
        owner=owner,
        group=sql.Identifier(database.tenant_group),
        versions=sql.SQL(_versions_sql(lineages)),
        ddl=sql.SQL(_heads_sql(lineages)),
        rows=_rows(row, lineages),
    )


def _rows(row: TenantRow, lineages: tuple[Lineage, ...]) -> sql.Composed:
    values = {"id": str(row.id), "schema_name": row.schema, "status": row.status, **row.columns}
    modules = sql.SQL(", ").join(
        sql.SQL("({id}, {name}, {state}, {head}, {at})").format(
            id=sql.Literal(str(row.id)),
            name=sql.Literal(lineage.name),
            state=sql.Literal("enabled" if lineage.name == "core" else "disabled"),
            head=sql.Literal(lineage.head),
            at=sql.SQL("now()" if lineage.name == "core" else "NULL"),
        )
        for lineage in lineages
    )
    return sql.SQL(
        """INSERT INTO control.tenant ({columns}) VALUES ({values});
        INSERT INTO control.tenant_module (tenant_id, module, state, revision, enabled_at)
        VALUES {modules};"""
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Literal, values.values())),
        modules=modules,
    )


@functools.cache
def _versions_sql(lineages: tuple[Lineage, ...]) -> str:
    """Version tables, made before the default privileges are: the tenant's role has none on them."""
    return "\n".join(_VERSION.format(line.version_table, line.head) for line in lineages)


@functools.cache
def _heads_sql(lineages: tuple[Lineage, ...]) -> str:
    return "\n".join(head_sql(lineage) for lineage in lineages)
