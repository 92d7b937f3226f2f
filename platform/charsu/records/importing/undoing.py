"""Takes an import back: new records go, changed values return, but what somebody changed since stays."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from charsu import clock
from charsu.errors import Conflict
from charsu.events import emit_many
from charsu.faultpoints import faultpoint
from charsu.jobs import enqueue
from charsu.plugins.context import HookContext
from charsu.records.changes import Change, changing, note_changes
from charsu.records.importing.batches import ImportBatch, get_batch, set_batch
from charsu.records.importing.restoring import put_back_values
from charsu.records.links import linking_fields
from charsu.records.purging import purge
from charsu.records.registry import usable_type
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

UNDO = "core.undo_import"
CHUNK = 500
_LEFT = text("""
    SELECT position, action, record_id, data FROM core_batch_item
     WHERE batch_id = :batch_id AND state = 'done' AND record_id IS NOT NULL
     ORDER BY position DESC LIMIT :limit
""")
_MARK = text("""
    UPDATE core_batch_item SET state = :state, reasons = CAST(:reasons AS jsonb)
     WHERE batch_id = :batch_id AND position = ANY(:positions)
""")
_CHANGED_SINCE = text("""
    SELECT DISTINCT record_id FROM core_change
     WHERE record_type = :record_type AND record_id = ANY(:ids) AND batch_id IS DISTINCT FROM :batch_id
""")
_ATTACHED = text(
    "SELECT DISTINCT record_id FROM core_attachment"
    " WHERE record_type = :record_type AND record_id = ANY(:ids)"
)
_KEPT_REASON = '[{"field": "", "message": "kept"}]'


def start_undo(session: Session, batch_id: uuid.UUID) -> None:
    """Have a finished import taken back. Raises: Conflict for one that is not finished."""
    batch = get_batch(session, batch_id, is_locked=True)
    if batch.state not in ("done", "failed"):
        raise Conflict(_("Only a finished import can be taken back."), code="not_finished")
    set_batch(session, batch_id, state="undoing", kept_count=0)
    enqueue(UNDO, batch_id=str(batch_id))


def undo_rows(ctx: HookContext, batch_id: str) -> None:
    """The job: take the last rows back that are left, then ask for those before them."""
    session = ctx.session
    batch = get_batch(session, uuid.UUID(batch_id), is_locked=True)
    if batch.state != "undoing":
        return
    record_type = usable_type(batch.record_type, ctx.tenant)
    items = list(session.execute(_LEFT, {"batch_id": batch.id, "limit": CHUNK}))
    with changing("undo", batch.id):
        kept = _take_back(ctx, batch, record_type, _one_kind(items))
    faultpoint("import.undone")
    if items:
        set_batch(session, batch.id, kept_count=batch.kept_count + kept)
        enqueue(UNDO, batch_id=str(batch.id))
    else:
        set_batch(session, batch.id, state="undone", undone_at=clock.now())


def _one_kind(items: Sequence[Any]) -> list[Any]:
    """The items up to the first of another action, or of a record that came before: later rows go first."""
    chosen: list[Any] = []
    seen: set[uuid.UUID] = set()
    for item in items:
        if item.action != items[0].action or item.record_id in seen:
            break
        seen.add(item.record_id)
        chosen.append(item)
    return chosen


def _take_back(ctx: HookContext, batch: ImportBatch, record_type: RecordType, items: list[Any]) -> int:
    """Undo these rows and mark them; returns how many were kept, in whole or in part."""
    if not items:
        return 0
    session = ctx.session
    ids = [item.record_id for item in items]
    if items[0].action == "create":
        kept = _remove(ctx, batch, record_type, ids)
    else:
        kept = put_back_values(
            session, record_type, batch.options.access, {i.record_id: i.data or {} for i in items}
        )
    for state, is_kept in (("kept", True), ("undone", False)):
        positions = [item.position for item in items if (item.record_id in kept) is is_kept]
        reasons = _KEPT_REASON if is_kept else None
        session.execute(
            _MARK, {"batch_id": batch.id, "positions": positions, "state": state, "reasons": reasons}
        )
    return len(kept)


def _remove(
    ctx: HookContext, batch: ImportBatch, record_type: RecordType, ids: list[uuid.UUID]
) -> set[uuid.UUID]:
    """Delete records the import added, with what exists only because of them; returns those that stay."""
    session = ctx.session
    model: Any = record_type.model
    wanted = model.id == func.any(type_coerce(ids, ARRAY(Uuid())))
    locked = select(model.id).where(wanted).order_by(model.id).with_for_update()
    present = set(session.execute(locked).scalars())
    used = _in_use(session, batch, record_type, present)
    gone = purge(ctx, record_type, present - used)
    note_changes(session, record_type.key, "purge", [Change(one) for one in sorted(gone)])
    facts, noun = record_type.facts, f"{record_type.name}_id"
    emit_many([facts.deleted(**{noun: one}) for one in sorted(gone)])
    return present - gone


def _in_use(
    session: Session, batch: ImportBatch, record_type: RecordType, ids: set[uuid.UUID]
) -> set[uuid.UUID]:
    """Those that were changed since, or that something of the kit hangs on."""
    asked = {"record_type": record_type.key, "ids": list(ids), "batch_id": batch.id}
    used = set(session.execute(_CHANGED_SINCE, asked).scalars())
    used |= set(session.execute(_ATTACHED, asked).scalars())
    for other, link in linking_fields(record_type.key):
        column: Any = getattr(other.model, link.name)
        pointing = select(column).where(column == func.any(type_coerce(list(ids), ARRAY(Uuid()))))
        used |= set(session.execute(pointing).scalars())
    for related in record_type.related:
        statement = text(
            f"SELECT {related.column} FROM {related.table} WHERE {related.column} = ANY(:ids)"  # noqa: S608
        )
        used |= set(session.execute(statement, {"ids": list(ids)}).scalars())
    return used
