"""Removal of rows of tenants that are needed for a while only: marks of work done, kept answers."""

from datetime import timedelta

from psycopg import sql

from charsu_tenants.database import Database
from charsu_tenants.registry import list_tenants


def prune_tenants(database: Database, *, table: str, moment: str, keep: timedelta) -> int:
    """Remove the rows of a table whose column `moment` is longer ago than `keep`, in every tenant; how many.

    One short statement a tenant, as the owner: some of these tables a tenant may only add to.
    """
    removed = 0
    for tenant in list_tenants(database):
        statement = sql.SQL("DELETE FROM {} WHERE {} < now() - %s").format(
            sql.Identifier(tenant.schema, table), sql.Identifier(moment)
        )
        with database.admin() as admin:
            removed += admin.execute(statement, [keep]).rowcount
    return removed
