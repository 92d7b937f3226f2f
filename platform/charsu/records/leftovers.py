"""What the kit keeps of a record beside its row: gone when the record is removed for good.

Files, reminders, notifications and pairs of duplicates go altogether. Of the audit only the values go: who
changed which field when, and who removed the record, stays (docs/architecture.md, "The way of a record").
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.records.files import drop_files

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_FILES = text("""
    DELETE FROM core_attachment WHERE record_type = :record_type AND record_id = ANY(:ids) RETURNING file_id
""")
_CLEAR = tuple(
    text(statement)
    for statement in (
        "DELETE FROM core_reminder WHERE record_type = :record_type AND record_id = ANY(:ids)",
        "DELETE FROM core_notification WHERE path = ANY(:paths)",
        (
            "DELETE FROM core_occurrence"
            " WHERE record_type = :record_type AND (record_id = ANY(:ids) OR series_id = ANY(:ids))"
        ),
        (
            "DELETE FROM core_duplicate"
            " WHERE record_type = :record_type AND (first_id = ANY(:ids) OR second_id = ANY(:ids))"
        ),
        (
            "DELETE FROM core_deletion"
            " WHERE record_type = :record_type AND record_id = ANY(:ids) AND restored_at IS NOT NULL"
        ),
        # The rows a merge found, which nobody can go back to any more.
        """
        WITH merge AS (
          UPDATE core_batch SET options = options || '{"lost_title": ""}'
           WHERE kind = 'merge' AND record_type = :record_type
             AND (options ->> 'kept_id' = ANY(:texts) OR options ->> 'lost_id' = ANY(:texts))
          RETURNING id)
        UPDATE core_batch_item item SET data = NULL FROM merge WHERE item.batch_id = merge.id
        """,
    )
)
_BLANK = text("SELECT bus.blank_changes(:record_type, CAST(:ids AS uuid[]))")
_MERGED = text("""
    SELECT CAST(options ->> 'lost_id' AS uuid) FROM core_batch
     WHERE kind = 'merge' AND record_type = :record_type AND state = 'done'
       AND options ->> 'kept_id' = ANY(:texts)
""")


def merged_into_these(
    session: Session, record_type: RecordType, ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Records merged into these, which lie out of sight for an un-merge that can not come any more."""
    return set(session.execute(_MERGED, _asked(record_type, ids)).scalars())


def clear_leftovers(session: Session, record_type: RecordType, ids: Collection[uuid.UUID]) -> None:
    """Remove what is left of records whose removal is noted in the audit already."""
    asked = _asked(record_type, ids)
    drop_files(session, list(session.execute(_FILES, asked).scalars()))
    for statement in _CLEAR:
        session.execute(statement, asked)
    session.execute(_BLANK, asked)


def _asked(record_type: RecordType, ids: Collection[uuid.UUID]) -> dict[str, Any]:
    return {
        "record_type": record_type.key,
        "ids": list(ids),
        "texts": [str(one) for one in ids],
        "paths": [record_type.url(one) for one in ids],
    }
