"""What was chosen for one import; kept as JSON with its batch, so that every step and every worker agrees."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from charsu.records.access import RecordAccess
from charsu.records.fields import LinkField
from charsu.records.links import linked_type
from charsu.text.preferences import Preferences

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: What a column does to a record that is there already; a new record takes every value.
Mode = Literal["update", "fill", "create"]
MODES: tuple[Mode, ...] = ("update", "fill", "create")
#: Which rows count: all, those of new records, those of existing ones.
Rows = Literal["all", "new", "existing"]
ROWS: tuple[Rows, ...] = ("all", "new", "existing")
#: What a later row for the same record is: a fault, or the next change.
Repeated = Literal["refuse", "apply"]
REPEATED: tuple[Repeated, ...] = ("refuse", "apply")
#: A column mapped to this word finds records by their id, as an export wrote it.
ID = "id"
_NOTHING: Mapping[str, Any] = {"scopes": {}, "field_rules": {}}


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """A column of the file that is taken: its place in the header, the field it fills, and how."""

    at: int
    field: str
    mode: Mode = "update"


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """An import's file, how it was understood, and what is to happen with it."""

    file_id: uuid.UUID
    file_name: str
    kind: str
    header: tuple[str, ...]
    #: The first rows, for who says what the columns mean.
    samples: tuple[tuple[str, ...], ...] = ()
    sheet: str = ""
    sheet_names: tuple[str, ...] = ()
    columns: tuple[ColumnChoice, ...] = ()
    #: Fields an existing record is found by, the first that finds one.
    match: tuple[str, ...] = ()
    rows: Rows = "all"
    repeated: Repeated = "refuse"
    #: What new records get where the file has nothing, as a person types it.
    defaults: Mapping[str, str] = field(default_factory=dict)
    #: How who imports reads dates and money.
    reader: Mapping[str, Any] = field(default_factory=dict)
    #: What who imports may do, as it was when the run was started.
    bounds: Mapping[str, Any] = field(default_factory=dict)
    #: The outcome of the preview: counts by action, and the first rows.
    preview: Mapping[str, Any] = field(default_factory=dict)
    #: How far taking it back is; see `charsu.records.batches`.
    undo: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form kept in `core_batch.options`."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back `as_json`."""
        return cls(
            **{
                **stored,
                "file_id": uuid.UUID(stored["file_id"]),
                "header": tuple(stored["header"]),
                "samples": tuple(tuple(row) for row in stored["samples"]),
                "sheet_names": tuple(stored["sheet_names"]),
                "columns": tuple(ColumnChoice(**item) for item in stored["columns"]),
                "match": tuple(stored["match"]),
            }
        )

    def with_bounds(self, record_type: RecordType, access: RecordAccess, reader: Preferences) -> Self:
        """The same for a run in the name of this person, with her bounds as they are now."""
        linked = (linked_type(item.to) for item in record_type.all_fields if isinstance(item, LinkField))
        bounds = _bounds(access) | {
            "member_id": access.member_id and str(access.member_id),
            "linked": {item.key: _bounds(access.of(item)) for item in linked if item is not None},
        }
        return replace(self, bounds=bounds, reader=asdict(reader))

    @property
    def access(self) -> RecordAccess:
        """The bounds of who started it."""
        member_id = self.bounds.get("member_id")
        linked: Mapping[str, Any] = self.bounds["linked"]

        def of_type(record_type: RecordType) -> RecordAccess:
            return RecordAccess(member_id=own.member_id, **linked.get(record_type.key, _NOTHING))

        own = RecordAccess(
            member_id=uuid.UUID(member_id) if member_id else None,
            scopes=self.bounds["scopes"],
            field_rules=self.bounds["field_rules"],
            beside=of_type,
        )
        return own

    @property
    def preferences(self) -> Preferences:
        """How who started it reads and writes."""
        return Preferences(**cast("dict[str, Any]", self.reader))

    def without_outcome(self) -> Self:
        """The same before any preview."""
        return replace(self, preview={})


def _bounds(access: RecordAccess) -> dict[str, Any]:
    return {"scopes": dict(access.scopes), "field_rules": dict(access.field_rules)}
