"""Adds and removes the sample records of all modules of a tenant, on a person's wish."""

from charsu.db import tenant_work
from charsu.events.cause import Actor, acting_as
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import note_fault, usable_modules, wanted_arguments
from charsu.plugins.guard import Contained, contained
from charsu.process import runtime
from charsu_tenants.context import Tenant, tenant_scope
from charsu_tenants.sessions import owner_session


def add_samples(tenant: Tenant, actor: Actor) -> list[str]:
    """Have every module add its sample records, required ones first; return the modules that failed to.

    One tenant transaction for all. A module that raises loses its own records alone.
    """
    failed = []
    with acting_as(actor), tenant_work(tenant) as session:
        ctx = HookContext(tenant=tenant, session=session, actor=actor)
        for item in runtime().plugins.implementations("add_sample", usable_modules(tenant)):
            try:
                with contained(), session.begin_nested():
                    item.function(**wanted_arguments(item, ctx, {}))
            except Contained as error:
                failed.append(item.module)
                note_fault(tenant, item.module, "add_sample", str(error), error)
    return failed


def remove_samples(tenant: Tenant, actor: Actor) -> None:
    """Have every module remove its sample records, dependents first; all of them or, when one raises, none.

    Runs as the owner of the tables: history of sample records may be deleted here, and only here.
    """
    implementations = runtime().plugins.implementations("remove_sample", usable_modules(tenant))
    with acting_as(actor), tenant_scope(tenant), owner_session(runtime().database, tenant) as session:
        ctx = HookContext(tenant=tenant, session=session, actor=actor)
        for item in reversed(implementations):
            item.function(**wanted_arguments(item, ctx, {}))
