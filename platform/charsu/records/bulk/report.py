"""How far a bulk edit is, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.records.access import RecordAccess
from charsu.records.batches import Batch, get_batch
from charsu.records.custom import fields_of
from charsu.records.fields import LinkField
from charsu.records.kept import KeptRecord, kept_list
from charsu.records.linked import linked_titles
from charsu.records.record_type import RecordType
from charsu.records.texts import readable_text

_COUNTS = text("SELECT state, count(*) AS number FROM core_batch_item WHERE batch_id = :id GROUP BY state")
_REFUSED = text("""
    SELECT record_id, reasons FROM core_batch_item
     WHERE batch_id = :id AND state = 'refused' ORDER BY position LIMIT 50
""")


@dataclass(frozen=True)
class BulkReport:
    """A batch with its counts by state, the first refusals, and the edits in words."""

    batch: Batch
    counts: dict[str, int]
    #: (title, reason) of the first records that were refused.
    refused: Sequence[tuple[str, str]]
    #: (title of the field, way, value).
    edits: Sequence[tuple[str, str, str]]
    #: The first records of which something stays, when it was taken back.
    kept: Sequence[KeptRecord]
    can_undo: bool

    @property
    def percent(self) -> int:
        """How much is done, or taken back, of a hundred."""
        batch = self.batch
        done, total = batch.done_count, batch.total_count
        if batch.state == "undoing":
            done, total = batch.undo["done"], batch.undo["total"]
        return min(100, 100 * done // max(1, total))

    @property
    def changed(self) -> int:
        """How many records were changed by it, also those that keep that when it is taken back."""
        return self.counts.get("done", 0) + self.counts.get("kept", 0) + self.counts.get("undone", 0)


def bulk_batch(session: Session, access: RecordAccess, record_type: RecordType, batch_id: uuid.UUID) -> Batch:
    """A bulk edit of this type that this person began, or may see because she may change every record.

    Raises: NotFound.
    """
    batch = get_batch(session, batch_id)
    is_hers = batch.member_id == access.member_id or access.scopes.get("write") == "all"
    if batch.kind != "bulk" or batch.record_type != record_type.key or not is_hers:
        raise NotFound
    return batch


def bulk_report(session: Session, record_type: RecordType, access: RecordAccess, batch: Batch) -> BulkReport:
    """Read what came of a bulk edit, as this person may see it."""
    refused = list(session.execute(_REFUSED, {"id": batch.id}))
    titles = linked_titles(session, {record_type.key: {row.record_id for row in refused}}, access.of)
    verb = "write" if batch.options["action"] == "edit" else "delete"
    return BulkReport(
        batch=batch,
        counts={row.state: row.number for row in session.execute(_COUNTS, {"id": batch.id})},
        refused=[(titles.get(row.record_id, "…"), (row.reasons or [""])[0]) for row in refused],
        edits=_edits(session, record_type, access, batch),
        kept=kept_list(session, record_type, access, batch.id),
        can_undo=batch.state in ("done", "failed") and access.can(verb),
    )


def _edits(
    session: Session, record_type: RecordType, access: RecordAccess, batch: Batch
) -> list[tuple[str, str, str]]:
    fields = {item.name: item for item in access.readable(fields_of(session, record_type))}
    found = []
    for name, stored, way in batch.options.get("edits", []):
        if name not in fields:
            continue
        item: Any = fields[name]
        value = item.from_stored(stored)
        if isinstance(item, LinkField) and value is not None:
            shown = linked_titles(session, {item.to: {value}}, access.of).get(value, "")
        else:
            shown = readable_text(item, value)
        found.append((str(item.title), way, shown))
    return found
