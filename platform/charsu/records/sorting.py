"""The order of a list, and where the next page of it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Text

from charsu.records.compiling import identity
from charsu.records.fields import ChoiceField, Field
from charsu.records.sql_alphabet import sql_alphabet


@dataclass(frozen=True)
class Sort:
    """The order of a list: by one field, empty values last, equal ones by their ids."""

    field: Field
    is_descending: bool = False

    @property
    def name(self) -> str:
        """As the address has it."""
        return f"-{self.field.name}" if self.is_descending else self.field.name

    def key(self) -> tuple[Any, ...]:
        """What of it decides a statement."""
        return (self.is_descending, identity(self.field))

    def expression(self, model: Any) -> ColumnElement[Any]:
        """What is compared: texts by the Persian alphabet, choices by their place among the options."""
        found = self.field.expression(model)
        if isinstance(self.field, ChoiceField):
            places = bindparam("options", list(self.field.options), type_=ARRAY(Text()), unique=True)
            return func.array_position(places, found, type_=Integer())
        return sql_alphabet(found) if self.field.kind in ("text", "email", "url") else found

    def python_type(self, model: Any) -> str:
        """The name of the type its keys have in Python."""
        return str(self.expression(model).type.python_type.__name__)

    def is_filled(self, model: Any) -> bool:
        """Whether no record is without a value, so that the plain order of an index serves."""
        column = None if self.field.is_custom else model.__table__.columns.get(self.field.name)
        return column is not None and not column.nullable and not isinstance(self.field, ChoiceField)

    def ordered(self, statement: Select[Any], model: Any, after: str) -> Select[Any]:
        """The statement in this order, from behind the row named by the places `after_key` and `after_id`."""
        if after:
            statement = statement.where(self._behind(self.expression(model), model, after))
        return statement.order_by(*self.order(model))

    def order(self, model: Any) -> list[Any]:
        """The terms of ORDER BY."""
        key = self.expression(model)
        directed = key.desc() if self.is_descending else key.asc()
        first = directed if self.is_filled(model) else directed.nulls_last()
        return [first, model.id.desc() if self.is_descending else model.id.asc()]

    def _behind(self, key: ColumnElement[Any], model: Any, after: str) -> ColumnElement[bool]:
        last_id = bindparam("after_id", type_=model.id.type)
        later = model.id < last_id if self.is_descending else model.id > last_id
        if after == "null":
            return and_(key.is_(None), later)
        last_key = bindparam("after_key", type_=key.type)
        row, last = tuple_(key, model.id), tuple_(last_key, last_id)
        behind = row < last if self.is_descending else row > last
        return behind if self.is_filled(model) else or_(behind, key.is_(None))
