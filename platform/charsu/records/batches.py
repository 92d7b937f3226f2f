"""Batches: many records changed at one wish, in the background, with progress and a way back.

An import, a bulk edit, a merge, an export and what an automation does are each one row of `core_batch`. Do
the work inside `changing("bulk", batch_id)`: every change then carries the batch, and
`charsu.records.undoing` reads it back from `core_change`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import Conflict, NotFound
from charsu.events.cause import current_actor
from charsu.jobs.queueing import enqueue
from charsu.text.i18n import _

Kind = Literal["import", "bulk", "merge", "export", "automation"]
State = Literal["draft", "waiting", "running", "done", "failed", "undoing", "undone"]
#: The job that takes a batch back, a chunk at a time.
UNDO = "core.undo_batch"
_ADD = text("""
    INSERT INTO core_batch (kind, record_type, state, options, total_count, member_id, actor)
    VALUES (:kind, :record_type, :state, CAST(:options AS jsonb), :total, :member_id, CAST(:actor AS jsonb))
    RETURNING id
""")
#: Every column of `BatchRow` and the options, of all batches.
SELECT_BATCHES = """
    SELECT id, kind, record_type, state, options, total_count, done_count, refused_count, kept_count,
           member_id, actor, error, created_at, started_at, finished_at, undone_at
      FROM core_batch
"""
_GET = text(f"{SELECT_BATCHES} WHERE id = :id")
_LOCK = text(f"{SELECT_BATCHES} WHERE id = :id FOR NO KEY UPDATE")
_ADVANCE = text("""
    UPDATE core_batch
       SET done_count = done_count + :done, refused_count = refused_count + :refused,
           kept_count = kept_count + :kept, state = coalesce(:state, state), error = coalesce(:error, error),
           total_count = coalesce(:total, total_count),
           options = options || CAST(:options AS jsonb),
           started_at = CASE WHEN :state = 'running' THEN coalesce(started_at, :now) ELSE started_at END,
           finished_at = CASE WHEN :state IN ('done', 'failed') THEN :now ELSE finished_at END,
           undone_at = CASE WHEN :state = 'undone' THEN :now ELSE undone_at END
     WHERE id = :id
""")
_COUNT_CHANGES = text("""
    SELECT count(*) FROM core_change WHERE batch_id = :batch_id AND source <> 'undo'
""")
_NOTE_KEPT = text("""
    WITH kept AS (
      SELECT k.record_id, k.reason
        FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS k (record_id, reason)),
    marked AS (
      UPDATE core_batch_item i SET state = 'kept', reasons = to_jsonb(ARRAY[kept.reason]) FROM kept
       WHERE i.batch_id = :batch_id AND i.record_id = kept.record_id AND i.state <> 'kept'
      RETURNING i.record_id),
    added AS (
      INSERT INTO core_batch_item (batch_id, position, state, action, record_id, reasons)
      SELECT :batch_id, last.position + row_number() OVER (), 'kept', 'keep', kept.record_id,
             to_jsonb(ARRAY[kept.reason])
        FROM kept, (SELECT coalesce(max(position), 0) AS position FROM core_batch_item
                     WHERE batch_id = :batch_id) AS last
       WHERE NOT EXISTS (SELECT FROM core_batch_item i
                          WHERE i.batch_id = :batch_id AND i.record_id = kept.record_id)
      RETURNING record_id)
    SELECT count(DISTINCT record_id) FROM (TABLE marked UNION ALL TABLE added) AS newly
""")
_NOTE_GONE = text("""
    WITH gone AS (UPDATE core_batch_item SET state = 'undone', reasons = NULL
                   WHERE batch_id = :batch_id AND state = 'kept' AND record_id = ANY(:ids)
                  RETURNING record_id)
    SELECT count(DISTINCT record_id) FROM gone
""")
_KEPT = text("""
    SELECT record_id, min(reasons ->> 0) AS reason FROM core_batch_item
     WHERE batch_id = :batch_id AND state = 'kept' GROUP BY record_id ORDER BY min(position) LIMIT :limit
""")


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """A batch as it stands: how far it is, and what came of it."""

    id: uuid.UUID
    kind: Kind
    record_type: str
    state: State
    total_count: int
    done_count: int
    refused_count: int
    kept_count: int
    member_id: uuid.UUID | None
    actor: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None

    @property
    def is_working(self) -> bool:
        """Whether something will still change without anybody doing anything."""
        return self.state in ("waiting", "running", "undoing")


@dataclass(frozen=True, kw_only=True)
class Batch(BatchRow):
    """A batch with what it is to do."""

    options: Mapping[str, Any]

    @property
    def undo(self) -> Mapping[str, Any]:
        """How far taking it back is: `done` of `total` changes, the last of them `before`."""
        found: Mapping[str, Any] = self.options.get("undo") or {}
        return found


def create_batch(
    session: Session,
    kind: Kind,
    record_type: str,
    *,
    options: Mapping[str, Any] | None = None,
    total_count: int = 0,
    member_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Begin a batch of the type `crm.customer`, that waits to be done; returns its id."""
    values = {
        "kind": kind,
        "record_type": record_type,
        "state": "waiting",
        "options": _json(options or {}),
        "total": total_count,
        "member_id": member_id,
        "actor": _json(current_actor().as_json()),
    }
    return uuid.UUID(str(session.execute(_ADD, values).scalar_one()))


def get_batch(session: Session, batch_id: uuid.UUID, *, is_locked: bool = False) -> Batch:
    """The batch; `is_locked` keeps others from working on it until the transaction ends. Raises NotFound."""
    row = session.execute(_LOCK if is_locked else _GET, {"id": batch_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(_("There is no such batch."))
    return Batch(**{str(name): value for name, value in row.items()})


def advance(
    session: Session,
    batch_id: uuid.UUID,
    *,
    done: int = 0,
    refused: int = 0,
    kept: int = 0,
    **more: Any,
) -> None:
    """Count work that was done, and where given set `state`, `error`, `total` and further `options`.

    `running`, `done`, `failed` and `undone` put their time down too.
    """
    values = {"state": None, "error": None, "total": None, **more}
    values["options"] = _json(more.get("options") or {})
    session.execute(
        _ADVANCE,
        {"id": batch_id, "done": done, "refused": refused, "kept": kept, "now": clock.now(), **values},
    )


def start_undo(session: Session, batch_id: uuid.UUID) -> None:
    """Have a finished batch taken back by a job. Raises: NotFound; Conflict for one that is not finished."""
    batch = get_batch(session, batch_id, is_locked=True)
    if batch.kind == "merge":
        raise Conflict(_("A merge is undone on its own page."), code="undo_elsewhere")
    if batch.kind == "export":
        raise Conflict(_("An export changes nothing."), code="nothing_to_undo")
    if batch.state not in ("done", "failed"):
        raise Conflict(_("Only what is finished can be taken back, and only once."), code="not_finished")
    total = session.execute(_COUNT_CHANGES, {"batch_id": batch_id}).scalar_one()
    advance(session, batch_id, state="undoing", options={"undo": {"done": 0, "total": total}})
    enqueue(UNDO, batch_id=str(batch_id))


def note_kept(session: Session, batch_id: uuid.UUID, kept: Mapping[uuid.UUID, str]) -> int:
    """Write down which records keep something although the batch is taken back, each with a reason.

    Returns how many are new: a record that is kept twice is one.
    """
    if not kept:
        return 0
    values = {"batch_id": batch_id, "ids": list(kept), "reasons": list(kept.values())}
    return int(session.execute(_NOTE_KEPT, values).scalar_one())


def note_gone(session: Session, batch_id: uuid.UUID, ids: Collection[uuid.UUID]) -> int:
    """Write down that records which first had to stay are gone after all; returns how many those were."""
    if not ids:
        return 0
    return int(session.execute(_NOTE_GONE, {"batch_id": batch_id, "ids": list(ids)}).scalar_one())


def kept_records(session: Session, batch_id: uuid.UUID, limit: int) -> Sequence[tuple[uuid.UUID, str]]:
    """The first records that keep something, with the word of the reason."""
    rows = session.execute(_KEPT, {"batch_id": batch_id, "limit": limit})
    return [(row.record_id, row.reason) for row in rows]


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
