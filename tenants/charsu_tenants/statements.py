"""Statements every request runs: prepared once per connection, then sent and awaited by libpq itself.

A cursor of psycopg takes 0.1 ms and four turns of the interpreter's lock for a statement, this takes 0.03 ms
and one turn (decision 0014). Values come in PostgreSQL's binary format where psycopg can load it.
"""

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.rows import tuple_row

#: Statements kept prepared on one connection; the one unused for longest is given back first.
KEPT = 100

#: Makes, for the names of the columns, what turns a row's values into a row.
Shape = Callable[[Sequence[str]], Callable[[Sequence[Any]], Any]]

_PARAMETER = re.compile(r"%(?:\((\w+)\)s|%)")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as it stands on one connection."""

    name: bytes
    format: Format
    columns: tuple[str, ...]
    reader: abc.Transformer


class _Bench:
    """What a connection has at hand: its statements, the one used last at the end, and what writes values."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.statements: OrderedDict[tuple[str, tuple[int, ...]], _Prepared] = OrderedDict()
        self.writer: abc.Transformer = Transformer(connection)


#: Where a connection carries its bench: it refers to the connection, so nothing else may hold it.
_BENCH = "charsu_bench"


class HotStatement:
    """A SELECT whose parameters are written as psycopg has them: `%(name)s`, and `%%` for a percent sign.

    Make it once. Connections should be in autocommit; on others psycopg runs it, since it begins their
    transaction. Errors are psycopg's own.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._names: list[str] = []
        self._numbered = _PARAMETER.sub(self._number, text)
        self._formats = [PyFormat.AUTO] * len(self._names)

    def rows(self, connection: Connection[Any], values: Mapping[str, object]) -> list[dict[str, Any]]:
        """All rows, each a dictionary by column."""
        return self._load(connection, values, _dictionaries)

    def tuples(self, connection: Connection[Any], values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """All rows, each a tuple of its values: half the time of `rows`."""
        return self._load(connection, values, lambda _columns: tuple)

    def _load(self, connection: Connection[Any], values: Mapping[str, object], shape: Shape) -> list[Any]:
        if not connection.autocommit:
            with connection.cursor(row_factory=tuple_row) as cursor:
                rows = cursor.execute(self.text, values, prepare=True).fetchall()
                make = shape([column.name for column in cursor.description or ()])
                return [make(row) for row in rows]
        result, prepared = self._run(connection, values)
        reader = prepared.reader
        reader.set_pgresult(result)
        rows = reader.load_rows(0, result.ntuples, shape(prepared.columns))
        reader.set_pgresult(None)
        return rows

    def raw_row(
        self, connection: Connection[Any], values: Mapping[str, object]
    ) -> tuple[bytes | None, ...] | None:
        """The first row as the server wrote it, in its text format; None when there is none.

        For rows that mostly are the same again: equal bytes need not be loaded twice.
        """
        result, _prepared = self._run(connection, values, Format.TEXT)
        if result.ntuples == 0:
            return None
        return tuple(map(result.get_value, itertools.repeat(0), range(result.nfields)))

    def _run(
        self, connection: Connection[Any], values: Mapping[str, object], form: Format | None = None
    ) -> tuple[PGresult, _Prepared]:
        carried = vars(connection)
        bench: _Bench | None = carried.get(_BENCH)
        if bench is None:
            bench = carried[_BENCH] = _Bench(connection)
        writer = bench.writer
        given: Any = writer.dump_sequence([values[name] for name in self._names], self._formats)
        key = self._numbered, tuple(writer.types or ())
        while True:
            prepared = bench.statements.get(key)
            is_known = prepared is not None
            if prepared is None:
                prepared = self._prepare(connection, bench, key)
            else:
                bench.statements.move_to_end(key)
            result = connection.pgconn.exec_prepared(
                prepared.name, given, writer.formats, prepared.format if form is None else form
            )
            if not is_known or not _is_forgotten(result):
                return _checked(result, connection), prepared
            bench.statements.clear()

    def _prepare(
        self, connection: Connection[Any], bench: _Bench, key: tuple[str, tuple[int, ...]]
    ) -> _Prepared:
        if len(bench.statements) >= KEPT:
            oldest = bench.statements.popitem(last=False)[1]
            connection.pgconn.exec_(b"DEALLOCATE " + oldest.name)
        name = b"hot_%d" % next(_numbers)
        _checked(connection.pgconn.prepare(name, self._numbered.encode(), key[1]), connection)
        found = bench.statements[key] = _described(connection, name)
        return found

    def _number(self, match: "re.Match[str]") -> str:
        name = match[1]
        if name is None:
            return "%"
        if name not in self._names:
            self._names.append(name)
        return f"${self._names.index(name) + 1}"


def _dictionaries(columns: Sequence[str]) -> Callable[[Sequence[Any]], dict[str, Any]]:
    def row(loaded: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(columns, loaded, strict=False))

    return row


def _described(connection: Connection[Any], name: bytes) -> _Prepared:
    shape = _checked(connection.pgconn.describe_prepared(name), connection)
    columns = tuple((shape.fname(index) or b"").decode() for index in range(shape.nfields))
    kinds = [shape.ftype(index) for index in range(shape.nfields)]
    is_binary = all(connection.adapters.get_loader(kind, Format.BINARY) for kind in kinds)
    return _Prepared(name, Format.BINARY if is_binary else Format.TEXT, columns, Transformer(connection))


def _is_forgotten(result: PGresult) -> bool:
    """Whether the server knows the statement no more: psycopg deallocates all of them after a rollback."""
    state = result.error_field(DiagnosticField.SQLSTATE) if result.status == ExecStatus.FATAL_ERROR else None
    return state == b"26000"


def _checked(result: PGresult, connection: Connection[Any]) -> PGresult:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    if connection.closed:
        raise psycopg.OperationalError("the connection was lost")
    raise error_from_result(result, connection.info.encoding)
