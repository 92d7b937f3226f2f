"""Sample data: every module adds its own, and one click takes all of it away again."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.db import tenant_work
from charsu.errors import Conflict
from charsu.events.cause import Actor, acting_as
from charsu.plugins.apart import done_apart
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import usable_modules, wanted_arguments
from charsu.plugins.faults import note_fault
from charsu.plugins.guard import Contained, contained
from charsu.plugins.host import Implementation
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants.context import Tenant, tenant_scope
from charsu_tenants.sessions import owner_session

SETTING = "sample_data"


def has_samples(session: Session) -> bool:
    """Whether the business of this session holds sample data now."""
    found = session.execute(text("SELECT 1 FROM core_setting WHERE key = :key"), {"key": SETTING})
    return found.first() is not None


def add_samples(tenant: Tenant, actor: Actor) -> list[str]:
    """Let every module add its sample data, requirements first; return the modules that failed to.

    All in one transaction, where a module that raises loses its own data alone. Raises: Conflict when sample
    data is there already.
    """
    failed = []
    with acting_as(actor), tenant_work(tenant) as session:
        mark = text(
            "INSERT INTO core_setting (key, value) VALUES (:key, 'true') ON CONFLICT DO NOTHING RETURNING key"
        )
        if session.execute(mark, {"key": SETTING}).first() is None:
            raise Conflict(_("The sample data is there already."), code="samples_present")
        ctx = HookContext(tenant=tenant, session=session, actor=actor)
        for item in runtime().plugins.implementations("add_sample", usable_modules(tenant)):
            try:
                with contained(), session.begin_nested():
                    item.function(**wanted_arguments(item, ctx, {}))
            except Contained as error:
                failed.append(item.module)
                note_fault(tenant, item.module, "add_sample", str(error), error)
    return failed


def remove_samples(tenant: Tenant, actor: Actor) -> list[str]:
    """Let every module remove its sample data, dependents first, as the owner of the tables.

    Whatever people entered themselves stays. A module that raises, or is out of service, keeps its own, and
    so do those it requires, since its rows hang on theirs; returns these, and it can be tried again. Doing it
    twice changes nothing.
    """
    plugins, usable = runtime().plugins, usable_modules(tenant)
    kept: list[str] = []
    with acting_as(actor), tenant_scope(tenant), owner_session(runtime().database, tenant) as session:
        ctx = HookContext(tenant=tenant, session=session, actor=actor)
        for item in reversed(plugins.implementations("remove_sample", frozenset(tenant.modules))):
            is_hung_on = not set(kept).isdisjoint(plugins.dependents(item.module))
            if item.module not in usable or is_hung_on or not _remove(item, ctx):
                kept.append(item.module)
        if not kept:
            session.execute(text("DELETE FROM core_setting WHERE key = :key"), {"key": SETTING})
    return kept


def _remove(item: Implementation, ctx: HookContext) -> bool:
    """Let one module remove its own; False where it failed, and all of it is in place."""

    def remove() -> bool:
        item.function(**wanted_arguments(item, ctx, {}))
        ctx.session.flush()
        return True

    return done_apart(ctx.session, item.module, "remove_sample", remove, missing=False)
