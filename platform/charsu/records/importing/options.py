"""What was chosen for one import; kept as JSON with its batch, so that every step and every worker agrees."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from charsu.records.access import RecordAccess
from charsu.records.bounds import bounds_as_json, bounds_from_json
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
        return replace(self, bounds=bounds_as_json(record_type, access), reader=asdict(reader))

    @property
    def access(self) -> RecordAccess:
        """The bounds of who started it, as they were then."""
        return bounds_from_json(self.bounds)

    @property
    def preferences(self) -> Preferences:
        """How who started it reads and writes."""
        return Preferences(**cast("dict[str, Any]", self.reader))

    def without_outcome(self) -> Self:
        """The same before any preview."""
        return replace(self, preview={})
