"""Checks a plugin the way its author wants to know it before a tenant does."""

import inspect
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import psycopg
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import SQLAlchemyError

from charsu.db import Base
from charsu.events.types import BadEvent, Event
from charsu.plugins.checking_settings import check_settings
from charsu.plugins.checking_texts import check_icons, check_texts
from charsu.plugins.checking_trial import check_trial
from charsu.plugins.checking_types import check_permissions, check_types, column_faults
from charsu.plugins.setup import Loaded
from charsu.process import Runtime
from charsu.text.i18n import find_package_folder
from charsu_tenants.erasure import erase_tenant
from charsu_tenants.lineages import Lineage, revisions
from charsu_tenants.registry import create_tenant
from charsu_tenants.sessions import owner_session


def check_plugin(runtime: Runtime, name: str) -> list[str]:
    """Return what is wrong with an installed plugin, one line each; an empty list says that all is well.

    Makes tenants for the length of the check: one for its revisions and, where those run, one that uses it.
    """
    plugin = runtime.plugins.find(name)
    if plugin is None:
        reasons = [item.reason for item in runtime.plugins.quarantined if item.name == name]
        return [f"{name} can not be used: {reason}" for reason in reasons] or [f"{name} is not installed"]
    checks = (
        *(_files, check_texts, _models, _handlers, _events),
        *(check_icons, check_types, check_settings, check_permissions),
    )
    findings = [finding for check in checks for finding in check(runtime, plugin)]
    tables = list(_tables(runtime, plugin))
    return [*findings, *tables, *(() if tables else check_trial(runtime, plugin))]


def _files(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    folder = find_package_folder(plugin.package) or Path()
    if not (folder / "py.typed").exists():
        yield f"{plugin.package}/py.typed is missing"
    distribution = folder.parent
    if (distribution / "pyproject.toml").exists():
        for wanted in ("README.md", "tests"):
            if not (distribution / wanted).exists():
                yield f"{wanted} is missing beside pyproject.toml"


def _models(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    for table in sorted(_own_tables(plugin)):
        if not table.startswith(plugin.manifest.table_prefix):
            yield f"table {table} does not begin with {plugin.manifest.table_prefix}"


def _handlers(runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    for reaction in plugin.reactions:
        try:
            runtime.plugins.event_class(reaction.event_type)
        except BadEvent:
            if not plugin.manifest.optional:
                yield f"reaction {reaction.name} waits for {reaction.event_type}, which no module declares"
        if not _takes(reaction.run, 2):
            yield f"reaction {reaction.name} does not take (ctx, event)"
    for job in plugin.jobs:
        if not _takes(job.run, 1):
            yield f"job {job.name} does not take ctx first"


def _events(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """Events that are written and not given: emitting them fails."""
    given = {*plugin.events, *(event for item in plugin.records for event in item.told)}
    for event in _all_events(Event):
        if (
            event.__module__.partition(".")[0] == plugin.package
            and event not in given
            and "type" in vars(event)
        ):
            yield f"event {event.__name__} is given by no hook: name it in `events`, else emitting it fails"


def _all_events(event: type[Event]) -> Iterator[type[Event]]:
    for below in event.__subclasses__():
        yield below
        yield from _all_events(below)


def _takes(run: Callable[..., object], count: int) -> bool:
    try:
        inspect.signature(run).bind_partial(*range(count))
    except TypeError:
        return False
    return True


def _tables(runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    if plugin.lineage is None:
        return
    needed = [runtime.plugins.module(name).lineage for name in runtime.plugins.requirements(plugin.name)]
    others = [lineage for lineage in needed if lineage is not None and lineage.name != plugin.name]
    slug = f"check-{secrets.token_hex(8)}"
    tenant = create_tenant(runtime.database, slug=slug, name=plugin.name, modules=others)
    try:
        with owner_session(runtime.database, tenant) as session:
            yield from _up_and_down(session.connection(), plugin, plugin.lineage)
    except (SQLAlchemyError, psycopg.Error) as error:
        yield f"its revisions do not run: {error}"
    finally:
        erase_tenant(runtime.database, tenant.id)


def _up_and_down(connection: Connection, plugin: Loaded, lineage: Lineage) -> Iterator[str]:
    """Run every revision; hold what they made to prefix and models; where they can, run them back and
    forth.
    """
    modules = [
        import_module(f"{lineage.package}.versions.{item.path.stem}") for item in revisions(lineage.package)
    ]
    before = _columns(connection)
    _run(connection, modules, "upgrade")
    made = _columns(connection)
    own = {table: columns for table, columns in made.items() if table not in before}
    yield from (
        f"revisions make table {table}, which does not begin with {plugin.manifest.table_prefix}"
        for table in sorted(own)
        if not table.startswith(plugin.manifest.table_prefix)
    )
    yield from (
        f"revisions change table {table}, which is not its own"
        for table in before
        if made.get(table) != before[table]
    )
    yield from column_faults(plugin, own)
    yield from _compare(plugin, own)
    if all(hasattr(module, "downgrade") for module in modules):
        _run(connection, modules[::-1], "downgrade")
        left = sorted(_columns(connection).keys() - before.keys())
        if left:
            yield f"downgrade leaves {', '.join(left)} behind"
            return
        _run(connection, modules, "upgrade")
        if _columns(connection) != made:
            yield "upgrade after downgrade makes other tables"


def _run(connection: Connection, modules: Sequence[ModuleType], verb: str) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        for module in modules:
            getattr(module, verb)()


def _columns(connection: Connection) -> dict[str, frozenset[str]]:
    rows = connection.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        )
    )
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


def _compare(plugin: Loaded, made: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for table in Base.metadata.tables.values():
        if table.name.startswith(plugin.manifest.table_prefix) and table.name in _own_tables(plugin):
            wanted = {column.name for column in table.columns}
            if made.get(table.name) is None:
                yield f"no revision makes table {table.name}"
            elif wanted != made[table.name]:
                names = ", ".join(sorted(wanted ^ made[table.name]))
                yield f"model and revisions of {table.name} differ in {names}"


def _own_tables(plugin: Loaded) -> set[str]:
    return {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.partition(".")[0] == plugin.package
        and isinstance(mapper.local_table, Table)
    }
