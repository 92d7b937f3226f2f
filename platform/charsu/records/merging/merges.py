"""What a merge wrote down about itself, in `core_batch` and its items: enough to take all of it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import Conflict, NotFound
from charsu.events.cause import current_actor
from charsu.records.access import RecordAccess
from charsu.records.record_type import RecordType
from charsu.text.i18n import _

_BEGIN = text("""
    INSERT INTO core_batch (kind, record_type, state, options, member_id, actor, started_at)
    VALUES ('merge', :record_type, 'running', CAST(:options AS jsonb), :member_id, CAST(:actor AS jsonb),
            :now)
    RETURNING id
""")
_ITEM = text("""
    INSERT INTO core_batch_item (batch_id, position, state, action, record_id, data)
    VALUES (:batch_id, :position, 'done', :action, :record_id, CAST(:data AS jsonb))
""")
_FINISH = text("""
    UPDATE core_batch SET state = 'done', total_count = :count, done_count = :count, finished_at = :now,
           options = options || jsonb_build_object('moved', CAST(:moved AS jsonb))
     WHERE id = :id
""")
_READ = """
    SELECT id, record_type, state, options, actor, total_count, finished_at, undone_at FROM core_batch
     WHERE kind = 'merge'
"""
_ONE = text(f"{_READ} AND record_type = :record_type AND id = :id")
_HOLD = text(f"{_READ} AND record_type = :record_type AND id = :id FOR UPDATE")
_NEWEST = text(f"{_READ} AND record_type = :record_type ORDER BY id DESC LIMIT :limit")
_ITEMS = text("SELECT action, record_id, data FROM core_batch_item WHERE batch_id = :id ORDER BY position")
_UNDONE = text("""
    UPDATE core_batch SET state = 'undone', undone_at = :now, kept_count = :kept WHERE id = :id
""")
_TARGET = text("""
    SELECT b.options ->> 'kept_id' FROM core_change c JOIN core_batch b ON b.id = c.batch_id
     WHERE c.record_type = :record_type AND c.record_id = CAST(:lost_id AS uuid) AND c.action = 'merge'
       AND b.state = 'done' AND CAST(b.options ->> 'lost_id' AS uuid) = c.record_id
     ORDER BY c.id DESC LIMIT 1
""")
#: More merges than that into one another were no accident.
_LONGEST_CHAIN = 20
#: Of so many times as many merges those within one's scope are shown.
_LOOKED_BACK = 4


@dataclass(frozen=True, kw_only=True)
class Merge:
    """One merge that happened."""

    id: uuid.UUID
    kept_id: uuid.UUID
    lost_id: uuid.UUID
    lost_title: str
    #: How many rows moved, by what they are called in the language of who merged.
    moved: dict[str, int]
    actor: dict[str, Any]
    at: Any
    undone_at: Any

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back."""
        return self.undone_at is not None


@dataclass(frozen=True)
class Item:
    """One thing to put back: what kind of thing, of which record, and the details."""

    action: str
    record_id: uuid.UUID | None
    data: dict[str, Any]


def begin_merge(
    session: Session, record_type: str, options: dict[str, Any], member_id: uuid.UUID | None
) -> uuid.UUID:
    """Open the batch of a merge."""
    values = {
        "record_type": record_type,
        "options": orjson.dumps(options).decode(),
        "member_id": member_id,
        "actor": orjson.dumps(current_actor().as_json()).decode(),
        "now": clock.now(),
    }
    return uuid.UUID(str(session.execute(_BEGIN, values).scalar_one()))


def finish_merge(
    session: Session, batch_id: uuid.UUID, items: Sequence[Item], moved: Mapping[str, int]
) -> None:
    """Write down what there is to put back, and close the batch; `moved` counts rows by what they are."""
    rows = [
        {
            "batch_id": batch_id,
            "position": at,
            "action": item.action,
            "record_id": item.record_id,
            "data": orjson.dumps(item.data).decode(),
        }
        for at, item in enumerate(items)
    ]
    session.execute(_ITEM, rows)
    values = {"id": batch_id, "count": sum(moved.values()), "now": clock.now()}
    session.execute(_FINISH, {**values, "moved": orjson.dumps(moved).decode()})


def get_merge(session: Session, record_type: str, merge_id: uuid.UUID, *, hold: bool = False) -> Merge:
    """The merge; with `hold` its row is locked. Raises: NotFound; Conflict when held and undone already."""
    row = session.execute(_HOLD if hold else _ONE, {"record_type": record_type, "id": merge_id}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such merge."))
    if hold and row.state != "done":
        raise Conflict(_("This merge was undone already."), code="undone_already")
    return _merge(row)


def newest_merges(session: Session, record_type: RecordType, access: RecordAccess, limit: int) -> list[Merge]:
    """The last merges within the scope of merging, newest first, at most `limit`."""
    rows = session.execute(_NEWEST, {"record_type": record_type.key, "limit": limit * _LOOKED_BACK})
    found = [_merge(row) for row in rows]
    model: Any = record_type.model
    ids = [merge.lost_id if merge.is_undone else merge.kept_id for merge in found]
    reach = select(model.id).where(model.id.in_(ids), *access.criteria(model, "merge"))
    mine = set(session.scalars(reach)) if ids else set()
    return [merge for merge, one in zip(found, ids, strict=True) if one in mine][:limit]


def items_of(session: Session, merge_id: uuid.UUID) -> list[Item]:
    """What there is to put back, in the order it was done."""
    rows = session.execute(_ITEMS, {"id": merge_id})
    return [Item(row.action, row.record_id, row.data) for row in rows]


def mark_undone(session: Session, merge_id: uuid.UUID, *, kept_count: int) -> None:
    """Close the batch as undone; `kept_count` values stayed as they were changed since."""
    session.execute(_UNDONE, {"id": merge_id, "kept": kept_count, "now": clock.now()})


def merged_into(session: Session, record_type: str, lost_id: uuid.UUID) -> uuid.UUID | None:
    """The record that stayed when this one went by a merge, through any number of merges; None for none."""
    found, wanted = None, str(lost_id)
    for _step in range(_LONGEST_CHAIN):
        target = session.execute(
            _TARGET, {"record_type": record_type, "lost_id": wanted}
        ).scalar_one_or_none()
        if target is None:
            break
        found = wanted = str(target)
    return uuid.UUID(found) if found else None


def _merge(row: Any) -> Merge:
    return Merge(
        id=row.id,
        kept_id=uuid.UUID(row.options["kept_id"]),
        lost_id=uuid.UUID(row.options["lost_id"]),
        lost_title=row.options["lost_title"],
        moved=row.options.get("moved", {}),
        actor=row.actor,
        at=row.finished_at,
        undone_at=row.undone_at,
    )
