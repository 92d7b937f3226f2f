"""Removing records for good: their rows, those that exist only because of them, and what is kept of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from charsu import clock
from charsu.jobs.queueing import enqueue
from charsu.plugins.apart import done_apart
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import usable_modules, wanted_arguments
from charsu.process import runtime
from charsu.records.bin_list import KEPT_DAYS
from charsu.records.changes import Change, note_changes
from charsu.records.clauses import is_one_of
from charsu.records.leftovers import clear_leftovers, merged_into_these
from charsu.records.links import module_of
from charsu.records.registry import find_type, usable_types

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

EMPTY_BIN = "core.empty_bin"
CHUNK = 100
_OLD = text("""
    SELECT id, record_type, record_id, along FROM core_deletion
     WHERE restored_at IS NULL AND deleted_at < :before AND (CAST(:after AS uuid) IS NULL OR id > :after)
     ORDER BY id LIMIT :limit FOR UPDATE
""")
_FORGET = text("DELETE FROM core_deletion WHERE id = :id")


def purge(ctx: HookContext, record_type: RecordType, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Delete the rows of these records; returns those that are gone.

    All at once where nothing stands against it, else one by one: what a row of some module points at stays.
    Each module is asked first, by `purge_records`. What is gone is noted in the audit, whose values of it go,
    with its files, what was merged into it, and all else the kit kept of it.
    """
    gone = _gone(ctx, record_type, set(ids))
    if gone:
        note_changes(ctx.session, record_type.key, "purge", [Change(one) for one in sorted(gone)])
        purge(ctx, record_type, merged_into_these(ctx.session, record_type, gone))
        clear_leftovers(ctx.session, record_type, gone)
    return gone


def _gone(ctx: HookContext, record_type: RecordType, wanted: set[uuid.UUID]) -> set[uuid.UUID]:
    if not wanted:
        return set()
    try:
        with ctx.session.begin_nested():
            return _delete(ctx, record_type, wanted)
    except IntegrityError:
        gone: set[uuid.UUID] = set()
        for one in sorted(wanted):
            try:
                with ctx.session.begin_nested():
                    gone |= _delete(ctx, record_type, {one})
            except IntegrityError:
                # A row of some module points at it: it is in use, and stays.
                continue
        return gone


def empty_bin(ctx: HookContext, after: str | None = None) -> None:
    """The job: remove for good what has lain in the bin for 90 days, a chunk at a time."""
    before = clock.now() - dt.timedelta(days=KEPT_DAYS)
    old = list(ctx.session.execute(_OLD, {"before": before, "after": after, "limit": CHUNK}))
    types = usable_types(ctx.tenant)
    for deletion in old:
        parts = [(part["type"], [uuid.UUID(one) for one in part["ids"]]) for part in reversed(deletion.along)]
        is_gone = all(
            _purge_part_apart(ctx, find_type(key, types), ids)
            for key, ids in (*parts, (deletion.record_type, [deletion.record_id]))
        )
        if is_gone:
            ctx.session.execute(_FORGET, {"id": deletion.id})
    if len(old) == CHUNK:
        enqueue(EMPTY_BIN, after=str(old[-1].id))


def _purge_part_apart(ctx: HookContext, record_type: RecordType | None, ids: list[uuid.UUID]) -> bool:
    """As `_purge_part`; where the tables of its module fail, they stay, and the rest of the bin goes on."""
    if record_type is None:
        return False
    part = partial(_purge_part, ctx, record_type, ids)
    return done_apart(ctx.session, module_of(record_type), "empty_bin", part, missing=False)


def _purge_part(ctx: HookContext, record_type: RecordType, ids: list[uuid.UUID]) -> bool:
    """Remove records of one type; False where some of them stay."""
    model: Any = record_type.model
    still = select(model.id).where(is_one_of(model, ids), model.deleted_at.is_not(None))
    present = set(ctx.session.execute(still).scalars())
    return purge(ctx, record_type, present) == present


class _SomeStay(Exception):
    """A module wants a record kept: what others removed because of it comes back."""


def _delete(ctx: HookContext, record_type: RecordType, ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Delete what no module wants kept; of what one keeps, the others have removed nothing."""
    going = set(ids)
    while going:
        try:
            with ctx.session.begin_nested():
                staying = _asked_to_stay(ctx, record_type, going)
                if staying:
                    raise _SomeStay
        except _SomeStay:
            going -= staying
            continue
        removal = delete(record_type.model).where(is_one_of(record_type.model, going))
        ctx.session.execute(removal.execution_options(synchronize_session=False))
        break
    return going


def _asked_to_stay(ctx: HookContext, record_type: RecordType, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Have every module remove what it made because of these records, dependents first.

    One that fails to may still have rows that hang on them: all of them stay.
    """
    staying: set[uuid.UUID] = set()
    arguments = {"record_type": record_type.key, "record_ids": sorted(ids)}
    everything: object = ids
    for item in reversed(runtime().plugins.implementations("purge_records", usable_modules(ctx.tenant))):
        ask: Callable[[], object] = partial(item.function, **wanted_arguments(item, ctx, arguments))
        answer = done_apart(ctx.session, item.module, "purge_records", ask, missing=everything)
        staying |= set(answer) if isinstance(answer, Collection) else set()
    return staying & set(ids)
