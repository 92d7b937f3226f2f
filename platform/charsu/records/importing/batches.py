"""The rows an import keeps of itself: its batch, and one item per row of the file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.events.cause import current_actor
from charsu.records.batches import SELECT_BATCHES, BatchRow
from charsu.records.importing.options import ImportOptions
from charsu.text.i18n import _

_SELECT = f"{SELECT_BATCHES} WHERE kind = 'import'"
_ADD = text("""
    INSERT INTO core_batch (kind, record_type, options, total_count, member_id, actor)
    VALUES ('import', :record_type, CAST(:options AS jsonb), :total_count, :member_id, CAST(:actor AS jsonb))
    RETURNING id
""")
_GET = text(f"{_SELECT} AND id = :id")
_LOCK = text(f"{_SELECT} AND id = :id FOR NO KEY UPDATE")
_LIST = text(f"""{_SELECT}
    AND record_type = :record_type AND (CAST(:member_id AS uuid) IS NULL OR member_id = :member_id)
    ORDER BY id DESC LIMIT :limit
""")
_ITEMS = text("""
    INSERT INTO core_batch_item (batch_id, position, state, action, record_id, data, reasons)
    SELECT :batch_id, n.position, n.state, n.action, n.record_id,
           nullif(n.data, 'null'), nullif(n.reasons, 'null')
      FROM jsonb_populate_recordset(NULL::core_batch_item, CAST(:items AS jsonb)) AS n
""")
_COUNTS = text("""
    SELECT action, count(*) AS number FROM core_batch_item WHERE batch_id = :id GROUP BY action
""")
_REFUSED = text("""
    SELECT position, data, reasons FROM core_batch_item
     WHERE batch_id = :id AND state = 'refused' AND position > :after ORDER BY position LIMIT :limit
""")


@dataclass(frozen=True, kw_only=True)
class ImportBatch(BatchRow):
    """One import, from its draft to its end."""

    options: ImportOptions

    @property
    def is_busy(self) -> bool:
        """Whether something goes on with it in the background, the making of its preview too."""
        return self.is_working or self.is_checking

    @property
    def is_checking(self) -> bool:
        """Whether its preview is being made."""
        return self.state == "draft" and self.options.preview.get("state") == "waiting"


def add_batch(
    session: Session,
    record_type: str,
    options: ImportOptions,
    *,
    total_count: int,
    member_id: uuid.UUID | None,
) -> uuid.UUID:
    """Begin a draft; returns its id."""
    values = {
        "record_type": record_type,
        "options": _dump(options.as_json()),
        "total_count": total_count,
        "member_id": member_id,
        "actor": _dump(current_actor().as_json()),
    }
    return uuid.UUID(str(session.execute(_ADD, values).scalar_one()))


def get_batch(
    session: Session, batch_id: uuid.UUID, record_type: str | None = None, *, is_locked: bool = False
) -> ImportBatch:
    """The import of this id, of the type where one is named; `is_locked` locks its row. Raises NotFound."""
    statement = _LOCK if is_locked else _GET
    row = session.execute(statement, {"id": batch_id}).mappings().one_or_none()
    if row is None or record_type not in (None, row["record_type"]):
        raise NotFound(_("There is no such import."))
    return _batch(row)


def list_batches(
    session: Session, record_type: str, *, member_id: uuid.UUID | None = None, limit: int = 20
) -> list[ImportBatch]:
    """The newest imports of a type, those of one member where she is named."""
    rows = session.execute(_LIST, {"record_type": record_type, "member_id": member_id, "limit": limit})
    return [_batch(row) for row in rows.mappings()]


def set_batch(session: Session, batch_id: uuid.UUID, **values: Any) -> None:
    """Change columns of a batch."""
    if "options" in values:
        values["options"] = _dump(values["options"].as_json())
    parts = ", ".join(
        f"{name} = CAST(:{name} AS jsonb)" if name == "options" else f"{name} = :{name}" for name in values
    )
    session.execute(text(f"UPDATE core_batch SET {parts} WHERE id = :id"), {**values, "id": batch_id})  # noqa: S608


def add_items(session: Session, batch_id: uuid.UUID, items: Sequence[Mapping[str, Any]]) -> None:
    """Note what became of rows of the file, in one statement."""
    if items:
        session.execute(_ITEMS, {"batch_id": batch_id, "items": _dump(list(items))})


def counts_of(session: Session, batch_id: uuid.UUID) -> dict[str, int]:
    """How many rows did what: `create`, `update`, `same`, `skip`, `refuse`."""
    return {row.action: row.number for row in session.execute(_COUNTS, {"id": batch_id})}


def refused_rows(session: Session, batch_id: uuid.UUID, *, after: int = -1, limit: int = 100) -> list[Any]:
    """Rows that were refused, with `position`, `data` (the cells) and `reasons`, in the file's order."""
    return list(session.execute(_REFUSED, {"id": batch_id, "after": after, "limit": limit}))


def _batch(row: Mapping[Any, Any]) -> ImportBatch:
    return ImportBatch(**{**row, "options": ImportOptions.from_json(row["options"])})


def _dump(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
