"""The changes of all records of a business, as one person may read them: newest first, with filters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, DateTime, and_, false, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql import column, table
from sqlalchemy.types import Text, Uuid

from charsu.plugins.apart import CORE, done_apart, together_or_apart
from charsu.records.access import RecordAccess
from charsu.records.history import HistoryEntry, in_words
from charsu.records.links import module_of

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Stands for the system itself where a person is asked for.
SYSTEM = "system"
_CHUNK = 500
_change = table(
    "core_change",
    column("id", Uuid()),
    column("at", DateTime(timezone=True)),
    column("record_type", Text()),
    column("record_id", Uuid()),
    column("action", Text()),
    column("actor", JSONB()),
    column("source", Text()),
    column("batch_id", Uuid()),
    column("before", JSONB()),
    column("after", JSONB()),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which changes are wanted; what is None or empty leaves none out."""

    #: The id of a member, or `system`.
    person: str = ""
    record_type: str = ""
    source: str = ""
    batch_id: uuid.UUID | None = None
    #: From this moment on, and before that one.
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TrailEntry:
    """One change, with the record it is of."""

    record_type: RecordType
    record_id: uuid.UUID
    #: What the record is called now; empty where it was removed for good or its name is hidden.
    title: str
    #: Whether its page can be opened: it is neither in the bin nor gone.
    is_there: bool
    change: HistoryEntry


class Trail:
    """The changes within the bounds of one person: of types she may read, of records in her scope, without
    the fields that are hidden from her.

    `verb` is a further verb she needs, such as `export`.
    """

    def __init__(
        self,
        session: Session,
        types: Iterable[RecordType],
        access_to: Callable[[RecordType], RecordAccess],
        verb: str = "read",
    ) -> None:
        self.session = session
        self.verb = verb
        known = [(item, access_to(item)) for item in types]
        self._access = {item.key: access for item, access in known if access.can("read") and access.can(verb)}
        self.types = {item.key: item for item, _access in known if item.key in self._access}

    def page(self, asked: Asked, after: uuid.UUID | None, limit: int) -> list[TrailEntry]:
        """At most `limit` changes older than the change `after`, newest first, in words."""
        return self._entries(self.rows(asked, after, limit))

    def rows(self, asked: Asked, after: uuid.UUID | None, limit: int) -> Sequence[Any]:
        """The same as they are stored, fields that are hidden from the reader among them."""
        statement = select(_change).where(*_narrowed(asked)).order_by(_change.c.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(_change.c.id < after)
        found = together_or_apart(
            self.session,
            "audit",
            self._within(asked.record_type),
            lambda some: self.session.execute(statement.where(or_(false(), *some))).all(),
        )
        return sorted(found, key=lambda row: row.id, reverse=True)[:limit]

    def every(self, asked: Asked, most: int) -> Iterator[TrailEntry]:
        """All of them, at most so many, read in parts."""
        after, left = None, most
        while left > 0 and (part := self.page(asked, after, min(_CHUNK, left))):
            yield from part
            after, left = part[-1].change.id, left - len(part)

    def _within(self, only: str) -> list[tuple[str, ColumnElement[bool]]]:
        """Types held for all records by their key; of the others, by their module, the records in scope."""
        parts: list[tuple[str, ColumnElement[bool]]] = []
        whole: list[str] = []
        for key, access in self._access.items():
            if only not in ("", key):
                continue
            model: Any = self.types[key].model
            criteria = (*access.criteria(model), *access.criteria(model, self.verb))
            if not criteria:
                whole.append(key)
                continue
            mine = select(literal(1)).where(model.id == _change.c.record_id, *criteria).exists()
            parts.append((module_of(self.types[key]), and_(_change.c.record_type == key, mine)))
        return [(CORE, _change.c.record_type.in_(whole)), *parts] if whole else parts

    def _entries(self, rows: Sequence[Any]) -> list[TrailEntry]:
        by_type: dict[str, list[Any]] = {}
        for row in rows:
            by_type.setdefault(row.record_type, []).append(row)
        made: dict[uuid.UUID, TrailEntry] = {}
        for key, found in by_type.items():
            access, record_type = self._access[key], self.types[key]
            read = partial(self._states, record_type, access, {row.record_id for row in found})
            nothing: dict[uuid.UUID, tuple[str, bool]] = {}
            states = done_apart(self.session, module_of(record_type), "audit", read, nothing)
            changes = in_words(self.session, record_type, access, found)
            for row, change in zip(found, changes, strict=True):
                title, is_there = states.get(row.record_id, ("", False))
                made[row.id] = TrailEntry(
                    record_type=record_type,
                    record_id=row.record_id,
                    title=title,
                    is_there=is_there,
                    change=change,
                )
        return [made[row.id] for row in rows]

    def _states(
        self, record_type: RecordType, access: RecordAccess, ids: Iterable[uuid.UUID]
    ) -> dict[uuid.UUID, tuple[str, bool]]:
        """What records are called, those in the bin too, and whether each is there."""
        model: Any = record_type.model
        title = record_type.by_name[record_type.title_field]
        is_shown = title in access.readable([title])
        statement = select(model.id, title.expression(model), model.deleted_at).where(model.id.in_(ids))
        return {
            row[0]: (title.to_text(row[1]) if is_shown else "", row[2] is None)
            for row in self.session.execute(statement.where(*access.criteria(model)))
        }


def _narrowed(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.person == SYSTEM:
        yield _change.c.actor["id"].astext.is_(None)
    elif asked.person:
        yield _change.c.actor["id"].astext == asked.person
    if asked.source:
        yield _change.c.source == asked.source
    if asked.batch_id is not None:
        yield _change.c.batch_id == asked.batch_id
    if asked.since is not None:
        # The key is made no earlier than the transaction began, so the index leads to the first of them.
        yield and_(_change.c.at >= asked.since, _change.c.id >= _first_key(asked.since))
    if asked.until is not None:
        yield _change.c.at < asked.until


def _first_key(moment: dt.datetime) -> uuid.UUID:
    """The smallest key (UUIDv7) that can have been made at the moment."""
    milliseconds = max(int(moment.timestamp() * 1000), 0)
    return uuid.UUID(int=(milliseconds & ((1 << 48) - 1)) << 80)
