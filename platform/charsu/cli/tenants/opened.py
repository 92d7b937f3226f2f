"""The database for a command that needs no plugin, and the tenant it speaks of."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from charsu.errors import NotFound
from charsu.server.serving import demand_place, demand_prepared, served
from charsu.settings import load_settings
from charsu.text.i18n import _
from charsu.text.preferences import speak_at_terminal
from charsu_tenants.context import Tenant
from charsu_tenants.database import Database
from charsu_tenants.registry import find_by_slug


@contextmanager
def opened_database() -> Iterator[Database]:
    """The database of the servers that are set or run, closed when the block ends. Raises: ServerFault."""
    demand_place()
    with served(load_settings()) as settings:
        database = Database(settings.database_url, settings.secret_key)
        try:
            demand_prepared(database)
            with speak_at_terminal(os.environ):
                yield database
        finally:
            database.close()


def tenant_of(database: Database, slug: str) -> Tenant:
    """The tenant of a slug. Raises: NotFound."""
    tenant = find_by_slug(database, slug)
    if tenant is None:
        raise NotFound(_("There is no business “%(slug)s”.", slug=slug))
    return tenant
