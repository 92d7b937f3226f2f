"""Tries a plugin out in a business made for it: turned on, filled with samples, every page of it asked for.

What only shows when code runs is found here: a hook that raises or gives junk, a menu item that leads
nowhere, a template that names what is not there, a job or a reaction that fails, samples that stay behind.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, text
from structlog.testing import capture_logs
from werkzeug.routing import Rule

from charsu.db import tenant_work
from charsu.errors import DomainError, NotFound
from charsu.events import SYSTEM, Reaction
from charsu.jobs.running import read_envelope
from charsu.plugins import faults
from charsu.plugins.checking_settings import try_settings
from charsu.plugins.context import HookContext
from charsu.plugins.guard import Contained, contained, describe
from charsu.plugins.lifecycle import enable_module, lift_quarantine
from charsu.plugins.setup import Loaded
from charsu.process import Runtime
from charsu.records import RecordType
from charsu.samples import add_samples, remove_samples
from charsu.testing.visitors import HostClient, People, application_of
from charsu_tenants.context import Tenant
from charsu_tenants.erasure import erase_tenant
from charsu_tenants.registry import create_tenant, get_tenant

#: Pages of the core on which modules show pieces.
CORE_PAGES = ("/", "/today", "/calendar", "/modules", "/search?q=a")
SERVER_FAULT = 500


def check_trial(runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """What goes wrong when a business uses the plugin, one line each."""
    needed = [runtime.plugins.module(name).lineage for name in runtime.plugins.requirements(plugin.name)]
    tenant = create_tenant(
        runtime.database,
        slug=f"trial-{secrets.token_hex(8)}",
        name=plugin.name,
        modules=[lineage for lineage in needed if lineage is not None],
    )
    try:
        with _listening(plugin.name) as heard:
            yield from _tried(_Trial(runtime, plugin, tenant.id, heard))
    except (Contained, DomainError) as error:
        yield f"it can not be turned on: {error}"
    finally:
        erase_tenant(runtime.database, tenant.id)


@dataclass
class _Trial:
    runtime: Runtime
    plugin: Loaded
    tenant_id: UUID
    #: Faults of the plugin's hooks that the dispatcher has told so far: the hook, and what was wrong.
    heard: list[tuple[str, str]]
    told: set[str] = field(default_factory=set)

    @property
    def tenant(self) -> Tenant:
        """The business as it is now."""
        return get_tenant(self.runtime.database, self.tenant_id)

    def faults(self) -> Iterator[str]:
        """What was heard and not told yet; the module goes on, however many that were."""
        for hook, error in self.heard:
            line = f"hook {hook} fails: {error}"
            if line not in self.told:
                self.told.add(line)
                yield line
        if self.heard:
            self.heard.clear()
            with suppress(NotFound):
                lift_quarantine(self.tenant_id, self.plugin.name, SYSTEM)


def _tried(trial: _Trial) -> Iterator[str]:
    with contained():
        enable_module(trial.tenant_id, trial.plugin.name, SYSTEM)
    with contained():
        add_samples(trial.tenant, SYSTEM)
    yield from trial.faults()
    yield from try_settings(trial.plugin, trial.tenant)
    yield from _pages(trial)
    yield from _handlers(trial)
    with contained():
        kept = remove_samples(trial.tenant, SYSTEM)
    yield from trial.faults()
    if trial.plugin.name not in kept:
        yield from _left_behind(trial)


def _pages(trial: _Trial) -> Iterator[str]:
    """Every address one can ask for without knowing more than a record of each type, page and API alike."""
    tenant, application = trial.tenant, application_of(trial.runtime)
    people = People(trial.runtime, application)
    member = people.member(tenant)
    browser, program = people.browser(member), people.program(member)
    for address in _addresses(trial, application.tenants):
        client = program if address.startswith("/api/") else browser
        yield from _asked(client, address)
        yield from trial.faults()


def _asked(client: HostClient, address: str) -> Iterator[str]:
    with capture_logs() as entries:
        status = client.get(address).status_code
    if status >= SERVER_FAULT:
        reasons = [entry["exc_info"] for entry in entries if isinstance(entry.get("exc_info"), Exception)]
        yield f"GET {address} answers {status}: {describe(reasons[0]) if reasons else 'the log says why'}"


def _addresses(trial: _Trial, app: Flask) -> Iterator[str]:
    """Of the core and the required modules where the plugin may show something, then of the plugin itself."""
    yield from CORE_PAGES
    plugins = trial.runtime.plugins
    types = [
        item for name in plugins.requirements(trial.plugin.name) for item in plugins.module(name).records
    ]
    one_of = {item: _one_id(trial.tenant, item) for item in types}
    yield from (item.url(found) for item, found in one_of.items() if found is not None)
    if trial.plugin.settings is not None:
        yield trial.plugin.settings.url
        yield f"/api/v1/core/modules/{trial.plugin.name}/settings"
    ids = {f"{item.module}_{item.word}": found for item, found in one_of.items()}
    for rule in app.url_map.iter_rules():
        head = rule.endpoint.rpartition(".")[0]
        if head.partition("_")[0] == trial.plugin.manifest.path or head.startswith(
            f"{trial.plugin.manifest.path}_"
        ):
            yield from _filled(rule, ids.get(head.removesuffix("_api")))


def _filled(rule: Rule, record_id: object) -> Iterator[str]:
    if "GET" not in (rule.methods or ()) or rule.endpoint.endswith(".static"):
        return
    if not rule.arguments:
        yield rule.rule
    elif rule.arguments == {"record_id"} and record_id is not None:
        yield rule.rule.replace("<uuid:record_id>", str(record_id))


def _one_id(tenant: Tenant, record_type: RecordType) -> UUID | None:
    with tenant_work(tenant, read_only=True) as session:
        found: UUID | None = session.scalar(select(record_type.model.id).limit(1))
        return found


def _handlers(trial: _Trial) -> Iterator[str]:
    """Each job that runs by the clock, each reaction on an event the samples brought; nothing of it stays."""
    for job in trial.plugin.jobs:
        if job.interval is not None:
            yield from _run(trial.tenant, f"job {job.name}", job.run)
    for reaction in trial.plugin.reactions:
        yield from _run(trial.tenant, f"reaction {reaction.name}", _as_reaction(reaction))


class _Undone(Exception):
    """Ends a unit of work that is not to stay."""


def _run(tenant: Tenant, what: str, run: Callable[[HookContext], None]) -> Iterator[str]:
    try:
        with suppress(_Undone), tenant_work(tenant) as session:
            with contained():
                run(HookContext(tenant=tenant, session=session, actor=SYSTEM))
                session.flush()
            raise _Undone
    except Contained as error:
        yield f"{what} fails: {error}"


def _as_reaction(reaction: Reaction) -> Callable[[HookContext], None]:
    def run(ctx: HookContext) -> None:
        statement = text("SELECT * FROM core_event WHERE type = :type ORDER BY id LIMIT 1")
        row = ctx.session.execute(statement, {"type": reaction.event_type}).mappings().one_or_none()
        if row is not None:
            reaction.run(ctx, read_envelope(dict(row)))

    return run


def _left_behind(trial: _Trial) -> Iterator[str]:
    with tenant_work(trial.tenant, read_only=True) as session:
        for item in trial.plugin.records:
            left = session.scalar(select(func.count()).select_from(item.model).where(item.model.is_sample))
            if left:
                yield f"hook remove_sample leaves {left} of {item.key} behind"


@contextmanager
def _listening(module: str) -> Iterator[list[tuple[str, str]]]:
    """The faults the dispatcher notes of a module while the block runs; they are told and not logged."""
    heard: list[tuple[str, str]] = []

    def hear(record: logging.LogRecord) -> bool:
        if record.msg == faults.FAULT and isinstance(record.args, tuple) and record.args[0] == module:
            heard.append((str(record.args[1]), str(record.args[3])))
        return False

    faults.logger.addFilter(hear)
    try:
        yield heard
    finally:
        faults.logger.removeFilter(hear)
