"""The preview of a bulk edit of many records: every one of them is looked at, by a job, chunk by chunk.

The records are chosen once and kept with the batch, so what is looked at is what is changed afterwards.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import Conflict, NotFound, PermissionDenied
from charsu.jobs import enqueue
from charsu.plugins.context import HookContext
from charsu.records.batches import Batch, advance, create_batch, get_batch
from charsu.records.bounds import bounds_as_json, bounds_from_json, reaches, still_allowed
from charsu.records.bulk.edits import BulkEdit
from charsu.records.bulk.preview import Preview, Previewer
from charsu.records.bulk.running import RUN, add_items
from charsu.records.custom import fields_of
from charsu.records.registry import usable_type
from charsu.text.i18n import _
from charsu.text.preferences import Preferences, current_preferences, use_preferences

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.bulk.selection import Selection
    from charsu.records.record_type import RecordType

CHECK = "core.check_bulk"
CHUNK = 500
_NEXT = text("""
    SELECT position, record_id FROM core_batch_item
     WHERE batch_id = :batch_id AND position > :after ORDER BY position LIMIT :limit
""")


def start_check(session: Session, record_type: RecordType, selection: Selection, edit: BulkEdit) -> uuid.UUID:
    """Have every record of a selection looked at; returns the id of the draft. Raises: PermissionDenied."""
    edit.access.require(edit.verb)
    options = {
        **edit.as_json(record_type, fields_of(session, record_type)),
        "reader": asdict(current_preferences()),
    }
    member_id = edit.access.member_id
    batch_id = create_batch(session, "bulk", record_type.key, options=options, member_id=member_id)
    total = add_items(session, batch_id, selection, edit.verb)
    waiting = {"state": "waiting", "at": 0, "found": Preview(total=total).as_json()}
    advance(session, batch_id, total=total, state="draft", options={"preview": waiting})
    enqueue(CHECK, batch_id=str(batch_id))
    return batch_id


def check_bulk(ctx: HookContext, batch_id: str) -> None:
    """The job: look at the next chunk, then ask for the one after it."""
    session = ctx.session
    batch = get_batch(session, uuid.UUID(batch_id), is_locked=True)
    preview = batch.options.get("preview") or {}
    if batch.state != "draft" or preview.get("state") != "waiting":
        return
    record_type = usable_type(batch.record_type, ctx.tenant)
    edit = BulkEdit.from_json(batch.options, fields_of(session, record_type))
    with use_preferences(Preferences(**batch.options["reader"])):
        try:
            access = still_allowed(edit.access, ctx.tenant, record_type, edit.verb)
        except PermissionDenied as refusal:
            advance(session, batch.id, state="failed", error=refusal.message)
            return
        found = Preview.from_json(preview["found"])
        asked = {"batch_id": batch.id, "after": preview["at"], "limit": CHUNK}
        rows = list(session.execute(_NEXT, asked))
        Previewer(session, record_type, replace(edit, access=access)).look_at(
            [row.record_id for row in rows], found
        )
    is_over = len(rows) < CHUNK
    reached = {
        "state": "done" if is_over else "waiting",
        "at": rows[-1].position if rows else preview["at"],
        "found": found.as_json(),
    }
    advance(session, batch.id, options={"preview": reached})
    if not is_over:
        enqueue(CHECK, batch_id=batch_id)


def start_checked(session: Session, record_type: RecordType, access: RecordAccess, batch: Batch) -> None:
    """Run a draft, within the bounds this person has now.

    Raises: NotFound for another's; Conflict for one that was not looked at to its end, or was started.
    """
    found = draft_preview(record_type, access, batch)
    if found is None or get_batch(session, batch.id, is_locked=True).state != "draft":
        raise Conflict(_("This was started already, or is not looked at to its end yet."), code="not_ready")
    access.require("write")
    bounds = bounds_as_json(record_type, access)
    advance(session, batch.id, state="waiting", options={"bounds": bounds})
    enqueue(RUN, batch_id=str(batch.id))


def draft_preview(record_type: RecordType, access: RecordAccess, batch: Batch) -> Preview | None:
    """What a draft would do, once every record was looked at; None before, and for what is no draft.

    It tells values, so it is for who began it alone, as long as she may see them. Raises: NotFound.
    """
    if batch.state != "draft":
        return None
    if batch.member_id != access.member_id or not reaches(
        access, bounds_from_json(batch.options["bounds"]), record_type
    ):
        raise NotFound(_("There is no such batch."))
    preview = batch.options["preview"]
    return Preview.from_json(preview["found"]) if preview["state"] == "done" else None


def looked_at(batch: Batch) -> int:
    """How many records of a draft were looked at so far."""
    return int((batch.options.get("preview") or {}).get("at", 0))
