"""What a bulk edit does to each record: fields set, emptied, or given and relieved of words; or deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from charsu.records.access import RecordAccess
from charsu.records.bounds import bounds_as_json, bounds_from_json
from charsu.records.fields import Field
from charsu.records.filter_errors import BadQuery
from charsu.text.folding import fold_compact
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.custom import Fields
    from charsu.records.record_type import RecordType

Action = Literal["edit", "delete"]
Way = Literal["set", "add", "remove"]
#: Kinds whose values are lists of words, which may be added to and taken from.
LISTS = frozenset({"tags", "multi_choice", "list"})


@dataclass(frozen=True)
class Edit:
    """One field's new value; `add` and `remove` change the words of a list."""

    field: str
    value: Any
    way: Way = "set"


@dataclass(frozen=True, kw_only=True)
class BulkEdit:
    """An action on many records in the name of one actor."""

    action: Action
    edits: tuple[Edit, ...] = ()
    access: RecordAccess = field(compare=False)

    @property
    def verb(self) -> Literal["write", "delete"]:
        """What the actor must be allowed to do with each record."""
        return "write" if self.action == "edit" else "delete"

    def as_json(self, record_type: RecordType, fields: Fields) -> dict[str, Any]:
        """The form kept in `core_batch.options`, with what the actor was allowed when it began."""
        by_name = {item.name: item for item in fields}
        return {
            "action": self.action,
            "edits": [
                [item.field, by_name[item.field].to_stored(item.value), item.way] for item in self.edits
            ],
            "bounds": bounds_as_json(record_type, self.access),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], fields: Fields) -> BulkEdit:
        """Read back `as_json`. A field that was archived since is left alone."""
        by_name = {item.name: item for item in fields}
        return cls(
            action=stored["action"],
            edits=tuple(
                Edit(name, by_name[name].from_stored(value), cast("Way", way))
                for name, value, way in stored["edits"]
                if name in by_name
            ),
            access=bounds_from_json(stored["bounds"]),
        )

    def values_for(self, record: Any, by_name: Mapping[str, Field]) -> dict[str, Any]:
        """The values this record is to get."""
        return {item.field: _changed(by_name[item.field], record, item) for item in self.edits}


def check_edits(edits: Sequence[Edit], fields: Sequence[Field]) -> None:
    """Refuse an edit of nothing, of a field twice, and words added to what is no list. Raises `BadQuery`."""
    if not edits:
        raise BadQuery(_("Choose at least one field to change."), code="no_edits")
    by_name = {item.name: item for item in fields}
    names = [item.field for item in edits]
    for item in edits:
        if names.count(item.field) > 1:
            raise BadQuery(_("Name each field once."), field=item.field)
        if item.way != "set" and by_name[item.field].kind not in LISTS:
            raise BadQuery(_("Words can be added to lists only."), field=item.field)


def _changed(item: Field, record: Any, edit: Edit) -> Any:
    if edit.way == "set":
        return edit.value
    held = list(item.read(record) or ())
    keys = {fold_compact(str(word)) for word in edit.value or ()}
    if edit.way == "remove":
        return [word for word in held if fold_compact(str(word)) not in keys]
    known = {fold_compact(str(word)) for word in held}
    return [*held, *(word for word in edit.value or () if fold_compact(str(word)) not in known)]
