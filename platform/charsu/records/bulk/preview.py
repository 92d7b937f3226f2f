"""What a bulk edit would do: each record changed in memory by the same service, nothing written."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.errors import DomainError
from charsu.records.bulk.edits import BulkEdit
from charsu.records.bulk.selection import Selection
from charsu.records.custom import fields_of
from charsu.records.fields import Field, LinkField
from charsu.records.linked import linked_titles
from charsu.records.record_type import RecordType
from charsu.records.service import service_of
from charsu.records.texts import readable_text

#: So many records are looked at while the person waits; more by a job, see `charsu.records.bulk.checking`.
AT_ONCE = 2_000
_SHOWN = 20
_CHUNK = 500


@dataclass(frozen=True)
class Difference:
    """One field of one record, as people read it before and after."""

    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What happens to one record."""

    record_id: uuid.UUID
    title: str
    differences: Sequence[Difference] = ()
    reason: str = ""


@dataclass
class Preview:
    """What becomes of the records, all of them counted, with the first changes and the first refusals."""

    total: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    changes: list[Change] = field(default_factory=list)
    refusals: list[Change] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return self.changed + self.same + self.refused

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back `as_json`."""
        return cls(
            total=stored["total_count"],
            changed=stored["changed_count"],
            same=stored["same_count"],
            refused=stored["refused_count"],
            changes=[
                Change(
                    uuid.UUID(item["id"]),
                    item["title"],
                    [Difference(**one) for one in item["differences"]],
                )
                for item in stored["changes"]
            ],
            refusals=[
                Change(uuid.UUID(item["id"]), item["title"], reason=item["reason"])
                for item in stored["refusals"]
            ],
        )

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "total_count": self.total,
            "seen_count": self.seen,
            "changed_count": self.changed,
            "same_count": self.same,
            "refused_count": self.refused,
            "changes": [
                {
                    "id": item.record_id,
                    "title": item.title,
                    "differences": [vars(one) for one in item.differences],
                }
                for item in self.changes
            ],
            "refusals": [
                {"id": item.record_id, "title": item.title, "reason": item.reason} for item in self.refusals
            ],
        }


class Previewer:
    """Tries an edit on the records of a selection. Leaves nothing in the session."""

    def __init__(self, session: Session, record_type: RecordType, edit: BulkEdit) -> None:
        self._session = session
        self._type = record_type
        self._edit = edit
        self._service = service_of(record_type, session, edit.access)
        self._fields: dict[str, Field] = {item.name: item for item in fields_of(session, record_type)}
        title = self._fields[record_type.title_field]
        self._title = title if title in edit.access.readable([title]) else None

    def run(self, selection: Selection) -> Preview:
        """Look at `AT_ONCE` records at most; of a deletion, which is not refused, at those shown."""
        found = Preview(total=selection.total(self._session, self._edit.verb))
        is_delete = self._edit.action == "delete"
        seen = selection.found(self._session, self._edit.verb, _SHOWN if is_delete else AT_ONCE)
        self.look_at(list(seen), found)
        if is_delete:
            found.changed = found.total
        return found

    def look_at(self, ids: list[uuid.UUID], found: Preview) -> None:
        """Try the edit on these records and count what becomes of them."""
        with self._session.no_autoflush:
            for record in self._records(ids):
                self._try(record, found)
        self._session.expunge_all()

    def _records(self, ids: list[uuid.UUID]) -> Iterator[Any]:
        model: Any = self._type.model
        for chunk in _chunks(ids, _CHUNK):
            records = {
                one.id: one for one in self._session.scalars(select(model).where(model.id.in_(list(chunk))))
            }
            for record in records.values():
                self._session.expunge(record)
            yield from (records[one] for one in chunk if one in records)

    def _try(self, record: Any, found: Preview) -> None:
        title = self._title.to_text(self._title.read(record)) if self._title else ""
        if self._edit.action == "delete":
            found.changed += 1
            self._show(found.changes, Change(record.id, title))
            return
        try:
            before = self._service.change(record, self._edit.values_for(record, self._fields))
        except DomainError as refusal:
            found.refused += 1
            self._show(found.refusals, Change(record.id, title, reason=refusal.message))
            return
        if not before:
            found.same += 1
            return
        found.changed += 1
        if len(found.changes) < _SHOWN:
            self._show(found.changes, Change(record.id, title, self._differences(record, before)))

    def _show(self, shown: list[Change], change: Change) -> None:
        if len(shown) < _SHOWN:
            shown.append(change)

    def _differences(self, record: Any, before: dict[str, Any]) -> list[Difference]:
        readable = self._edit.access.readable([self._fields[name] for name in before if name in self._fields])
        return [
            Difference(
                str(item.title), self._text(item, before[item.name]), self._text(item, item.read(record))
            )
            for item in readable
        ]

    def _text(self, item: Field, value: Any) -> str:
        if isinstance(item, LinkField):
            if value is None:
                return ""
            found = linked_titles(self._session, {item.to: {value}}, self._edit.access.of)
            return found.get(value, "")
        return readable_text(item, value)


def _chunks(ids: list[uuid.UUID], size: int) -> Iterator[tuple[uuid.UUID, ...]]:
    return (tuple(ids[at : at + size]) for at in range(0, len(ids), size))
