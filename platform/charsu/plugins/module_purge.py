"""The end of a module's life with a business: what it keeps goes for good, a while after it was asked for."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from charsu.errors import Conflict, DomainError, NotFound
from charsu.events.cause import SYSTEM, Actor
from charsu.plugins.guard import describe
from charsu.plugins.lifecycle import module_rows, modules_locked
from charsu.plugins.manifest import Text
from charsu.plugins.setup import Loaded
from charsu.process import Runtime, runtime
from charsu.text.calendar import local_date
from charsu.text.i18n import _, lazy
from charsu_tenants.audit import record_audit
from charsu_tenants.belongings import belongings_of, count_rows
from charsu_tenants.context import current_tenant
from charsu_tenants.modules import ModuleRow
from charsu_tenants.purging import Purge, due_purges, purge_module, set_purge_at
from charsu_tenants.registry import get_tenant
from charsu_tenants.sessions import driver_of

#: Days between the asking and the removal, in which it can be called off.
GRACE_DAYS = 30

_OF_KIT = """SELECT
  (SELECT count(*) FROM core_attachment WHERE split_part(record_type, '.', 1) = %(path)s),
  (SELECT count(*) FROM core_custom_field WHERE split_part(record_type, '.', 1) = %(path)s),
  (SELECT count(*) FROM core_saved_view WHERE split_part(record_type, '.', 1) = %(path)s)"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Going:
    """Rows of one kind that a purge removes."""

    title: Text
    count: int


def ask_purge(tenant_id: UUID, name: str, actor: Actor) -> datetime:
    """Have the data of a module that is off removed when the grace period is over; returns from when on.

    Asking again begins the period anew; turning the module on ends it. Raises as `check_purge`.
    """
    with modules_locked(tenant_id):
        check_purge(tenant_id, name)
        with runtime().database.control() as conn:
            set_purge_at(conn, tenant_id, name, GRACE_DAYS)
            due = module_rows(tenant_id, conn)[name].purge_at
            if due is None:
                raise _changed()
            day = {"purge_on": local_date(due).isoformat()}
            _note(conn, tenant_id, actor, "module.purge_asked", {"module": name, **day})
    return due


def cancel_purge(tenant_id: UUID, name: str, actor: Actor) -> None:
    """Keep the data after all. Raises: NotFound where nobody asked, or it is gone already."""
    with modules_locked(tenant_id), runtime().database.control() as conn:
        if not set_purge_at(conn, tenant_id, name, None):
            raise NotFound(_("Nobody has asked for its data to be removed."), code="no_purge")
        _note(conn, tenant_id, actor, "module.purge_cancelled", {"module": name})


def purge_now(tenant_id: UUID, name: str, actor: Actor, *, is_due: bool = False) -> None:
    """Remove it at once, in one transaction; with `is_due` only where its time has come.

    Raises as `check_purge`; Conflict where something else in the business needs its tables, or somebody is at
    work with them.
    """
    with modules_locked(tenant_id):
        plugin, _row = check_purge(tenant_id, name)
        tenant = get_tenant(runtime().database, tenant_id)
        purge = Purge(name, plugin.manifest.path)
        try:
            done = purge_module(runtime().database, tenant, purge, actor.as_json(), is_now=not is_due)
        except psycopg.errors.DependentObjectsStillExist as error:
            logger.warning("module %s of %s is not purged: %s", name, tenant.slug, describe(error))
            text = _("Other tables of the business need its own, so all of it stays.")
            raise Conflict(text, code="in_use") from error
        except psycopg.errors.LockNotAvailable as error:
            text = _("Somebody is at work with its data right now. Please try again.")
            raise Conflict(text, code="busy") from error
    if not done:
        raise _changed()


def check_purge(tenant_id: UUID, name: str) -> tuple[Loaded, ModuleRow]:
    """The module and how the business stands with it, where its data can be removed.

    Raises: NotFound for what is unknown or holds nothing; Conflict for the core, for what is turned on, and
    where modules that need it still hold data.
    """
    plugins = runtime().plugins
    if name == "core":
        raise Conflict(_("The core stays as long as the business does."), code="core_stays")
    plugin, rows = plugins.module(name), module_rows(tenant_id)
    if name not in rows:
        raise NotFound(_("This module holds no data."), code="no_data")
    if rows[name].is_enabled:
        raise Conflict(_("Turn the module off first."), code="module_enabled")
    holding = [str(plugins.module(one).manifest.title) for one in plugins.dependents(name) if one in rows]
    if holding:
        names = _(", ").join(holding)
        raise Conflict(
            _("The data of these modules hangs on it and has to go first: %(names)s.", names=names),
            code="module_needed",
        )
    return plugin, rows[name]


def what_goes(session: Session, plugin: Loaded) -> list[Going]:
    """What a purge would remove from the business of this session, kinds of records first."""
    with driver_of(session) as connection:
        schema = current_tenant().schema
        counts = count_rows(connection, schema, belongings_of(connection, schema, plugin.name).tables)
        files, fields, views = _of_kit(connection, plugin.manifest.path)
    found = [Going(item.plural_title, counts.pop(item.model.__tablename__, 0)) for item in plugin.records]
    further = [
        Going(lazy("Further entries"), sum(counts.values())),
        Going(lazy("Files"), files),
        Going(lazy("Fields"), fields),
        Going(lazy("Saved views"), views),
    ]
    return [*found, *(item for item in further if item.count)]


def purge_due(started: Runtime) -> None:
    """The job: remove what is due. What can not go now stays due, and is tried again the next time."""
    with started.database.control() as conn:
        due = due_purges(conn)
    for tenant_id, name in due:
        try:
            purge_now(tenant_id, name, SYSTEM, is_due=True)
        except (DomainError, psycopg.Error) as error:
            logger.warning("module %s of tenant %s is not purged yet: %s", name, tenant_id, describe(error))


def _of_kit(connection: psycopg.Connection[Any], path: str) -> tuple[int, int, int]:
    files, fields, views = connection.execute(_OF_KIT, {"path": path}).fetchone() or (0, 0, 0)
    return files, fields, views


def _changed() -> Conflict:
    return Conflict(_("Somebody else has just changed this module."), code="module_changed")


def _note(
    conn: psycopg.Connection[Any], tenant_id: UUID, actor: Actor, action: str, details: Mapping[str, str]
) -> None:
    record_audit(conn, tenant_id=tenant_id, actor=actor.as_json(), action=action, details=details)
