"""One step of a lineage in one tenant: tables, version table and its mirror in one transaction."""

from uuid import UUID

import psycopg
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Connection

from charsu_tenants.database import Database
from charsu_tenants.lineages import Step

#: SQLSTATE of `control.begin_step`: the tenant is not at the revision the step starts from any more.
MOVED_ON = "CH001"
#: Nobody waits longer behind a migration that waits for a lock itself.
LOCK_TIMEOUT = "2s"

# A crash may lose the last of these commits, and the next run does them again; waiting for the disk after
# each of thousands would not make it safer.
_BEFORE = """SET LOCAL ROLE {owner}; SET LOCAL search_path = {schema};
SET LOCAL lock_timeout = {lock_timeout}; SET LOCAL synchronous_commit = off;
SELECT control.begin_step({tenant}, {module}, {start});
"""
# The tenant's row is stamped here and not by the commit: in an online revision too, a wait in vain is
# then an error of psycopg, and the tenant comes again.
_AFTER = """
UPDATE {table} SET version_num = {end};
UPDATE control.tenant_module SET revision = {end} WHERE tenant_id = {tenant} AND module = {module};
SET CONSTRAINTS ALL IMMEDIATE"""


def replay(
    database: Database,
    admin: "psycopg.Connection[tuple[object, ...]]",
    step: Step,
    *,
    tenant_id: UUID,
    schema: str,
) -> None:
    """Take one step in one tenant: one message for rendered SQL, a live connection for an online revision.

    Raises: psycopg.Error; with `MOVED_ON` as its sqlstate when the tenant stands elsewhere by now.
    """
    names = {
        "owner": sql.Identifier(database.owner_role),
        "schema": sql.Identifier(schema),
        "lock_timeout": sql.Literal(LOCK_TIMEOUT),
        "tenant": sql.Literal(str(tenant_id)),
        "module": sql.Literal(step.lineage.name),
        "table": sql.Identifier(step.lineage.version_table),
        "start": sql.Literal(step.start),
        "end": sql.Literal(step.end),
    }
    before = sql.SQL(_BEFORE).format(**names).as_string(admin)
    after = sql.SQL(_AFTER).format(**names).as_string(admin)
    if step.online is None:
        # A message of several statements without BEGIN is one transaction.
        admin.execute((before + step.sql + after).encode())
        return
    with database.admin_engine.begin() as connection:
        _send(connection, before)
        with Operations.context(MigrationContext.configure(connection)):
            step.online.upgrade()
        _send(connection, after)


def _send(connection: Connection, script: str) -> None:
    driver: psycopg.Connection[tuple[object, ...]] = connection.connection.driver_connection  # type: ignore[assignment]
    connection.exec_driver_sql("SELECT 1")
    driver.execute(script.encode())
