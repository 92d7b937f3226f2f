"""The statements of lists: a page, a count and all rows, each built once for a shape of question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql import column, table
from sqlalchemy.types import Numeric, Text

from charsu.records.clauses import MEMBER, clause, search_clause
from charsu.records.compiling import READER, Statement, compiled, identity
from charsu.records.fields import Field
from charsu.records.sorting import Sort
from charsu.text.patterns import folding_regex, like_pattern

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.filters import Condition
    from charsu.records.record_type import RecordType

#: A count beyond it is told as "more than".
COUNT_LIMIT = 10_000
_custom_field = table(
    "core_custom_field", column("key"), column("record_type", Text()), column("archived_at")
)
#: The identities of the declared fields of each type.
_declared: dict[RecordType, tuple[Any, ...]] = {}


@dataclass(frozen=True)
class Question:
    """What decides a statement, and the values bound to it.

    `words` are the folded words of the search; `search_fields` are the fields to look in where
    the reader may not see all that stands in `search_text`, else None.
    """

    record_type: RecordType
    access: RecordAccess
    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    search_fields: tuple[Field, ...] | None = None
    verb: str = "read"

    def key(self) -> tuple[Any, ...]:
        """What two questions with the same statement have in common."""
        scope = self.access.scopes.get(self.verb)
        return (
            self.record_type.model,
            self.record_type.key,
            scope,
            self.access.member_id is None and scope != "all",
            tuple((identity(item.field), item.form) for item in self.conditions),
            len(self.words),
            None if self.search_fields is None else tuple(map(identity, self.search_fields)),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether a search or a filter leaves records out."""
        return bool(self.words or self.conditions)

    def values(self) -> dict[str, Any]:
        """The values of the statement's places."""
        bound: dict[str, Any] = {MEMBER: self.access.member_id}
        for at, item in enumerate(self.conditions):
            for number, value in enumerate(item.values):
                bound[f"f{at}_{number}"] = value
        for at, word in enumerate(self.words):
            bound[f"w{at}"] = like_pattern(word)
            if self.search_fields is not None:
                bound[f"r{at}"] = folding_regex(word)
        return bound

    def narrow(self, statement: Select[Any]) -> Select[Any]:
        """Add all conditions: live records, the scope, the search, the filters."""
        model: Any = self.record_type.model
        reader = None if self.access.member_id is None else READER
        within = replace(self.access, member_id=reader).criteria(model, self.verb)
        statement = statement.where(model.deleted_at.is_(None), *within)
        for at in range(len(self.words)):
            statement = statement.where(model.search_text.like(bindparam(f"w{at}", type_=Text())))
            if self.search_fields is not None:
                statement = statement.where(search_clause(self.search_fields, model, f"r{at}"))
        for at, item in enumerate(self.conditions):
            places = tuple(f"f{at}_{number}" for number in range(len(item.values)))
            statement = statement.where(clause(model, item.field, item.form, places))
        return statement


def _identities(record_type: RecordType, columns: Sequence[Field]) -> tuple[Any, ...]:
    """Those of the columns; worked out once where they are all that a type declares."""
    if columns is not record_type.all_fields:
        return tuple(map(identity, columns))
    found = _declared.get(record_type)
    if found is None:
        found = _declared[record_type] = tuple(map(identity, columns))
    return found


def list_statement(
    question: Question,
    columns: Sequence[Field],
    sort: Sort,
    *,
    is_json: bool,
    after: str,
    limit: int | None = None,
) -> Statement:
    """Rows of id, the columns, whether it is a sample, and last the key they are sorted by.

    `after`: "" for the first page, "value" or "null" for a page after a row whose key is or is not there.
    With `is_json` the columns come as the API sends them, JSON in them as `orjson.Fragment`, and all custom
    values as one object behind them. `limit` is written into the statement; None: the place `page_limit`.
    """
    key = (
        "list",
        is_json,
        after,
        limit,
        sort.key(),
        _identities(question.record_type, columns),
        *question.key(),
    )

    def build() -> Select[Any]:
        model: Any = question.record_type.model
        shown = [_json_column(item, model) if is_json else item.expression(model) for item in columns]
        custom = [_custom_column(model)] if is_json else []
        statement: Select[Any] = select(
            model.id,
            *(item.label(f"c{at}") for at, item in enumerate(shown)),
            model.is_sample,
            *(item.label("custom_values") for item in custom),
            sort.expression(model).label("sort_key"),
        )
        statement = question.narrow(statement)
        place: Any = bindparam("page_limit") if limit is None else literal_column(str(limit))
        return sort.ordered(statement, model, after).limit(place)

    return compiled(key, build, is_json=is_json, is_planned_anew=question.is_narrow)


def count_statement(question: Question) -> Statement:
    """One number, at most that of the place `most`."""

    def build() -> Select[Any]:
        model: Any = question.record_type.model
        some = question.narrow(select(model.id)).limit(bindparam("most")).subquery()
        return select(func.count()).select_from(some)

    return compiled(("count", *question.key()), build, is_planned_anew=question.is_narrow)


def stream_statement(question: Question, columns: Sequence[Field], sort: Sort) -> Statement:
    """Every row of id and the columns, in order."""
    key = ("stream", sort.key(), tuple(map(identity, columns)), *question.key())

    def build() -> Select[Any]:
        model: Any = question.record_type.model
        shown = [item.expression(model).label(f"c{at}") for at, item in enumerate(columns)]
        statement: Select[Any] = select(model.id, *shown)
        return sort.ordered(question.narrow(statement), model, "")

    return compiled(key, build)


def _json_column(field: Field, model: Any) -> ColumnElement[Any]:
    """The value as orjson can write it: decimals as text, so that nothing is rounded on the way."""
    expression = field.expression(model)
    return cast(expression, Text()) if isinstance(expression.type, Numeric) else expression


def _custom_column(model: Any) -> ColumnElement[Any]:
    """The values of custom fields that are in use and not hidden from the reader."""
    archived = func.array(
        select(_custom_field.c.key)
        .where(
            _custom_field.c.record_type == bindparam("custom_of"), _custom_field.c.archived_at.is_not(None)
        )
        .scalar_subquery(),
        type_=ARRAY(Text()),
    )
    hidden = bindparam("custom_hidden", type_=ARRAY(Text()))
    found: ColumnElement[Any] = model.custom.op("-", return_type=JSONB())(archived)
    return found.op("-", return_type=JSONB())(hidden)
