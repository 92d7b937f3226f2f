"""Statements that are compiled once, kept for each shape of question and run by the driver itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row
from sqlalchemy import SelectBase
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from charsu.records.clauses import MEMBER
from charsu.records.fields import ChoiceField, Field
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy's
_MOST_KEPT = 1_000
#: Stands for the reader in a kept statement.
READER = UUID(int=7)
_compiled: dict[tuple[Any, ...], Statement] = {}


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
    key: tuple[Any, ...],
    build: Callable[[], SelectBase],
    *,
    is_json: bool = False,
    is_planned_anew: bool = False,
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


def _compile(statement: SelectBase, *, is_json: bool, is_planned_anew: bool) -> Statement:
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
