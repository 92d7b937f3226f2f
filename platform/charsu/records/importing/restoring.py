"""Gives existing records back the values an import changed, to the last column."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from charsu import clock
from charsu.events import emit_many
from charsu.records.access import RecordAccess
from charsu.records.changes import Change, note_changes
from charsu.records.importing.writing import Difference, update_rows
from charsu.records.service import service_of

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Columns that follow from the others.
_KEPT_ALONG = ("search_text", "updated_at")


def put_back_values(
    session: Session, record_type: RecordType, access: RecordAccess, written: Mapping[uuid.UUID, Difference]
) -> set[uuid.UUID]:
    """Put the old values back where the import's still stand; returns the records that keep something.

    A record nobody touched since becomes what it was in every column, `updated_at` too.
    """
    rows = _current(session, record_type, list(written))
    whole: list[dict[str, Any]] = []
    partly: list[dict[str, Any]] = []
    kept: set[uuid.UUID] = set()
    changes: list[Change] = []
    for record_id, difference in written.items():
        row = rows.get(record_id)
        if row is None or not difference:
            kept |= {record_id} if row is None else set()
            continue
        values, is_whole = _old_values(row, difference)
        untouched = is_whole and row["updated_at"] == difference["new"].get("updated_at", row["updated_at"])
        if untouched:
            whole.append({"id": record_id, **difference["old"]})
        else:
            kept.add(record_id)
            if values:
                partly.append({"id": record_id, **values, "updated_at": clock.now().isoformat()})
        if values:
            changes.append(Change(record_id, {name: row[name] for name in values}, values))
    update_rows(session, record_type, whole + partly)
    _refresh(session, record_type, access, [row["id"] for row in partly])
    note_changes(session, record_type.key, "update", changes)
    facts, noun = record_type.facts, f"{record_type.name}_id"
    emit_many(
        [facts.updated(**{noun: item.record_id, "fields": sorted(item.after or ())}) for item in changes]
    )
    return kept


def _current(
    session: Session, record_type: RecordType, ids: list[uuid.UUID]
) -> dict[uuid.UUID, dict[str, Any]]:
    """The rows as JSON, locked; those in the bin are left out."""
    statement = text(
        f"SELECT id, to_jsonb(t) AS row FROM {record_type.model.__tablename__} t"  # noqa: S608 - our own model
        " WHERE id = ANY(:ids) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE"
    )
    return {found.id: found.row for found in session.execute(statement, {"ids": ids})}


def _old_values(row: Mapping[str, Any], difference: Difference) -> tuple[dict[str, Any], bool]:
    """The columns that can go back, and whether those are all."""
    values: dict[str, Any] = {}
    is_whole = True
    for name, new in difference["new"].items():
        old = difference["old"][name]
        if name in _KEPT_ALONG:
            continue
        if name == "custom":
            custom, is_complete = _old_custom(row["custom"], old, new)
            is_whole = is_whole and is_complete
            if custom != row["custom"]:
                values["custom"] = custom
        elif row[name] == new:
            values[name] = old
        else:
            is_whole = False
    return values, is_whole


def _old_custom(
    current: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """As `_old_values`, for each custom field by itself."""
    custom, is_whole = dict(current), True
    for key in old.keys() | new.keys():
        if old.get(key) == new.get(key):
            continue
        if current.get(key) != new.get(key):
            is_whole = False
        elif key in old:
            custom[key] = old[key]
        else:
            custom.pop(key, None)
    return custom, is_whole


def _refresh(session: Session, record_type: RecordType, access: RecordAccess, ids: list[uuid.UUID]) -> None:
    """Make the search text of partly restored records anew."""
    if not ids:
        return
    model: Any = record_type.model
    service = service_of(record_type, session, access)
    found = select(model).where(model.id == func.any(type_coerce(ids, ARRAY(Uuid()))))
    for record in session.execute(found.execution_options(populate_existing=True)).scalars():
        service.refresh_search(record)
    session.flush()
