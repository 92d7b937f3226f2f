"""The one way back: takes any batch back, by its changes in the audit, the newest first.

Values return where those of the batch still stand, what it deleted comes out of the bin, what it added goes
for good. What somebody changed since stays as it is, and is counted and told by name. A chunk of changes is
one transaction with the place it came to and the job of the next one: a worker may die anywhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import DomainError
from charsu.faultpoints import faultpoint
from charsu.jobs.queueing import enqueue
from charsu.plugins.context import HookContext
from charsu.records.access import full_access
from charsu.records.batches import UNDO, Batch, advance, get_batch, note_gone, note_kept
from charsu.records.bin import find_deletion
from charsu.records.changes import changing
from charsu.records.columns import difference_of
from charsu.records.registry import find_type, usable_types
from charsu.records.removing import remove_added
from charsu.records.restoring import put_back_values
from charsu.records.service import service_of

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

CHUNK = 500
_CHANGES = text("""
    SELECT id, record_type, record_id, action, before, after FROM core_change
     WHERE batch_id = :batch_id AND source <> 'undo' AND (CAST(:before AS uuid) IS NULL OR id < :before)
     ORDER BY id DESC LIMIT :limit
""")
_CHANGED_AFTER = text("""
    SELECT DISTINCT c.record_id
      FROM unnest(CAST(:ids AS uuid[]), CAST(:changes AS uuid[])) AS mine (record_id, change_id)
      JOIN core_change c ON c.record_type = :record_type AND c.record_id = mine.record_id
           AND c.id > mine.change_id AND c.batch_id IS DISTINCT FROM :batch_id
""")
_IN_USE = text("""
    SELECT c.id, c.record_type, c.record_id, c.action FROM core_change c
     WHERE c.batch_id = :batch_id AND c.action = 'create' AND c.source <> 'undo'
       AND (CAST(:before AS uuid) IS NULL OR c.id < :before)
       AND c.record_id IN (SELECT i.record_id FROM core_batch_item i WHERE i.batch_id = :batch_id
                            AND i.state = 'kept' AND i.reasons ->> 0 = 'in_use')
     ORDER BY c.id DESC LIMIT :limit
""")
#: By record: the word of the reason why something of it stays.
Kept = dict[uuid.UUID, str]


def undo_batch(ctx: HookContext, batch_id: str) -> None:
    """The job: take a chunk of the newest changes back that are left, then ask for those before them."""
    session = ctx.session
    batch = get_batch(session, uuid.UUID(batch_id), is_locked=True)
    if batch.state != "undoing":
        return
    so_far = batch.undo
    asked = {"batch_id": batch.id, "before": so_far.get("before"), "limit": CHUNK}
    changes = list(session.execute(_IN_USE if so_far.get("is_again") else _CHANGES, asked))
    if not changes and so_far.get("is_again"):
        advance(session, batch.id, state="undone")
        return
    if changes:
        kept = _take_all_back(ctx, batch, changes)
        reached = {**so_far, "before": str(changes[-1].id), "done": so_far.get("done", 0) + len(changes)}
    else:
        # What records of the same batch hung on can go now that those are gone.
        kept, reached = 0, {**so_far, "before": None, "is_again": True}
    advance(session, batch.id, kept=kept, options={"undo": reached})
    enqueue(UNDO, batch_id=batch_id)


def _take_all_back(ctx: HookContext, batch: Batch, changes: Sequence[Any]) -> int:
    """Undo these changes in their order; returns by how many the records grew of which something stays."""
    kept: Kept = {}
    with changing("undo", batch.id):
        for run in _runs(changes):
            kept |= _take_back(ctx, batch, run)
    faultpoint("batch.undone")
    if batch.undo.get("is_again"):
        return -note_gone(ctx.session, batch.id, {change.record_id for change in changes} - kept.keys())
    return note_kept(ctx.session, batch.id, kept)


def _runs(changes: Sequence[Any]) -> Iterator[list[Any]]:
    """Neighbours that can be taken back together: of one type and kind, each about another record."""
    run: list[Any] = []
    seen: set[uuid.UUID] = set()
    for change in changes:
        is_other = run and (change.record_type, change.action) != (run[0].record_type, run[0].action)
        if is_other or change.record_id in seen:
            yield run
            run, seen = [], set()
        run.append(change)
        seen.add(change.record_id)
    if run:
        yield run


def _take_back(ctx: HookContext, batch: Batch, run: Sequence[Any]) -> Kept:
    """Undo a run of changes; returns what of it stays."""
    record_type = find_type(run[0].record_type, usable_types(ctx.tenant))
    ids = [change.record_id for change in run]
    if record_type is None:
        return dict.fromkeys(ids, "module_off")
    match run[0].action:
        case "create":
            return remove_added(ctx, record_type, ids)
        case "update":
            written = {
                change.record_id: difference_of(record_type, change.before or {}, change.after or {})
                for change in run
            }
            stayed = put_back_values(ctx.session, record_type, written)
            return {**stayed.otherwise, **dict.fromkeys(stayed.values, "changed")}
        case "delete" | "restore":
            since = _changed_after(ctx.session, batch, record_type, run)
            return dict.fromkeys(since, "changed") | _turn(
                ctx.session, record_type, run[0].action, [one for one in ids if one not in since]
            )
        case _:
            # A merge has its own way back, and what was removed for good has none.
            return dict.fromkeys(ids, "for_good")


def _changed_after(
    session: Session, batch: Batch, record_type: RecordType, run: Sequence[Any]
) -> set[uuid.UUID]:
    """The records something outside the batch was done to after these changes."""
    asked = {
        "ids": [change.record_id for change in run],
        "changes": [change.id for change in run],
        "record_type": record_type.key,
        "batch_id": batch.id,
    }
    return set(session.execute(_CHANGED_AFTER, asked).scalars())


def _turn(session: Session, record_type: RecordType, action: str, ids: Iterable[uuid.UUID]) -> Kept:
    """Restore what was deleted, delete what was restored, by the rules of the type; each for itself."""
    service = service_of(record_type, session, full_access())
    kept: Kept = {}
    for record_id in ids:
        try:
            with session.begin_nested():
                if action == "restore":
                    service.delete(record_id)
                    continue
                deletion_id = find_deletion(session, record_type, record_id)
                if deletion_id is None:
                    kept[record_id] = "for_good"
                else:
                    service.restore(deletion_id)
        except DomainError:
            kept[record_id] = "changed"
    return kept
