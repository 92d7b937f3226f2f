"""Moving what points at one record to another, row by row, so that exactly these rows can be moved back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.plugins.manifest import Text
from charsu.records.changes import Change, note_changes
from charsu.records.merging.pointers import Pointer


@dataclass(frozen=True)
class Moved:
    """The rows of one place that were moved, each by the columns that tell it apart."""

    table: str
    column: str
    is_custom: bool
    rows: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """For the batch's items."""
        return {"table": self.table, "column": self.column, "is_custom": self.is_custom, "rows": self.rows}


def count_pointing(
    session: Session, pointers: Sequence[Pointer], record_id: uuid.UUID
) -> list[tuple[Text, int]]:
    """How many rows of each place point at the record, without the places where none does; one query.

    Places of one title, such as two links of one type, are one line.
    """
    if not pointers:
        return []
    parts = [
        f"SELECT {at} AS at, count(*) AS count FROM {_name(item.table)} AS t WHERE {_points(item)}"  # noqa: S608 - names come from declarations, quoted
        for at, item in enumerate(pointers)
    ]
    rows = session.execute(text(" UNION ALL ".join(parts)), {"from_id": record_id, **_types(pointers)}).all()
    counts: dict[str, tuple[Text, int]] = {}
    for row in rows:
        title = pointers[row.at].title
        counts[str(title)] = (title, counts.get(str(title), (title, 0))[1] + row.count)
    return [entry for entry in counts.values() if entry[1]]


def move(session: Session, item: Pointer, *, lost_id: uuid.UUID, kept_id: uuid.UUID) -> Moved:
    """Let the rows that point at the lost record point at the kept one; those that would collide stay.

    The kept record itself is left out: what it links to is decided with its other values. Changes of records
    are noted in their history.
    """
    found = session.execute(text(_move_sql(item)), {"from_id": lost_id, "to_id": kept_id, **_types([item])})
    rows = [dict(row.key) for row in found]
    if item.record_type:
        _note(session, item, [uuid.UUID(row["id"]) for row in rows], lost_id, kept_id)
    return Moved(item.table, item.column, item.is_custom, rows)


def move_back(
    session: Session, item: Pointer, moved: Moved, *, lost_id: uuid.UUID, kept_id: uuid.UUID
) -> int:
    """Let those of the moved rows that still point at the kept record point at the lost one again."""
    if not moved.rows:
        return 0
    found = session.execute(
        text(_move_back_sql(item)),
        {"from_id": kept_id, "to_id": lost_id, "rows": orjson.dumps(moved.rows).decode(), **_types([item])},
    )
    rows = [dict(row.key) for row in found]
    if item.record_type:
        _note(session, item, [uuid.UUID(row["id"]) for row in rows], kept_id, lost_id, "unmerge")
    return len(rows)


def _note(
    session: Session,
    item: Pointer,
    ids: Sequence[uuid.UUID],
    before: uuid.UUID,
    after: uuid.UUID,
    action: Any = "update",
) -> None:
    changes = [Change(one, {item.column: str(before)}, {item.column: str(after)}) for one in ids]
    note_changes(session, item.record_type, action, changes)


def _move_sql(item: Pointer) -> str:
    free = "".join(
        f" AND NOT EXISTS (SELECT FROM {_name(item.table)} AS k WHERE k.{_name(item.column)} = :to_id"
        f"{''.join(f' AND k.{_name(one)} = t.{_name(one)}' for one in columns)})"
        for columns in item.unique_with
    )
    mine = " AND t.id <> :to_id" if item.record_type else ""
    return f"UPDATE {_name(item.table)} AS t SET {_new_value(item)} WHERE {_points(item)}{mine}{free} RETURNING {_key(item)} AS key"  # noqa: S608, E501 - as above


def _move_back_sql(item: Pointer) -> str:
    same = " AND ".join(f"t.{_name(one)}::text = r.row ->> '{one}'" for one in item.row_key) or "true"
    return (
        f"UPDATE {_name(item.table)} AS t SET {_new_value(item)}"  # noqa: S608 - as above
        f" FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS r(row)"
        f" WHERE {_points(item)} AND {same} RETURNING {_key(item)} AS key"
    )


def _points(item: Pointer) -> str:
    if item.is_custom:
        return f"t.custom ->> '{item.column}' = CAST(:from_id AS text)"
    named = f" AND t.record_type = :type_{item.table}" if item.of_type else ""
    return f"t.{_name(item.column)} = :from_id{named}"


def _new_value(item: Pointer) -> str:
    if item.is_custom:
        return f"custom = jsonb_set(t.custom, '{{{item.column}}}', to_jsonb(CAST(:to_id AS text)))"
    return f"{_name(item.column)} = :to_id"


def _key(item: Pointer) -> str:
    pairs = ", ".join(f"'{one}', t.{_name(one)}::text" for one in item.row_key)
    return f"jsonb_build_object({pairs})"


def _types(pointers: Sequence[Pointer]) -> dict[str, str]:
    return {f"type_{item.table}": item.of_type for item in pointers if item.of_type}


def _name(identifier: str) -> str:
    """Quoted; the colon SQLAlchemy looks for can not be in a name of ours."""
    return sql.Identifier(identifier).as_string(None)
