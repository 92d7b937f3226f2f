"""What one process of Charsu holds: its settings, database, plugins and bell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charsu.jobs.bell import Bell
    from charsu.plugins.host import PluginHost
    from charsu.settings import Settings
    from charsu_tenants.database import Database


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Everything that lives as long as the process; made once by `charsu.runtime.start_runtime`."""

    settings: Settings
    database: Database
    plugins: PluginHost
    bell: Bell

    @property
    def heads(self) -> Mapping[str, str]:
        """Revision each module's tables must stand at in a tenant, by module, the core's among them."""
        return self.plugins.heads


_runtime: Runtime | None = None


def runtime() -> Runtime:
    """Return the runtime of this process; raises `RuntimeError` before one was started."""
    if _runtime is None:
        raise RuntimeError("no runtime: call start_runtime first")
    return _runtime


def set_runtime(new: Runtime | None) -> Runtime | None:
    """Put `new` in place for the whole process and return what was there."""
    global _runtime
    before, _runtime = _runtime, new
    return before


@contextmanager
def use_runtime(new: Runtime) -> Iterator[Runtime]:
    """Replace the runtime for the length of a block: tests, and commands that start one of their own."""
    before = set_runtime(new)
    try:
        yield new
    finally:
        set_runtime(before)
