"""What every field of a record is: its name, how it is typed, stored, shown, searched and imported."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy import ColumnElement, cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text as SqlText
from sqlalchemy.types import TypeEngine

from charsu.api.fields import text_input
from charsu.errors import RuleViolated
from charsu.plugins.manifest import Text

Value = Any
Clean = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One property of a record: the one place that knows how its kind is read, checked, stored and written.

    `name` is the column of the model, the key in the API and the word in addresses; a custom field's value
    stands in the record's `custom` column instead. Pages, API, import, filters, export, audit and search all
    ask here, so a value that one way refuses is refused by all.
    """

    name: str
    title: Text
    help: Text = ""
    is_required: bool = False
    #: Shown and filtered, but written by the module's services alone.
    is_read_only: bool = False
    #: Among the columns a list has until somebody chooses others.
    in_list: bool = False
    in_form: bool = True
    #: Among the facts of the record's page; no where the module shows it in a place of its own.
    in_facts: bool = True
    #: The form asks for it only where it is filled in, or where a rule has just asked for it.
    is_asked_late: bool = False
    #: What a new record has where nothing is said; forms offer it. For lists use the column's default.
    default: Value = None
    #: Part of the record's `search_text`.
    is_searched: bool = False
    #: The heading it stands under in forms and on the record's page; a key of `RecordType.sections`.
    section: str = ""
    #: The module's rule for one value: returns the stored form, raises `RuleViolated`.
    clean: Clean | None = None
    #: Other words an imported file may use for it, in any language.
    synonyms: tuple[str, ...] = ()
    #: Words of columns that each hold a part of the value, in its order: given names, then family names.
    parts: tuple[tuple[str, ...], ...] = ()
    is_custom: bool = False

    #: The word that names the kind in stored views, custom fields and templates.
    kind: ClassVar[str]
    #: What a filter may ask of it, the first one when nothing is said; see `charsu.records.filters`.
    operators: ClassVar[tuple[str, ...]]
    #: Whether a list can be sorted by it.
    is_sortable: ClassVar[bool] = True
    #: How the value of a custom field is cast out of the record's JSON.
    sql_type: ClassVar[TypeEngine[Any]] = SqlText()
    #: The macro of `templates/records/inputs.html` that asks for it.
    widget: ClassVar[str] = "text"
    #: The cell of a list: a name of `charsu.records.cells`.
    cell: ClassVar[str] = "text"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """The field as API bodies carry it; also reads back what audit and views stored."""
        raise NotImplementedError

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """The field as people type it: any digits, both calendars, the reader's unit of money."""
        return self.json_field(is_required=is_required)

    def checked(self, value: Value) -> Value:
        """The stored form of a loaded value. Raises `RuleViolated` with the field's name."""
        if self.clean is None:
            return value
        try:
            return self.clean(value)
        except RuleViolated as refusal:
            raise RuleViolated(refusal.message, field=self.name, code=refusal.code) from None

    def parse_cell(self, value: object) -> Value:
        """The stored form of a cell of an imported file; an empty one is None.

        Raises `marshmallow.ValidationError` or `RuleViolated`, with a message for people.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        with text_input():
            return self.checked(self.form_field().deserialize(self.cell_text(value)))

    def cell_text(self, value: object) -> Any:
        """A cell as one would type it: spreadsheets give numbers where people see digits."""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return value if isinstance(value, str) else str(value)

    @property
    def empty(self) -> Value:
        """The value of a field nobody filled in."""
        return None

    def to_text(self, value: Value) -> str:
        """The value for a person to read, in plain text: exports, titles, audit, previews. Empty for None."""
        return "" if value is None else str(value)

    def to_input(self, value: Value) -> Any:
        """The value as its input in a form shows it."""
        return "" if value is None else value

    def search_words(self, value: Value) -> list[str]:
        """What the record is found by."""
        return [str(value)] if value else []

    def to_stored(self, value: Value) -> Any:
        """The value as JSON: audit, custom fields, previews."""
        return plain(value)

    def to_json(self, value: Value) -> Any:
        """The value as the API answers it."""
        return value

    def from_stored(self, stored: Any) -> Value:
        """Read back `to_stored`. Raises `marshmallow.ValidationError` when it does not fit any more."""
        return None if stored is None else self._stored_field.deserialize(stored)

    @cached_property
    def _stored_field(self) -> ma.fields.Field[Any]:
        """`json_field`, made once: a page reads back dozens of values, and that takes less time."""
        return self.json_field()

    def read(self, record: Any) -> Value:
        """The value in a loaded record."""
        return self.read_custom(record.custom) if self.is_custom else getattr(record, self.name)

    def read_custom(self, custom: Mapping[str, Any]) -> Value:
        """The value of a custom field; None for one that does not fit its definition any more."""
        try:
            return self.from_stored(custom.get(self.name))
        except ma.ValidationError:
            return None

    def write(self, record: Any, value: Value) -> None:
        """Put a checked value into a loaded record."""
        if self.is_custom:
            record.custom = {**record.custom, self.name: self.to_stored(value)}
        else:
            setattr(record, self.name, value)

    def expression(self, model: Any) -> ColumnElement[Any]:
        """The SQL expression of the value; custom values are cast to their type."""
        if not self.is_custom:
            column: ColumnElement[Any] = getattr(model, self.name)
            return column
        found = model.custom[self.name]
        if isinstance(self.sql_type, JSONB):
            stored: ColumnElement[Any] = found
            return stored
        return cast(found.astext, self.sql_type)


def plain(value: Any) -> Any:
    """A value as JSON that says exactly the same; `charsu.records.columns` reads it back."""
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | decimal.Decimal):
        return str(value)
    return value
