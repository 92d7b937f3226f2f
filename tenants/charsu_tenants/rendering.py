"""Rendering of revisions to SQL with Alembic: once per process and range, for any number of tenants."""

import functools
import importlib.util
import io
import threading
from types import ModuleType

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from charsu_tenants.lineages import BadLineage, Lineage, Revision, Step, revisions

#: The `op` of the revisions is one for the whole process: two threads at once would mix up their SQL.
_one_at_a_time = threading.Lock()


@functools.cache
def render_steps(lineage: Lineage, start: str | None) -> tuple[Step, ...]:
    """What leads a tenant from `start` to the head: those in a row are one step, an online one its own."""
    line = revisions(lineage.package)
    names = [revision.name for revision in line]
    for name in (start, lineage.head):
        if name is not None and name not in names:
            raise BadLineage(f"module {lineage.name} has no revision {name}: a newer version was here before")
    first = names.index(start) + 1 if start is not None else 0
    found: list[Step] = []
    at = start
    for revision in line[first : names.index(lineage.head) + 1]:
        if revision.is_online:
            found.append(Step(lineage, at, revision.name, "", load_revision(revision)))
        elif found and found[-1].online is None:
            sql = found[-1].sql + _render(load_revision(revision))
            found[-1] = Step(lineage, found[-1].start, revision.name, sql)
        else:
            found.append(Step(lineage, at, revision.name, _render(load_revision(revision))))
        at = revision.name
    return tuple(found)


@functools.cache
def load_revision(revision: Revision) -> ModuleType:
    """The module of a revision's file; its name does not have to be one that can be imported."""
    spec = importlib.util.spec_from_file_location(f"charsu_revision_{revision.name}", revision.path)
    if spec is None or spec.loader is None:
        raise BadLineage(f"{revision.path.name} can not be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _render(module: ModuleType) -> str:
    """SQL that `upgrade()` of a revision sends, without sending any of it."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "output_buffer": buffer},
    )
    with _one_at_a_time, Operations.context(context):
        module.upgrade()
    return buffer.getvalue()
