"""Plugins made up inside a test: put among the installed ones, turned on for a tenant, gone with the test."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

from charsu.jobs.spec import JobSpec
from charsu.plugins import hookimpl
from charsu.plugins.discovery import installed
from charsu.plugins.host import PluginHost
from charsu.plugins.manifest import Manifest
from charsu.process import Runtime
from charsu_tenants.context import Tenant


class PlantedPoint(EntryPoint):
    """An entry point that leads to a module made up in a test."""

    def load(self) -> Any:
        """The module itself."""
        return _planted[self.name]


_planted: dict[str, ModuleType] = {}


def make_plugin(manifest: Manifest, **hooks: Callable[..., Any]) -> ModuleType:
    """A front door with this manifest and these hook implementations."""
    # Below a package that exists and has no migrations, so that the host finds no tables for it.
    plugin = ModuleType(f"charsu.testing.planted.{manifest.name}")
    plugin.manifest = manifest  # type: ignore[attr-defined]  # what a front door holds
    for name, implementation in hooks.items():
        setattr(plugin, name, hookimpl(implementation))
    return plugin


def plant(runtime: Runtime, *plugins: ModuleType) -> Runtime:
    """The runtime with these plugins besides the installed ones; use it with `charsu.process.use_runtime`."""
    points = []
    for plugin in plugins:
        name = plugin.manifest.name
        _planted[name] = plugin
        points.append(PlantedPoint(name, f"{plugin.__name__}", "charsu.plugins"))
    core_jobs = [job for name, job in runtime.plugins.handlers.items() if name.startswith("core.")]
    host = PluginHost.discover(
        [*installed(), *points], core_jobs=[job for job in core_jobs if isinstance(job, JobSpec)]
    )
    return replace(runtime, plugins=host)


def turn_on(runtime: Runtime, tenant: Tenant, module: str, *, revision: str = "") -> None:
    """Mark a module without tables as enabled for the tenant, past its life-cycle."""
    with runtime.database.control() as conn:
        conn.execute(
            "INSERT INTO control.tenant_module (tenant_id, module, state, revision, enabled_at)"
            " VALUES (%s, %s, 'enabled', %s, now()) ON CONFLICT (tenant_id, module)"
            " DO UPDATE SET state = 'enabled', revision = excluded.revision",
            (tenant.id, module, revision),
        )
