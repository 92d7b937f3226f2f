"""Calls a plugin's set-up hooks once and checks what they gave."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TypeVar

from flask import Blueprint
from flask_smorest import Blueprint as SmorestBlueprint

from charsu.events.reaction import Reaction
from charsu.events.types import Event, check_event_class
from charsu.jobs.spec import JobSpec
from charsu.module_settings.declaration import AnySettings, ModuleSettings
from charsu.plugins.discovery import Found
from charsu.plugins.guard import Contained, contained, time_limit
from charsu.plugins.manifest import Manifest
from charsu.plugins.mounting import check_mount
from charsu.plugins.pieces import Permission
from charsu.records.record_type import RecordType
from charsu_tenants.lineages import Lineage, load_lineage

T = TypeVar("T")
SETUP_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A plugin in use: its manifest and everything its set-up hooks gave."""

    manifest: Manifest
    plugin: ModuleType
    package: str
    distribution: str
    pages: tuple[Blueprint, ...] = ()
    api: tuple[Blueprint, ...] = ()
    permissions: tuple[Permission, ...] = ()
    events: tuple[type[Event], ...] = ()
    records: tuple[RecordType, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    jobs: tuple[JobSpec, ...] = ()
    #: What a business can set for it; None where it has none, or where they can't be used.
    settings: AnySettings | None = None
    #: Why they can't be used; empty where all is well.
    settings_fault: str = ""
    #: Revisions of its tables; None for a plugin that owns none.
    lineage: Lineage | None = None

    @property
    def handlers(self) -> list[Reaction | JobSpec]:
        """Return what deliveries may name: the reactions, then the jobs."""
        return [*self.reactions, *self.jobs]

    @property
    def head(self) -> str:
        """Return the revision its tables must stand at; empty for a plugin without tables."""
        return self.lineage.head if self.lineage else ""

    @property
    def name(self) -> str:
        """Return the module's name."""
        return self.manifest.name


def set_up(
    found: Found, implementations: Mapping[str, Callable[[], object]], known_permissions: Iterable[str]
) -> Loaded:
    """Call the set-up hooks; raise `Contained` with the reason when one raises, hangs or gives junk.

    `known_permissions` are those of the core and of the plugins before this one.
    """

    def ask(hook: str, kind: type[T]) -> tuple[T, ...]:
        implementation = implementations.get(hook)
        return _answers(hook, implementation, kind) if implementation else ()

    with contained():
        records = ask("records", RecordType)
        of_records = tuple(item for kind in records for item in kind.permissions)
        facts = tuple(event for kind in records for event in kind.told)
        own_events = _event_classes(ask("events", type))
        loaded = Loaded(
            manifest=found.manifest,
            plugin=found.plugin,
            package=found.package,
            distribution=found.distribution,
            pages=ask("pages", Blueprint),
            api=ask("api", SmorestBlueprint),
            permissions=(*of_records, *ask("permissions", Permission)),
            events=(*_event_classes(tuple(item for item in facts if item not in own_events)), *own_events),
            records=records,
            reactions=ask("reactions", Reaction),
            jobs=ask("jobs", JobSpec),
            lineage=_lineage(found),
        )
    _check_names(loaded)
    if any(job.scope == "platform" for job in loaded.jobs):
        raise Contained("only the core has platform jobs")
    permissions = {item.name for item in loaded.permissions} | set(known_permissions)
    check_mount(loaded.manifest, (*loaded.pages, *loaded.api), permissions)
    return _with_settings(loaded, implementations.get("settings"), permissions)


def _with_settings(
    loaded: Loaded, implementation: Callable[[], object] | None, permissions: Collection[str]
) -> Loaded:
    """The plugin with its settings; where they can't be used, with the reason: it works on without them."""
    if implementation is None:
        return loaded
    try:
        with contained(), time_limit(SETUP_SECONDS):
            given = implementation()
            if not isinstance(given, ModuleSettings):
                raise TypeError(f"settings gave a {type(given).__name__}, not a ModuleSettings")
            fault = next(_settings_faults(loaded, given, permissions), "")
    except Contained as refusal:
        return replace(loaded, settings_fault=str(refusal))
    return replace(loaded, settings_fault=fault) if fault else replace(loaded, settings=given)


def _settings_faults(loaded: Loaded, given: AnySettings, permissions: Collection[str]) -> Iterator[str]:
    if given.module != loaded.name:
        yield f"settings name {given.module} as their module, not {loaded.name}"
    if given.permission not in permissions:
        yield f"settings ask for {given.permission}, which nobody declares"
    elif given.permission.endswith(".read"):
        yield f"settings would be changed under {given.permission}"
    yield from given.faults()


def _check_names(loaded: Loaded) -> None:
    """Permissions and types are under the module's own path; what deliveries name is there once."""
    path = loaded.manifest.path
    foreign = [item.name for item in loaded.permissions if not item.name.startswith(f"{path}.")]
    if foreign:
        raise Contained(f"permission {foreign[0]} does not begin with {path}.")
    strangers = [item.key for item in loaded.records if item.module != path]
    if strangers:
        raise Contained(f"record type {strangers[0]} does not name {path} as its module")
    handlers = [item.name for item in loaded.handlers]
    twice = sorted({item for item in handlers if handlers.count(item) > 1})
    if twice:
        raise Contained(f"two reactions or jobs of {loaded.name} are named {twice[0]}")


def _lineage(found: Found) -> Lineage | None:
    package = f"{found.package}.migrations"
    if importlib.util.find_spec(package) is None:
        return None
    return load_lineage(found.manifest.name, package)


def _answers(hook: str, implementation: Callable[[], object], kind: type[T]) -> tuple[T, ...]:
    with contained(), time_limit(SETUP_SECONDS):
        given = implementation()
        answers = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str | bytes) else None
    if answers is None:
        raise Contained(f"{hook} gave a {type(given).__name__}, not a list")
    for answer in answers:
        if not isinstance(answer, kind):
            raise Contained(f"{hook} gave a {type(answer).__name__}, not a {kind.__name__}")
    return answers


def _event_classes(classes: tuple[type, ...]) -> tuple[type[Event], ...]:
    for item in classes:
        if not issubclass(item, Event):
            raise Contained(f"events gave {item.__name__}, which is no Event")
        check_event_class(item)
    return classes
