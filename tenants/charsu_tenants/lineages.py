"""Lineages of revisions, one per module: Alembic's files, read without importing Alembic or running them.

A command that finds nothing to do needs no more than the names of the heads; only what must be rendered
loads Alembic, and SQLAlchemy with it.
"""

import ast
import functools
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


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
class Revision:
    """One file of a lineage."""

    name: str
    before: str | None
    path: Path
    #: Works on data: its `upgrade()` needs a live connection, and a new tenant does without it.
    is_online: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A revision, or several in a row, that lead from one revision of a module to another."""

    lineage: Lineage
    #: None: the tables are not there yet.
    start: str | None
    end: str
    #: SQL without any schema name; empty where `online` is set.
    sql: str
    #: The revision itself where its `upgrade()` needs a live connection.
    online: ModuleType | None = None


def load_lineage(name: str, package: str) -> Lineage:
    """The lineage of a module as it stands on disk. Raises: BadLineage."""
    if not name.isidentifier():
        raise BadLineage(f"{name!r} is not a name of a module")
    return Lineage(name=name, package=package, head=revisions(package)[-1].name)


def core_lineage() -> Lineage:
    """The core's own tables, which every tenant has."""
    return load_lineage("core", "charsu_migrations.tenant")


def control_lineage() -> Lineage:
    """The control plane and the bus, which exist once in a database."""
    return load_lineage("control", "charsu_migrations.control")


def lineages_of(packages: Mapping[str, str]) -> list[Lineage]:
    """The core's lineage, then that of each module (name to package) which has `<package>.migrations`."""
    return [
        core_lineage(),
        *(
            load_lineage(name, f"{package}.migrations")
            for name, package in packages.items()
            if find_spec(f"{package}.migrations") is not None
        ),
    ]


def steps(lineage: Lineage, start: str | None) -> Sequence[Step]:
    """What leads from `start` to the head: as few steps as online revisions leave. Raises: BadLineage."""
    found: Sequence[Step] = importlib.import_module("charsu_tenants.rendering").render_steps(lineage, start)
    return found


def head_sql(lineage: Lineage) -> str:
    """DDL of an empty schema at the head; online revisions only move data, so they are left out."""
    return "\n".join(step.sql for step in steps(lineage, None) if step.online is None)


@functools.cache
def revisions(package: str) -> tuple[Revision, ...]:
    """Every revision of a package, oldest first. Raises: BadLineage, unless they stand in one line."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise BadLineage(f"{package} is not an importable package")
    found = [_read(path) for path in sorted(Path(places[0], "versions").glob("[!_]*.py"))]
    if len({revision.name for revision in found}) < len(found):
        raise BadLineage(f"{package} has two revisions of one name")
    befores = {revision.before for revision in found}
    heads = [revision for revision in found if revision.name not in befores]
    if len(heads) != 1:
        names = ", ".join(revision.name for revision in heads)
        raise BadLineage(f"{package} must have one head, not {len(heads)}: {names or 'none'}")
    return _line(package, heads[0], {revision.name: revision for revision in found})


def _line(package: str, head: Revision, found: Mapping[str, Revision]) -> tuple[Revision, ...]:
    line = [head]
    while line[-1].before is not None:
        if line[-1].before not in found:
            raise BadLineage(f"{package}: {line[-1].name} follows {line[-1].before}, which is not there")
        line.append(found[line[-1].before])
    return tuple(reversed(line))


def _read(path: Path) -> Revision:
    """The names in a revision's file, by its syntax: nothing of it runs."""
    values: dict[str, object] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            values[target.id] = value.value
    name, before = values.get("revision"), values.get("down_revision", False)
    if not isinstance(name, str) or not (before is None or isinstance(before, str)):
        raise BadLineage(f"{path.name} needs a revision and one down_revision, as plain strings")
    return Revision(name, before, path, is_online=values.get("online") is True)
