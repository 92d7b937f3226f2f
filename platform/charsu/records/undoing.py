"""Takes a batch back: reads its changes from the audit, newest first, and gives the old values back.

What somebody changed since stays as it is and is counted as kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import DomainError
from charsu.events import emit
from charsu.faultpoints import faultpoint
from charsu.jobs.queueing import enqueue
from charsu.plugins.context import HookContext
from charsu.records.access import full_access
from charsu.records.batches import UNDO, advance, get_batch
from charsu.records.bin import find_deletion
from charsu.records.changes import Change, changing, note_changes
from charsu.records.columns import BEYOND, put_back
from charsu.records.custom import fields_of
from charsu.records.fields.base import plain
from charsu.records.registry import find_type, usable_types
from charsu.records.service import RecordService, service_of

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

CHUNK = 200
#: Names of kept records that a batch remembers for its page.
_REMEMBERED = 50
_CHANGES = text("""
    SELECT id, record_type, record_id, action, before, after FROM core_change
     WHERE batch_id = :batch_id AND source <> 'undo' AND (CAST(:before AS uuid) IS NULL OR id < :before)
     ORDER BY id DESC LIMIT :limit
""")


def undo_batch(ctx: HookContext, batch_id: str) -> None:
    """The job: take a chunk of the newest changes back that are left, then ask for those before them."""
    session = ctx.session
    batch = get_batch(session, uuid.UUID(batch_id), is_locked=True)
    if batch.state != "undoing":
        return
    asked = {"batch_id": batch.id, "before": batch.options.get("undo_before"), "limit": CHUNK}
    changes = list(session.execute(_CHANGES, asked))
    if not changes:
        advance(session, batch.id, state="undone")
        return
    with changing("undo", batch.id):
        kept = _take_back(ctx, changes)
    faultpoint("batch.undone")
    remembered = [*batch.options.get("kept", []), *(str(one) for one in kept)][:_REMEMBERED]
    options = {
        "undo_before": str(changes[-1].id),
        "undone_count": batch.options.get("undone_count", 0) + len(changes),
        "kept": remembered,
    }
    advance(session, batch.id, kept=len(kept), options=options)
    enqueue(UNDO, batch_id=batch_id)


def _take_back(ctx: HookContext, changes: Sequence[Any]) -> list[uuid.UUID]:
    """Undo these changes in their order; returns the ids of records that keep something."""
    kept: list[uuid.UUID] = []
    types = usable_types(ctx.tenant)
    for change in changes:
        record_type = find_type(change.record_type, types)
        if record_type is None or not _undo(ctx.session, record_type, change):
            kept.append(change.record_id)
    return kept


def _undo(session: Session, record_type: RecordType, change: Any) -> bool:
    """Take one change back; False where something of it must stay."""
    service = service_of(record_type, session, full_access())
    try:
        if change.action == "update":
            return _undo_update(service, change)
        if change.action == "delete":
            deletion_id = find_deletion(session, record_type, change.record_id)
            return deletion_id is not None and bool(service.restore(deletion_id))
        if change.action in ("create", "restore"):
            return bool(service.delete(change.record_id))
    except DomainError:
        return False
    return False


def _undo_update(service: RecordService[Any], change: Any) -> bool:
    """Put back what still stands as the change left it; a record nobody touched since is as before in all."""
    record = _locked(service, change.record_id)
    if record is None:
        return False
    fields = {item.name: item for item in fields_of(service.session, service.record_type)}
    names = [name for name in change.before if name != BEYOND]
    free = [
        name
        for name in names
        if name in fields and fields[name].to_stored(fields[name].read(record)) == change.after.get(name)
    ]
    new, old = (values.get(BEYOND, {}) for values in (change.after, change.before))
    is_whole = free == names and plain(record.updated_at) == new.get("updated_at")
    for name in free:
        fields[name].write(record, fields[name].from_stored(change.before.get(name)))
        _drop_empty(record, fields[name])
    if is_whole:
        put_back(record, old)
    elif free:
        record.updated_at = clock.now()
        service.refresh_search(record)
    service.session.flush()
    if free:
        _tell(service, change, free)
    return is_whole


def _tell(service: RecordService[Any], change: Any, names: list[str]) -> None:
    noted = Change(
        change.record_id,
        {name: change.after.get(name) for name in names},
        {name: change.before.get(name) for name in names},
    )
    note_changes(service.session, service.record_type.key, "update", [noted])
    facts, noun = service.record_type.facts, f"{service.record_type.name}_id"
    emit(facts.updated(**{noun: change.record_id, "fields": sorted(names)}))


def _drop_empty(record: Any, item: Any) -> None:
    """A custom field that was not filled in before leaves no key behind."""
    if item.is_custom and record.custom.get(item.name) is None:
        record.custom = {name: value for name, value in record.custom.items() if name != item.name}


def _locked(service: RecordService[Any], record_id: uuid.UUID) -> Any:
    model: Any = service.record_type.model
    statement = select(model).where(model.id == record_id, model.deleted_at.is_(None))
    statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return service.session.execute(statement).scalar_one_or_none()
