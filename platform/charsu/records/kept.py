"""What stayed when a batch was taken back, by name, as one person may see it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from charsu.records.access import RecordAccess
from charsu.records.batches import kept_records
from charsu.records.linked import linked_titles

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_SHOWN = 50


def kept_titles(
    session: Session, record_type: RecordType, access: RecordAccess, batch_id: uuid.UUID
) -> list[tuple[str, str]]:
    """(title, word of the reason) of the first records that keep something; hidden ones have no title."""
    kept = kept_records(session, batch_id, _SHOWN)
    titles = linked_titles(session, {record_type.key: {one for one, _reason in kept}}, access.of)
    return [(titles.get(one, "…"), reason) for one, reason in kept]
