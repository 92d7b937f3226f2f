"""The recycle bin: what a deletion takes along, and how all of it comes back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, Select, func, select, text, update
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound, Unavailable
from charsu.events.cause import current_actor
from charsu.plugins.apart import done_apart
from charsu.plugins.left_out import titles_of
from charsu.records.access import RecordAccess
from charsu.records.detached import open_detached
from charsu.records.links import linked_type, module_of, types_going_along
from charsu.records.model import Record
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_NOTE = text("""
    INSERT INTO core_deletion (record_type, record_id, title, owner_id, along, actor, deleted_at)
    VALUES (:record_type, :record_id, :title, :owner_id, CAST(:along AS jsonb), CAST(:actor AS jsonb), :now)
    RETURNING id
""")
_TAKE = text("""
    SELECT record_id, along, deleted_at FROM core_deletion
     WHERE id = :id AND record_type = :record_type AND restored_at IS NULL FOR UPDATE
""")
_FIND = text("""
    SELECT id FROM core_deletion
     WHERE record_type = :record_type AND record_id = :record_id AND restored_at IS NULL
     ORDER BY id DESC LIMIT 1
""")
_RESTORED = text("UPDATE core_deletion SET restored_at = :now WHERE id = :id")


def put_in_bin(session: Session, record_type: RecordType, record: Record) -> uuid.UUID:
    """Mark the record, every record whose link to it `goes_along`, and open ones of single days of its rule.

    Return the deletion's id.
    """
    now = clock.now()
    record.deleted_at = now
    session.flush()
    days = list(_delete_days(session, record_type, record.id, now))
    along = [
        {"type": key, "ids": ids}
        for key, ids in (*days, *_delete_along(session, record_type.key, [record.id, *_ids(days)], now))
    ]
    return uuid.UUID(
        str(
            session.execute(
                _NOTE,
                {
                    "record_type": record_type.key,
                    "record_id": record.id,
                    "title": str(record_type.by_name[record_type.title_field].read(record))[:200],
                    "owner_id": record.owner_id,
                    "along": orjson.dumps(along).decode(),
                    "actor": orjson.dumps(current_actor().as_json()).decode(),
                    "now": now,
                },
            ).scalar_one()
        )
    )


def find_deletion(session: Session, record_type: RecordType, record_id: uuid.UUID) -> uuid.UUID | None:
    """The open deletion of a record, for `restore`; None where it is not in the bin by itself."""
    found = session.execute(
        _FIND, {"record_type": record_type.key, "record_id": record_id}
    ).scalar_one_or_none()
    return None if found is None else uuid.UUID(str(found))


def count_along(
    session: Session, record_type: RecordType, record_id: uuid.UUID
) -> list[tuple[RecordType, int]]:
    """How many live records of each type would go along with this one, as far as they hang on it directly."""
    found = []
    for item, link in types_going_along(record_type.key):
        if linked_type(item.key) is None:
            continue
        model: Any = item.model
        hanging = (getattr(model, link.name) == record_id, model.deleted_at.is_(None))
        counting = partial(_count, session, select(func.count()).select_from(model).where(*hanging))
        count = done_apart(session, module_of(item), "count_along", counting, 0)
        if count:
            found.append((item, count))
    if record_type.rule_field is not None:
        detached = open_detached(record_type, [record_id]).subquery()
        days = session.execute(select(func.count()).select_from(detached)).scalar_one()
        if days:
            found.append((record_type, days))
    return found


def take_out_of_bin(
    session: Session, record_type: RecordType, access: RecordAccess, deletion_id: uuid.UUID
) -> uuid.UUID:
    """Bring back the record of a deletion with all that went along then; return its id. Raises `NotFound`."""
    model: Any = record_type.model
    row = session.execute(_TAKE, {"id": deletion_id, "record_type": record_type.key}).one_or_none()
    if row is None:
        raise NotFound(_("This is not in the bin any more."))
    allowed = select(model.id).where(model.id == row.record_id, *access.criteria(model, "delete"))
    if session.execute(allowed).first() is None:
        raise NotFound(_("This is not in the bin any more."))
    _undelete(session, model, [row.record_id])
    targets = {item.key: item.model for item, _field in types_going_along()} | {record_type.key: model}
    for part in row.along:
        if part["type"] in targets:
            _undelete(session, targets[part["type"]], [uuid.UUID(one) for one in part["ids"]])
    session.execute(_RESTORED, {"id": deletion_id, "now": clock.now()})
    return uuid.UUID(str(row.record_id))


def _delete_days(
    session: Session, record_type: RecordType, record_id: uuid.UUID, now: Any
) -> Iterator[tuple[str, list[uuid.UUID]]]:
    """Delete the open records that stand for single days of this one's rule; yields what there is."""
    if record_type.rule_field is None:
        return
    model: Any = record_type.model
    gone = _bin(session, model, now, model.id.in_(open_detached(record_type, [record_id])))
    if gone:
        yield record_type.key, gone


def _bin(session: Session, model: Any, now: Any, *conditions: ColumnElement[bool]) -> list[uuid.UUID]:
    """Put the rows into the bin and return their ids."""
    statement = update(model).where(*conditions).values(deleted_at=now).returning(model.id)
    return list(session.execute(statement.execution_options(synchronize_session=False)).scalars())


def _count(session: Session, statement: Select[Any]) -> int:
    return int(session.execute(statement).scalar_one())


def _ids(parts: Iterable[tuple[str, list[uuid.UUID]]]) -> list[uuid.UUID]:
    return [one for _key, ids in parts for one in ids]


def _delete_along(
    session: Session, key: str, ids: list[uuid.UUID], now: Any
) -> Iterator[tuple[str, list[uuid.UUID]]]:
    """Delete what hangs on these records, and what hangs on that; yields type and ids of each step."""
    for item, link in types_going_along(key):
        if linked_type(item.key) is None:
            continue
        model: Any = item.model
        hanging = (getattr(model, link.name).in_(ids), model.deleted_at.is_(None))
        put = partial(_bin, session, model, now, *hanging)
        gone = done_apart(session, module_of(item), "delete_along", put, None)
        if gone is None:
            (title,) = titles_of([module_of(item)])
            raise Unavailable(
                _("What hangs on it can not be deleted now: “%(module)s” is out of service.", module=title),
                code="module_failed",
            )
        if gone:
            yield item.key, gone
            yield from _delete_along(session, item.key, gone, now)


def _undelete(session: Session, model: Any, ids: list[uuid.UUID]) -> None:
    statement = update(model).where(model.id.in_(ids)).values(deleted_at=None)
    session.execute(statement.execution_options(synchronize_session=False))
