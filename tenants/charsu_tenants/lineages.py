"""Lineages of revisions, one per module: read with Alembic, rendered to SQL once per process."""

import functools
import importlib.util
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


class BadLineage(Exception):
    """Revisions that can not be put in one line; the text names the module and the reason."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The revisions of one module, in `<package>/versions`, up to `head`."""

    name: str
    #: Importable package whose folder `versions` holds the revisions.
    package: str
    head: str

    @property
    def version_table(self) -> str:
        """Table of a tenant schema that holds the revision the module stands at there."""
        return f"v_{self.name}"


@dataclass(frozen=True, slots=True)
class Step:
    """A revision, or several in a row, that lead from one revision of a module to another."""

    lineage: Lineage
    #: None: the tables are not there yet.
    start: str | None
    end: str
    #: SQL without any schema name; empty where `online` is set.
    sql: str
    #: A revision that works on data: its `upgrade()` needs a live connection.
    online: ModuleType | None = None


def load_lineage(name: str, package: str) -> Lineage:
    """The lineage of a module as it stands on disk. Raises: BadLineage."""
    if not name.isidentifier():
        raise BadLineage(f"{name!r} is not a name of a module")
    return Lineage(name=name, package=package, head=_revisions(package)[-1])


def core_lineage() -> Lineage:
    """The core's own tables, which every tenant has."""
    return load_lineage("core", "charsu_migrations.tenant")


def control_lineage() -> Lineage:
    """The control plane and the bus, which exist once in a database."""
    return load_lineage("control", "charsu_migrations.control")


def steps(lineage: Lineage, start: str | None) -> Sequence[Step]:
    """What leads from `start` to the head: as few steps as online revisions leave. Raises: BadLineage."""
    return _steps(lineage, start)


def head_sql(lineage: Lineage) -> str:
    """DDL of an empty schema at the head; online revisions only move data, so they are left out."""
    return "\n".join(step.sql for step in steps(lineage, None) if step.online is None)


@functools.cache
def _steps(lineage: Lineage, start: str | None) -> tuple[Step, ...]:
    line = _revisions(lineage.package)
    if start is not None and start not in line:
        raise BadLineage(f"module {lineage.name} has no revision {start}: a newer version was here before")
    scripts = _scripts(lineage.package)
    found: list[Step] = []
    at = start
    for name in line[line.index(start) + 1 if start is not None else 0 : line.index(lineage.head) + 1]:
        module = scripts.get_revision(name).module
        if getattr(module, "online", False):
            found.append(Step(lineage, at, name, "", module))
        elif found and found[-1].online is None:
            found[-1] = Step(lineage, found[-1].start, name, found[-1].sql + _render(module))
        else:
            found.append(Step(lineage, at, name, _render(module)))
        at = name
    return tuple(found)


@functools.cache
def _revisions(package: str) -> tuple[str, ...]:
    """Every revision of a package, oldest first."""
    scripts = _scripts(package)
    heads = scripts.get_heads()
    if len(heads) != 1:
        raise BadLineage(f"{package} must have one head, not {len(heads)}: {', '.join(heads) or 'none'}")
    return tuple(script.revision for script in scripts.walk_revisions())[::-1]


@functools.cache
def _scripts(package: str) -> ScriptDirectory:
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise BadLineage(f"{package} is not an importable package")
    return ScriptDirectory(places[0], version_locations=[str(Path(places[0], "versions"))])


def _render(module: ModuleType) -> str:
    """SQL that `upgrade()` of a revision sends, without running any of it."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "output_buffer": buffer},
    )
    with Operations.context(context):
        module.upgrade()
    return buffer.getvalue()
