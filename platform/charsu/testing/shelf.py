"""Plugins for one test: found by entry point as if they were installed, in this process or in another."""

import dataclasses
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from charsu.jobs.spec import JobSpec
from charsu.plugins.discovery import GROUP, installed
from charsu.plugins.host import PluginHost
from charsu.process import Runtime, use_runtime


def entry_points_of(folder: Path) -> list[EntryPoint]:
    """Return the plugins a distribution's folder declares in its pyproject.toml."""
    declared = _project(folder)["entry-points"][GROUP]
    return [EntryPoint(name=name, value=value, group=GROUP) for name, value in declared.items()]


def install(folder: Path, site: Path) -> None:
    """Make a distribution findable for processes that have `site` and `folder` on their PYTHONPATH."""
    project = _project(folder)
    name = str(project["name"])
    info = site / f"{name.replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    lines = [f"[{GROUP}]", *(f"{point.name} = {point.value}" for point in entry_points_of(folder))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def with_plugins(runtime: Runtime) -> Iterator[Callable[..., Runtime]]:
    """`with_plugins(folder, …)`: the runtime with these plugins beside the installed ones, for one test.

    The same folders give the same runtime again, so that `application_of` it is built once.
    """
    path_before = list(sys.path)
    used = []

    def use(*folders: Path) -> Runtime:
        sys.path[:0] = [str(folder) for folder in folders]
        scope = use_runtime(_with(runtime, folders))
        used.append(scope)
        return scope.__enter__()

    yield use
    for scope in reversed(used):
        scope.__exit__(None, None, None)
    sys.path[:] = path_before


@lru_cache(maxsize=16)
def _with(runtime: Runtime, folders: tuple[Path, ...]) -> Runtime:
    points = [*installed(), *(point for folder in folders for point in entry_points_of(folder))]
    core_jobs = [job for name, job in runtime.plugins.handlers.items() if name.startswith("core.")]
    host = PluginHost.discover(points, core_jobs=[job for job in core_jobs if isinstance(job, JobSpec)])
    return dataclasses.replace(runtime, plugins=host)


def _project(folder: Path) -> dict[str, "dict[str, dict[str, str]]"]:
    project: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
        (folder / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]
    return project
