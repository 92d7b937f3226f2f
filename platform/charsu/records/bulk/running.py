"""Runs a bulk edit: small ones at once, larger ones in the background, chunk by chunk.

Each chunk is one transaction: its changes, the state of each record and the job of the next chunk. So a
worker may die anywhere: what was not committed is done again, what was is not.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import DomainError, NotFound, PermissionDenied
from charsu.faultpoints import faultpoint
from charsu.jobs import enqueue
from charsu.plugins.context import HookContext
from charsu.records.batches import advance, create_batch, get_batch
from charsu.records.bounds import still_allowed
from charsu.records.bulk.edits import BulkEdit
from charsu.records.bulk.selection import Selection
from charsu.records.changes import changing
from charsu.records.custom import fields_of
from charsu.records.fields import Field
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_type
from charsu.records.service import RecordService, service_of
from charsu.text.i18n import _

RUN = "core.run_bulk"
CHUNK = 100
#: So many records are changed while the person waits.
AT_ONCE = 200
_ADD_ITEMS = text("""
    INSERT INTO core_batch_item (batch_id, position, record_id)
    SELECT :batch_id, :after + n.position, n.id
      FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS n (id, position)
""")
_TAKE = text("""
    SELECT position, record_id FROM core_batch_item
     WHERE batch_id = :batch_id AND state = 'waiting' ORDER BY position LIMIT :limit
""")
_NOTE = text("""
    UPDATE core_batch_item AS item SET state = n.state, action = n.action, reasons = n.reasons
      FROM jsonb_to_recordset(CAST(:items AS jsonb))
           AS n (position int, state text, action text, reasons jsonb)
     WHERE item.batch_id = :batch_id AND item.position = n.position
""")
_INSERTED = 5_000


def start_bulk(session: Session, record_type: RecordType, selection: Selection, edit: BulkEdit) -> uuid.UUID:
    """Begin the edit of a selection; done already where it is small. Returns the id of its batch.

    Raises: PermissionDenied, NotFound where nothing is selected.
    """
    edit.access.require(edit.verb)
    if selection.count(session, edit.verb) == 0:
        raise NotFound(_("There is nothing to change here."), code="nothing_selected")
    fields = fields_of(session, record_type)
    batch_id = create_batch(
        session,
        "bulk",
        record_type.key,
        options=edit.as_json(record_type, fields),
        member_id=edit.access.member_id,
    )
    total = add_items(session, batch_id, selection, edit.verb)
    advance(session, batch_id, total=total, state="waiting")
    if total > AT_ONCE:
        enqueue(RUN, batch_id=str(batch_id))
    else:
        while _run_chunk(session, record_type, batch_id, edit):
            continue
    return batch_id


def run_bulk(ctx: HookContext, batch_id: str) -> None:
    """The job: change the next chunk, then ask for the one after it."""
    batch = get_batch(ctx.session, uuid.UUID(batch_id), is_locked=True)
    if batch.state not in ("waiting", "running"):
        return
    record_type = usable_type(batch.record_type, ctx.tenant)
    try:
        edit = BulkEdit.from_json(batch.options, fields_of(ctx.session, record_type))
        access = still_allowed(edit.access, ctx.tenant, record_type, edit.verb)
    except PermissionDenied as refusal:
        advance(ctx.session, batch.id, state="failed", error=refusal.message)
        return
    if _run_chunk(ctx.session, record_type, batch.id, replace(edit, access=access)):
        enqueue(RUN, batch_id=batch_id)
    faultpoint("bulk.noted")


def add_items(session: Session, batch_id: uuid.UUID, selection: Selection, verb: str) -> int:
    """Keep the records of a selection with a batch, in the order of the list; returns how many there are."""
    total, ids = 0, []
    for record_id in selection.found(session, verb):
        ids.append(record_id)
        if len(ids) == _INSERTED:
            total += _insert(session, batch_id, total, ids)
            ids = []
    return total + (_insert(session, batch_id, total, ids) if ids else 0)


def _insert(session: Session, batch_id: uuid.UUID, after: int, ids: list[uuid.UUID]) -> int:
    session.execute(_ADD_ITEMS, {"batch_id": batch_id, "after": after, "ids": ids})
    return len(ids)


def _run_chunk(session: Session, record_type: RecordType, batch_id: uuid.UUID, edit: BulkEdit) -> bool:
    """Change one chunk; whether there is another one."""
    rows = list(session.execute(_TAKE, {"batch_id": batch_id, "limit": CHUNK}))
    service = service_of(record_type, session, edit.access)
    fields = {item.name: item for item in fields_of(session, record_type)}
    with changing("bulk", batch_id):
        noted = [_change(service, fields, edit, row.record_id) | {"position": row.position} for row in rows]
    faultpoint("bulk.changed")
    if noted:
        session.execute(_NOTE, {"batch_id": batch_id, "items": orjson.dumps(noted).decode()})
    refused = sum(1 for item in noted if item["state"] == "refused")
    is_over = len(rows) < CHUNK
    advance(
        session,
        batch_id,
        done=len(rows),
        refused=refused,
        state="done" if is_over else "running",
    )
    session.expunge_all()
    return not is_over


def _change(
    service: RecordService[Any], fields: dict[str, Field], edit: BulkEdit, record_id: uuid.UUID
) -> dict[str, Any]:
    """Change one record, or say why not; a refusal takes back what it had begun."""
    try:
        with service.session.begin_nested():
            if edit.action == "delete":
                service.delete(record_id)
                return {"state": "done", "action": "delete", "reasons": None}
            record = service.locked(record_id)
            before = record.updated_at
            changed = service.update(record_id, edit.values_for(record, fields))
            state = "same" if changed.updated_at == before else "done"
            return {"state": state, "action": "update", "reasons": None}
    except DomainError as refusal:
        return {"state": "refused", "action": edit.action, "reasons": [refusal.message]}
