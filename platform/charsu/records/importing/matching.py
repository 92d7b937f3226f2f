"""Finds the existing record a row is about."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import any_, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from charsu.records.access import RecordAccess
from charsu.records.clauses import is_one_of
from charsu.records.fields import Field, TextField
from charsu.records.importing.parsing import ParsedRow
from charsu.records.importing.titles import loose, loose_sql

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: A field's name and the comparable form of a value: two rows with one key are about one record.
Key = tuple[str, Any]


def keys_of(parsed: ParsedRow, match: Sequence[Field]) -> list[Key]:
    """By what a row can be recognised, the most telling first."""
    keys: list[Key] = [("id", parsed.record_id)] if parsed.record_id else []
    for item in match:
        value = parsed.values.get(item.name)
        if value not in (None, "", []):
            keys.append((item.name, comparable(item, value)))
    return keys


def comparable(item: Field, value: Any) -> Any:
    """The form of a value in which equal ones are equal: texts whatever their letters and case."""
    if isinstance(item, TextField):
        return loose(str(value))
    return tuple(value) if isinstance(value, list) else value


class Matcher:
    """Finds and locks the records that rows of a chunk are about; one query per match field."""

    def __init__(
        self, session: Session, record_type: RecordType, access: RecordAccess, match: Sequence[Field]
    ) -> None:
        self._session = session
        self._model: Any = record_type.model
        self._access = access
        self._match = match

    def find(self, rows: Iterable[ParsedRow], *, is_locking: bool) -> Mapping[Key, list[Any]]:
        """The live records within the scope of writing, by key. They belong to no session any more."""
        keys = {key for parsed in rows for key in keys_of(parsed, self._match)}
        found: dict[Key, list[Any]] = {}
        records: dict[uuid.UUID, Any] = {}
        ids = [value for name, value in keys if name == "id"]
        if ids:
            for record in self._select(is_one_of(self._model, ids), is_locking):
                found["id", record.id] = [records.setdefault(record.id, record)]
        for item in self._match:
            wanted = [value for name, value in keys if name == item.name]
            if not wanted:
                continue
            column: Any = getattr(self._model, item.name)
            if isinstance(item, TextField):
                criterion = loose_sql(column) == any_(type_coerce(wanted, ARRAY(Text())))
            else:
                criterion = column == any_(type_coerce(wanted, ARRAY(column.type)))
            for record in self._select(criterion, is_locking):
                key = (item.name, comparable(item, item.read(record)))
                found.setdefault(key, []).append(records.setdefault(record.id, record))
        return found

    def _select(self, criterion: Any, is_locking: bool) -> list[Any]:
        model = self._model
        statement = (
            select(model)
            .where(criterion, model.deleted_at.is_(None), *self._access.criteria(model, "write"))
            .order_by(model.id)
            .execution_options(populate_existing=True)
        )
        if is_locking:
            statement = statement.with_for_update(key_share=True)
        records = list(self._session.execute(statement).scalars())
        # What an import changes is written by one statement for all rows, not by the session one by one.
        for record in records:
            self._session.expunge(record)
        return records
