"""Turns modules on and off for a tenant: requirements along, dependents named, data kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import Connection

from charsu.db import tenant_work
from charsu.errors import Conflict, NotFound
from charsu.events.cause import Actor, acting_as
from charsu.people.permissions import BUILTIN_TITLES, names_for
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import wanted_arguments
from charsu.plugins.manifest import Manifest
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import bus
from charsu_tenants import modules as rows
from charsu_tenants.audit import record_audit
from charsu_tenants.context import ModuleState
from charsu_tenants.database import UNFLUSHED
from charsu_tenants.modules import ModuleRow
from charsu_tenants.provisioning import provision_module
from charsu_tenants.registry import get_tenant


def enable_module(tenant_id: UUID, name: str, actor: Actor) -> list[str]:
    """Turn a module on with everything it requires; return the names that were off before, in order.

    Each module goes by itself: its tables are made where they are missing, its `on_enable` runs in a tenant
    transaction, and only then is it on. An `on_enable` that raises leaves its module off and undone, and the
    error goes to the caller. Kept data is found again. Doing it twice changes nothing.

    Raises: NotFound for an unknown module; Conflict when someone turns it on or off at the same moment.
    """
    wanted = runtime().plugins.requirements(name)
    with modules_locked(tenant_id):
        return [module for module in wanted if _enable(tenant_id, module, actor)]


def disable_module(tenant_id: UUID, name: str, actor: Actor) -> None:
    """Turn a module off; its data stays, its pages answer 404 and its reactions do not run.

    Raises: NotFound; Conflict naming the modules that need it and are on.
    """
    plugins = runtime().plugins
    with modules_locked(tenant_id):
        tenant = get_tenant(runtime().database, tenant_id)
        if name not in tenant.modules or name == "core":
            raise NotFound(_("This module is not turned on."), code="module_disabled")
        dependents = plugins.dependents(name) if plugins.find(name) else ()
        blockers = [plugins.module(other).manifest for other in dependents if other in tenant.modules]
        if blockers:
            raise Conflict(_dependents_message(blockers), code="module_needed")
        with runtime().database.control() as conn:
            if not rows.disable_row(conn, tenant_id, name):
                raise Conflict(_("Someone else has just turned this module off."), code="module_changed")
            bus.drop_parked(conn, tenant.schema, name)
            _audit(conn, tenant_id, actor, "module.disabled", name)


def lift_quarantine(tenant_id: UUID, name: str, actor: Actor) -> None:
    """Let a module that was switched off for its faults try again. Raises: NotFound where it was not."""
    with runtime().database.control() as conn:
        if not rows.lift_row(conn, tenant_id, name):
            raise NotFound(_("This module is not in quarantine."), code="not_quarantined")
        _audit(conn, tenant_id, actor, "module.quarantine_lifted", name)


def module_rows(tenant_id: UUID, conn: Connection[Any] | None = None) -> dict[str, ModuleRow]:
    """Return how the tenant stands with each module whose tables it has, by name."""
    if conn is None:
        with runtime().database.control() as own:
            return module_rows(tenant_id, own)
    return {row.module: row for row in rows.list_modules(conn, tenant_id)}


@contextmanager
def modules_locked(tenant_id: UUID) -> Iterator[None]:
    """Let one at a time change the modules of a tenant, over all the transactions it takes."""
    with runtime().database.control_autocommit() as conn:
        rows.lock_modules(conn, tenant_id)
        try:
            yield
        finally:
            rows.unlock_modules(conn, tenant_id)


def _enable(tenant_id: UUID, name: str, actor: Actor) -> bool:
    row = module_rows(tenant_id).get(name)
    if row is not None and row.is_enabled:
        return False
    if row is None:
        _prepare(tenant_id, name)
    is_fresh = row is None or row.enabled_at is None
    _run_on_enable(tenant_id, name, actor, is_fresh)
    loaded = runtime().plugins.module(name)
    with runtime().database.control() as conn:
        if not rows.enable_row(conn, tenant_id, name):
            raise Conflict(_("Someone else has just turned this module on."), code="module_changed")
        with conn.pipeline():
            if loaded.manifest.is_free:
                rows.grant_free(conn, tenant_id, name)
            if is_fresh:
                wanted = {role: names_for(role, loaded.permissions) for role in BUILTIN_TITLES}
                rows.grant_permissions(conn, tenant_id, wanted)
            _audit(conn, tenant_id, actor, "module.enabled", name)
    return True


def _prepare(tenant_id: UUID, name: str) -> None:
    """Make the module's tables and its row, in one transaction."""
    lineage = runtime().plugins.module(name).lineage
    if lineage is not None:
        provision_module(runtime().database, get_tenant(runtime().database, tenant_id), lineage)
        return
    with runtime().database.control() as conn:
        rows.add_row(conn, tenant_id, name)


def _run_on_enable(tenant_id: UUID, name: str, actor: Actor, is_fresh: bool) -> None:
    """Run the hook as if the module were on already, so that what it emits finds the module's own
    reactions.
    """
    implementations = runtime().plugins.implementations("on_enable", frozenset({name}))
    if not implementations:
        return
    tenant = get_tenant(runtime().database, tenant_id)
    state = ModuleState(revision=runtime().plugins.heads[name], access="full")
    tenant = replace(tenant, modules={**tenant.modules, name: state})
    with acting_as(actor), tenant_work(tenant) as session:
        # The commit that turns the module on comes after this one and waits for the disk for both.
        session.connection().exec_driver_sql(UNFLUSHED)
        ctx = HookContext(tenant=tenant, session=session, actor=actor)
        for item in implementations:
            item.function(**wanted_arguments(item, ctx, {"fresh": is_fresh}))


def _dependents_message(blockers: list[Manifest]) -> str:
    names = _(", ").join(str(manifest.title) for manifest in blockers)
    return _("Turn these off first, they need it: %(names)s.", names=names)


def _audit(conn: Connection[Any], tenant_id: UUID, actor: Actor, action: str, module: str) -> None:
    record_audit(conn, tenant_id=tenant_id, actor=actor.as_json(), action=action, details={"module": module})
