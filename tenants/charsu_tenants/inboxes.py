"""Marks of work that is done, in each tenant's `core_inbox`: needed while a delivery could come again, then
not.
"""

from datetime import timedelta

from psycopg import sql

from charsu_tenants.database import Database
from charsu_tenants.registry import list_tenants


def prune_inboxes(database: Database, *, keep: timedelta) -> int:
    """Remove marks older than `keep` from every tenant, as the owner: tenants only add to them; return how
    many.

    One short statement a tenant. A delivery of that age that is still there is one that never ran.
    """
    removed = 0
    for tenant in list_tenants(database):
        statement = sql.SQL("DELETE FROM {}.core_inbox WHERE done_at < now() - %s").format(
            sql.Identifier(tenant.schema)
        )
        with database.admin() as admin:
            removed += admin.execute(statement, [keep]).rowcount
    return removed
