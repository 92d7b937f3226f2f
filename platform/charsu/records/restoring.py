"""Gives existing records back the values a batch or a merge changed, to the last column."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.events import emit_many
from charsu.records.access import full_access
from charsu.records.changes import Change, note_changes
from charsu.records.clauses import is_one_of
from charsu.records.custom import fields_of
from charsu.records.rows import Difference, dump, update_rows
from charsu.records.service import RecordService, service_of

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Columns that follow from the others.
_KEPT_ALONG = ("search_text", "updated_at")


@dataclass
class _Return:
    """What goes back into one row, and how much of it must stay as somebody else made it since."""

    columns: dict[str, Any] = field(default_factory=dict)
    #: The fields that change by it, custom ones by their own names, as they stand now and as they become.
    now: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any] = field(default_factory=dict)
    stayed: int = 0


@dataclass(frozen=True)
class Stayed:
    """Records that are not wholly what they were before."""

    #: How many values each keeps, as somebody changed them since.
    values: Mapping[uuid.UUID, int]
    #: What else of each stays, in the word its service answered.
    otherwise: Mapping[uuid.UUID, str]


def put_back_values(
    session: Session,
    record_type: RecordType,
    written: Mapping[uuid.UUID, Difference],
    action: Literal["update", "unmerge"] = "update",
) -> Stayed:
    """Put the old values back where the new ones still stand.

    A record nobody touched since becomes what it was in every column, `updated_at` too. A record that is not
    there any more keeps all. Rows are locked in the order of their ids.
    """
    kept = {record_id: len(difference["new"]) for record_id, difference in written.items()}
    whole, partly, changes = [], [], []
    for found in _held(session, record_type, written):
        back = _return(found.row, found.old, found.new, written[found.id]["new"])
        kept[found.id] = back.stayed
        untouched = not back.stayed and _stands(found, "updated_at", written)
        if untouched:
            names = written[found.id]["old"]
            whole.append({"id": found.id, **{name: found.old[name] for name in names}})
        elif back.columns:
            partly.append({"id": found.id, **back.columns, "updated_at": clock.now().isoformat()})
        if back.columns:
            changes.append(Change(found.id, back.now, back.then))
    update_rows(session, record_type, whole + partly)
    otherwise = _tell(session, record_type, changes, action, [row["id"] for row in partly])
    return Stayed({record_id: count for record_id, count in kept.items() if count}, otherwise)


def _held(
    session: Session, record_type: RecordType, written: Mapping[uuid.UUID, Difference]
) -> Sequence[Any]:
    """The live rows, locked, beside the old and the new values as the table itself would hold them."""
    table = record_type.model.__tablename__
    statement = text(f"""
        SELECT t.id, to_jsonb(t) AS row,
               to_jsonb(jsonb_populate_record(NULL::{table}, c.old)) AS old,
               to_jsonb(jsonb_populate_record(NULL::{table}, c.new)) AS new
          FROM jsonb_to_recordset(CAST(:changes AS jsonb)) AS c(id uuid, old jsonb, new jsonb)
          JOIN {table} t ON t.id = c.id
         WHERE t.deleted_at IS NULL ORDER BY t.id FOR NO KEY UPDATE OF t
    """)  # noqa: S608 - our own model
    changes = dump([{"id": record_id, **difference} for record_id, difference in written.items()])
    return list(session.execute(statement, {"changes": changes}))


def _stands(found: Any, name: str, written: Mapping[uuid.UUID, Difference]) -> bool:
    return name not in written[found.id]["new"] or found.row[name] == found.new[name]


def _return(
    row: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, Any]
) -> _Return:
    """What of these columns can go back."""
    back = _Return()
    for name in names:
        if name in _KEPT_ALONG:
            continue
        if name == "custom":
            _return_custom(back, row["custom"], old["custom"] or {}, new["custom"] or {})
        elif row[name] == new[name]:
            if old[name] != new[name]:
                back.columns[name] = back.then[name] = old[name]
                back.now[name] = new[name]
        else:
            back.stayed += 1
    return back


def _return_custom(
    back: _Return, current: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """As `_return`, for each custom field by itself."""
    custom = dict(current)
    for key in old.keys() | new.keys():
        if key in old and key in new and old[key] == new[key]:
            continue
        if (key in current, current.get(key)) != (key in new, new.get(key)):
            back.stayed += 1
            continue
        back.now[key], back.then[key] = new.get(key), old.get(key)
        if key in old:
            custom[key] = old[key]
        else:
            custom.pop(key, None)
    if custom != current:
        back.columns["custom"] = custom


def _tell(
    session: Session, record_type: RecordType, changes: list[Change], action: Any, partly: list[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Note and tell what went back; the search text of what only half went back is made anew.

    Returns what the service says stays.
    """
    service = service_of(record_type, session, full_access())
    note_changes(session, record_type.key, action, changes)
    facts, noun = record_type.facts, f"{record_type.name}_id"
    emit_many(
        [facts.updated(**{noun: item.record_id, "fields": sorted(item.after or ())}) for item in changes]
    )
    is_followed = type(service).put_back is not RecordService.put_back
    wanted = [item.record_id for item in changes] if is_followed else partly
    if not wanted:
        return {}
    model: Any = record_type.model
    found = select(model).where(is_one_of(model, wanted))
    before = {item.record_id: _typed(session, record_type, item.before or {}) for item in changes}
    stays: dict[uuid.UUID, str] = {}
    for record in session.execute(found.execution_options(populate_existing=True)).scalars():
        if record.id in partly:
            service.refresh_search(record)
        if is_followed and (word := service.put_back(record, before[record.id])):
            stays[record.id] = word
    session.flush()
    return stays


def _typed(session: Session, record_type: RecordType, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The values of fields as services know them."""
    fields = {item.name: item for item in fields_of(session, record_type)}
    return {name: fields[name].from_stored(value) for name, value in stored.items() if name in fields}
