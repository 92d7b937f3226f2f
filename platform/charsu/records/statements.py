"""The statements of lists: built and compiled once for each shape of question, run by the driver itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.rows import tuple_row
from sqlalchemy import ColumnElement, Select, and_, bindparam, cast, func, literal_column, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session
from sqlalchemy.sql import column, table
from sqlalchemy.types import Integer, Numeric, Text

from charsu.records.clauses import MEMBER, clause, search_clause
from charsu.records.fields import ChoiceField, Field
from charsu.records.sql_alphabet import sql_alphabet
from charsu.text.patterns import folding_regex, like_pattern
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.filters import Condition
    from charsu.records.record_type import RecordType

#: A count beyond it is told as "more than".
COUNT_LIMIT = 10_000
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy's
_MOST_KEPT = 1_000
_custom_field = table(
    "core_custom_field", column("key"), column("record_type", Text()), column("archived_at")
)
#: Stands for the reader in a kept statement.
READER = UUID(int=7)
_compiled: dict[tuple[Any, ...], Statement] = {}
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


@dataclass(frozen=True)
class Statement:
    """A compiled statement: constants that came along, and the places of the reader's id."""

    hot: HotStatement
    constants: Mapping[str, Any]
    reader_places: tuple[str, ...]

    def run(self, session: Session, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows, as the driver gives them."""
        with driver_of(session) as connection:
            return self.hot.tuples(connection, self.bound(values))

    def stream(
        self, session: Session, values: Mapping[str, Any], size: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """The rows in chunks, held back by the server meanwhile."""
        driver = _driver(session)
        # Sessions that only read have no transaction for the cursor to live in.
        held = {"withhold": True} if driver.autocommit else {}
        with driver.cursor("record_stream", row_factory=tuple_row, **held) as reader:
            reader.execute(self.hot.text, self.bound(values))
            while rows := reader.fetchmany(size):
                yield rows

    def bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Every value of the statement: those given, its constants, and the reader in her places."""
        bound = {**self.constants, **values}
        for place in self.reader_places:
            bound[place] = values[MEMBER]
        return bound


def compiled(
    key: tuple[Any, ...], build: Any, *, is_json: bool = False, is_planned_anew: bool = False
) -> Statement:
    """The kept statement of a key, or the one that `build()` makes; `is_json` leaves JSON as it is.

    With `is_planned_anew` the server plans it for the values of each run, as narrow questions need: how many
    records a word or a span of days fits decides which index is best.
    """
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= _MOST_KEPT:
            _compiled.clear()
        found = _compiled[key] = _compile(build(), is_json=is_json, is_planned_anew=is_planned_anew)
    return found


def _compile(statement: Select[Any], *, is_json: bool, is_planned_anew: bool) -> Statement:
    done = statement.compile(dialect=_DIALECT)
    constants = {name: value for name, value in done.params.items() if value is not None}
    readers = tuple(name for name, value in constants.items() if value == READER)
    return Statement(
        HotStatement(str(done), is_json_passed_on=is_json, is_planned_anew=is_planned_anew),
        constants,
        readers,
    )


def _driver(session: Session) -> Any:
    session.flush()
    return session.connection().connection.driver_connection


def identity(field: Field) -> tuple[Any, ...]:
    """What of a field a statement depends on; a custom one may change under the same name."""
    options = tuple(field.options) if isinstance(field, ChoiceField) else ()
    return (field.name, field.kind, field.is_custom, options)


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
