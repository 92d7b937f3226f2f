"""Sees that code of Charsu or of a plugin changed, by the times of its files, for `charsu up --watch`."""

from __future__ import annotations

import os
import sysconfig
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

LOOK_SECONDS = 1.0
#: What a process reads at its start, or keeps once it has read it.
SUFFIXES = frozenset({".py", ".html", ".po", ".txt"})
PASSED_OVER = frozenset({"__pycache__", "node_modules", "vendor"})
CORE = ("charsu", "charsu_tenants", "charsu_migrations")


class Watch:
    """Tells of changes below some folders, each once, when they have settled for a second."""

    def __init__(self, folders: Iterable[Path], installed: Path) -> None:
        self._folders = tuple(folders)
        #: Where distributions are installed: its time changes when one comes or goes.
        self._installed = installed
        self._seen = self._look()
        self._pending = self._seen
        self._next_at = time.monotonic() + LOOK_SECONDS

    def changed(self) -> Path | None:
        """A file that changed, came or went since the last answer; None while none did or more may come."""
        now = time.monotonic()
        if now < self._next_at:
            return None
        self._next_at = now + LOOK_SECONDS
        found = self._look()
        is_settled, self._pending = found == self._pending, found
        if found == self._seen or not is_settled:
            return None
        before, self._seen = self._seen, found
        return min(path for path in before.keys() | found.keys() if before.get(path) != found.get(path))

    def _look(self) -> dict[Path, int]:
        return {path: time_of for path in self._files() if (time_of := _time_of(path)) is not None}

    def _files(self) -> Iterator[Path]:
        yield self._installed
        for folder in self._folders:
            for parent, folders, names in os.walk(folder):
                folders[:] = [name for name in folders if name not in PASSED_OVER]
                yield from (path for name in names if (path := Path(parent, name)).suffix in SUFFIXES)


def watch_code() -> Watch:
    """Watch the packages of the core and of every plugin that are edited in place, and what is installed."""
    installed = Path(sysconfig.get_path("purelib"))
    plugins = {point.module.partition(".")[0] for point in entry_points(group="charsu.plugins")}
    folders = (_folder_of(package) for package in (*CORE, *sorted(plugins)))
    edited = [folder for folder in folders if folder is not None and not folder.is_relative_to(installed)]
    return Watch(edited, installed)


def _folder_of(package: str) -> Path | None:
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _time_of(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
