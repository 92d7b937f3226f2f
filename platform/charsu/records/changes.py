"""The audit of records: who changed what, when, from where, with the values before and after."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.events.cause import current_actor

Source = Literal["page", "api", "import", "bulk", "merge", "automation", "system", "undo"]
Action = Literal["create", "update", "delete", "restore", "purge", "merge", "unmerge"]

_WRITE = text("""
    INSERT INTO core_change (record_type, record_id, action, actor, source, batch_id, before, after)
    SELECT :record_type, (change ->> 'id')::uuid, :action, CAST(:actor AS jsonb), :source,
           CAST(:batch_id AS uuid),
           nullif(change -> 'before', 'null'), nullif(change -> 'after', 'null')
      FROM jsonb_array_elements(CAST(:changes AS jsonb)) AS change
""")


@dataclass(frozen=True)
class Origin:
    """From where changes come: the kind of caller, and the import, bulk edit or merge they belong to."""

    source: Source
    batch_id: uuid.UUID | None = None


_SYSTEM = Origin("system")
_origin: ContextVar[Origin] = ContextVar("charsu_change_origin", default=_SYSTEM)


@contextmanager
def changing(source: Source, batch_id: uuid.UUID | None = None) -> Iterator[None]:
    """Within the block changes are noted down as coming from there."""
    token = _origin.set(Origin(source, batch_id))
    try:
        yield
    finally:
        _origin.reset(token)


def current_origin() -> Origin:
    """From where changes come at this moment."""
    return _origin.get()


@dataclass(frozen=True)
class Change:
    """One record's values before and after, as stored JSON by field name; only what changed."""

    record_id: uuid.UUID
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def note_changes(session: Session, record_type: str, action: Action, changes: Sequence[Change]) -> None:
    """Write changes of one kind into the audit, in one statement, with the actor and origin in force."""
    if not changes:
        return
    origin = current_origin()
    session.execute(
        _WRITE,
        {
            "record_type": record_type,
            "action": action,
            "actor": orjson.dumps(current_actor().as_json()).decode(),
            "source": origin.source,
            "batch_id": origin.batch_id,
            "changes": orjson.dumps(
                [{"id": item.record_id, "before": item.before, "after": item.after} for item in changes]
            ).decode(),
        },
    )
