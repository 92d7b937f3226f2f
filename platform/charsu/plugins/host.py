"""The plugin host: which plugins this process has, and who implements which hook."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pluggy

from charsu.errors import NotFound
from charsu.events.reaction import Reaction
from charsu.events.types import BadEvent, Event
from charsu.jobs.spec import JobSpec
from charsu.people.permissions import CORE_PERMISSIONS
from charsu.plugins import hookspecs
from charsu.plugins.discovery import Found, Quarantined, installed, load_all
from charsu.plugins.guard import Contained, contained
from charsu.plugins.pieces import Permission
from charsu.plugins.setup import Loaded, set_up
from charsu.records.links import know_types
from charsu_tenants.lineages import Lineage, core_lineage


@dataclass(frozen=True, kw_only=True)
class Implementation:
    """One plugin's function for one hook, and the arguments it wants."""

    module: str
    function: Callable[..., object]
    arguments: tuple[str, ...]


class PluginHost:
    """The plugins of this process in dependency order, with what they brought.

    pluggy checks and keeps the registrations; calls go through `charsu.plugins.dispatch`, which guards each
    of them.
    """

    def __init__(
        self,
        found: Iterable[Found] = (),
        quarantined: Iterable[Quarantined] = (),
        core_jobs: Iterable[JobSpec] = (),
    ) -> None:
        self._manager = pluggy.PluginManager("charsu")
        self._manager.add_hookspecs(hookspecs)
        self._loaded: dict[str, Loaded] = {}
        self._quarantined = list(quarantined)
        self._events: dict[str, type[Event]] = {}
        self._compiled: dict[tuple[str, frozenset[str]], tuple[Implementation, ...]] = {}
        self._reactions: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
        for plugin in found:
            self._add(plugin)
        self._handlers: dict[str, Reaction | JobSpec] = {f"core.{job.name}": job for job in core_jobs}
        for loaded in self._loaded.values():
            self._handlers |= {f"{loaded.name}.{item.name}": item for item in loaded.handlers}
        #: Revision each module's tables must stand at, the core's among them.
        self.heads: dict[str, str] = {plugin.name: plugin.head for plugin in self._loaded.values()}
        self.heads["core"] = core_lineage().head

    @classmethod
    def discover(
        cls, points: Iterable[EntryPoint] | None = None, *, core_jobs: Iterable[JobSpec] = ()
    ) -> PluginHost:
        """Load every installed plugin (or those of `points`); never raises for a plugin's fault."""
        found, quarantined = load_all(installed() if points is None else points)
        return cls(found, quarantined, core_jobs)

    @property
    def loaded(self) -> tuple[Loaded, ...]:
        """Return the plugins in use, each after those it requires."""
        return tuple(self._loaded.values())

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """Return the plugins that are installed but could not be used, with reasons."""
        return tuple(sorted(self._quarantined, key=lambda item: item.name))

    @property
    def lineages(self) -> tuple[Lineage, ...]:
        """Return the revisions of every plugin that owns tables, in dependency order; the core's are not
        among them.
        """
        return tuple(plugin.lineage for plugin in self._loaded.values() if plugin.lineage is not None)

    @property
    def permissions(self) -> dict[str, Permission]:
        """Return every declared permission by name, in the plugins' order."""
        return {item.name: item for plugin in self._loaded.values() for item in plugin.permissions}

    @property
    def handlers(self) -> dict[str, Reaction | JobSpec]:
        """Return what a delivery may name: `<module>.<reaction or job>`."""
        return self._handlers

    def find(self, name: str) -> Loaded | None:
        """Return the plugin in use of that name, or None."""
        return self._loaded.get(name)

    def module(self, name: str) -> Loaded:
        """Return the plugin in use of that name; raises `NotFound`."""
        try:
            return self._loaded[name]
        except KeyError:
            raise NotFound(f"There is no module {name!r}.") from None

    def requirements(self, name: str) -> tuple[str, ...]:
        """Return all modules `name` needs, itself last, each after those it requires."""
        wanted: dict[str, None] = {}
        for other in self.module(name).manifest.requires:
            wanted |= dict.fromkeys(self.requirements(other))
        return (*wanted, name)

    def dependents(self, name: str) -> tuple[str, ...]:
        """Return the modules that need `name`, directly or through others, in dependency order."""
        return tuple(other for other in self._loaded if other != name and name in self.requirements(other))

    def event_class(self, name: str) -> type[Event]:
        """Return the declared class of an event type; raises `BadEvent`."""
        try:
            return self._events[name]
        except KeyError:
            raise BadEvent(f"no module declares the event {name}") from None

    def implementations(self, hook: str, modules: frozenset[str]) -> tuple[Implementation, ...]:
        """Return the implementations of a hook among `modules`, in dependency order; compiled once per
        set.
        """
        key = (hook, modules)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = self._compile(hook, modules)
        return compiled

    def reactions_to(self, event_type: str, modules: frozenset[str]) -> tuple[str, ...]:
        """Return the handlers `<module>.<reaction>` among `modules` that want events of this type."""
        key = (event_type, modules)
        handlers = self._reactions.get(key)
        if handlers is None:
            handlers = self._reactions[key] = tuple(
                f"{plugin.name}.{reaction.name}"
                for plugin in self._loaded.values()
                if plugin.name in modules
                for reaction in plugin.reactions
                if reaction.event_type == event_type
            )
        return handlers

    def _compile(self, hook: str, modules: frozenset[str]) -> tuple[Implementation, ...]:
        by_module = {item.plugin_name: item for item in getattr(self._manager.hook, hook).get_hookimpls()}
        return tuple(
            Implementation(module=name, function=by_module[name].function, arguments=by_module[name].argnames)
            for name in self._loaded
            if name in modules and name in by_module
        )

    def _add(self, found: Found) -> None:
        name = found.manifest.name
        try:
            missing = [other for other in found.manifest.requires if other not in self._loaded]
            if missing:
                raise Contained(f"requires {', '.join(missing)}, which is not there")
            loaded = self._register(found)
        except Contained as refusal:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self._quarantined.append(
                Quarantined(name=name, reason=str(refusal), distribution=found.distribution)
            )
            return
        self._loaded[name] = loaded
        self._events |= {item.type: item for item in loaded.events}
        know_types(loaded.records)

    def _register(self, found: Found) -> Loaded:
        with contained():
            self._manager.register(found.plugin, found.manifest.name)
        callers = self._manager.get_hookcallers(found.plugin) or []
        unknown = sorted(caller.name for caller in callers if not caller.has_spec())
        if unknown:
            raise Contained(f"implements {unknown[0]}, which is no hook of this core")
        implementations = {c.name: getattr(found.plugin, c.name) for c in callers if not _wants(c)}
        loaded = set_up(
            found, implementations, [item.name for item in CORE_PERMISSIONS] + list(self.permissions)
        )
        for event in loaded.events:
            if event.type in self._events:
                raise Contained(f"event {event.type} is declared by another module already")
        return loaded


def _wants(caller: pluggy.HookCaller) -> tuple[str, ...]:
    """Return the arguments of a hook's specification: set-up hooks have none."""
    specification = getattr(hookspecs, caller.name)
    return tuple(inspect.signature(specification).parameters)
