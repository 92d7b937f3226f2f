"""What happened to one record, as people read it: the changes of the audit with their values in words."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import marshmallow as ma
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.plugins.manifest import Text
from charsu.records.access import RecordAccess
from charsu.records.custom import fields_of
from charsu.records.fields import Field, LinkField
from charsu.records.linked import linked_titles
from charsu.records.texts import readable_text
from charsu.text.i18n import _, lazy
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

ACTIONS: Mapping[str, Text] = {
    "create": lazy("It was added"),
    "update": lazy("It was changed"),
    "delete": lazy("It was deleted"),
    "restore": lazy("It was restored"),
    "purge": lazy("It was removed for good"),
    "merge": lazy("It was merged"),
    "unmerge": lazy("Merge undone"),
}
ICONS: Mapping[str, str] = {
    "create": "plus",
    "update": "pencil",
    "delete": "trash",
    "restore": "arrow-back-up",
    "purge": "x",
    "merge": "link",
    "unmerge": "link",
}
SOURCES: Mapping[str, Text] = {
    "page": lazy("by hand"),
    "api": lazy("through the API"),
    "import": lazy("by an import"),
    "bulk": lazy("by a bulk edit"),
    "merge": lazy("by a merge"),
    "automation": lazy("by an automation"),
    "system": lazy("by the system"),
    "undo": lazy("by taking something back"),
}
#: When it was added and changed, which each change says itself.
_TIMES = ("created_at", "updated_at")
#: Where the change of an attachment stands.
FILES = "attachments"
_SELECT = """
    SELECT id, at, record_id, action, actor, source, batch_id, before, after FROM core_change
"""
_LIST = HotStatement(f"""{_SELECT}
     WHERE record_type = %(record_type)s AND record_id = %(record_id)s
       AND (CAST(%(before)s AS timestamptz) IS NULL OR at < %(before)s)
       AND (CAST(%(after_id)s AS uuid) IS NULL OR id < %(after_id)s)
     ORDER BY id DESC LIMIT %(limit)s
""")
_GET = text(f"{_SELECT} WHERE id = :id AND record_type = :record_type AND record_id = :record_id")


class StoredChange(NamedTuple):
    """A row of the audit."""

    id: uuid.UUID
    at: dt.datetime
    record_id: uuid.UUID
    action: str
    actor: Mapping[str, Any] | None
    source: str
    batch_id: uuid.UUID | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field of a change, its values as people read them; empty for none."""

    name: str
    title: Text
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One change of a record, without the fields its reader may not see."""

    id: uuid.UUID
    at: dt.datetime
    action: str
    #: Who did it; empty for the system itself.
    actor: str
    source: str
    batch_id: uuid.UUID | None
    changes: Sequence[FieldChange]

    @property
    def title(self) -> Text:
        """What was done, in a word."""
        return ACTIONS.get(self.action, self.action)

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """Title, value before and value after of each field that changed."""
        return [(str(item.title), item.before, item.after) for item in self.changes]

    @property
    def icon(self) -> str:
        """The icon of what was done."""
        return ICONS.get(self.action, "point")

    @property
    def from_where(self) -> Text:
        """From where it was done, in words."""
        return SOURCES.get(self.source, self.source)


def list_changes(
    session: Session,
    record_type: RecordType,
    record_id: uuid.UUID,
    *,
    before: dt.datetime | None = None,
    after_id: uuid.UUID | None = None,
    limit: int = 50,
) -> list[StoredChange]:
    """The stored changes of a record, newest first; older than `before` or than the change `after_id`."""
    asked = {"record_type": record_type.key, "record_id": record_id, "limit": limit}
    with driver_of(session) as connection:
        found = _LIST.tuples(connection, {**asked, "before": before, "after_id": after_id})
    return [StoredChange._make(row) for row in found]


def get_change(session: Session, record_type: RecordType, record_id: uuid.UUID, change_id: uuid.UUID) -> Any:
    """One stored change of this record. Raises: NotFound."""
    asked = {"id": change_id, "record_type": record_type.key, "record_id": record_id}
    change = session.execute(_GET, asked).one_or_none()
    if change is None:
        raise NotFound(_("There is no such change."))
    return change


def in_words(
    session: Session, record_type: RecordType, access: RecordAccess, changes: Sequence[Any]
) -> list[HistoryEntry]:
    """Changes as people read them; one query for the names of all linked records."""
    known = access.readable(fields_of(session, record_type))
    fields = {item.name: item for item in known if item.name not in _TIMES}
    titles = linked_titles(session, _linked(changes, fields), access.of)
    return [
        HistoryEntry(
            id=change.id,
            at=change.at,
            action=change.action,
            actor=(change.actor or {}).get("name") or "",
            source=change.source,
            batch_id=change.batch_id,
            changes=[
                FieldChange(
                    name=name,
                    title=fields[name].title,
                    before=written(fields[name], (change.before or {}).get(name), titles),
                    after=written(fields[name], (change.after or {}).get(name), titles),
                )
                for name in fields
                if name in (change.before or {}) or name in (change.after or {})
            ]
            + _files(change),
        )
        for change in changes
    ]


def shown_names(session: Session, record_type: RecordType, access: RecordAccess) -> frozenset[str]:
    """The names of the fields whose changes a reader sees."""
    return frozenset(item.name for item in access.readable(fields_of(session, record_type))) - {*_TIMES}


def is_shown(change: StoredChange, names: frozenset[str]) -> bool:
    """Whether a change has anything to show to who sees these fields."""
    before, after = change.before or {}, change.after or {}
    return not names.isdisjoint(before) or not names.isdisjoint(after) or bool(_files(change))


def _files(change: Any) -> list[FieldChange]:
    """A file that was attached or taken away, which is no field."""
    before, after = ((values or {}).get(FILES) for values in (change.before, change.after))
    if not before and not after:
        return []
    return [FieldChange(name=FILES, title=_("File"), before=str(before or ""), after=str(after or ""))]


def written(item: Field, stored: Any, titles: Mapping[Any, str]) -> str:
    """A stored value for people to read; one that does not fit any more stands as it was stored."""
    if stored in (None, "", [], {}):
        return ""
    try:
        value = item.from_stored(stored)
        if isinstance(item, LinkField):
            return titles.get(value) or _("a record that is gone or hidden")
        return readable_text(item, value)
    except (ma.ValidationError, TypeError, ValueError, ArithmeticError):
        return str(stored)


def _linked(changes: Iterable[Any], fields: Mapping[str, Field]) -> dict[str, set[uuid.UUID]]:
    """The ids that stand in links, by the type they lead to."""
    links = {name: item for name, item in fields.items() if isinstance(item, LinkField)}
    found: dict[str, set[uuid.UUID]] = {}
    for change in changes:
        for values in (change.before or {}, change.after or {}):
            for name in links.keys() & values.keys():
                if values[name]:
                    found.setdefault(links[name].to, set()).add(uuid.UUID(values[name]))
    return found
