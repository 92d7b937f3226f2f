"""Statements every request runs: prepared once per connection, then sent and awaited by libpq itself.

A cursor of psycopg takes 0.1 ms and four turns of the interpreter's lock for a statement, this takes 0.03 ms
and one turn (decision 0020). Values come in PostgreSQL's binary format where psycopg can load it.
"""

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import orjson
import psycopg
from psycopg import Connection, abc
from psycopg.adapt import AdaptersMap, Loader, PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.rows import tuple_row

#: Statements kept prepared on one connection; the one unused for longest is given back first.
KEPT = 100

Values = Mapping[str, object]
#: A row as the server writes it in text.
RawRow = tuple[bytes | None, ...]
#: Makes, for the names of the columns, what turns a row's values into a row.
Shape = Callable[[tuple[str, ...]], Callable[[Sequence[Any]], Any]]

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
        self.statements: OrderedDict[Any, _Prepared] = OrderedDict()
        self.writer: abc.Transformer = Transformer(connection)


#: Where a connection carries its bench: it refers to the connection, so nothing else may hold it.
_BENCH = "charsu_bench"


#: A statement and the types of its values.
_Key = tuple["HotStatement", tuple[int, ...]]


class HotStatement:
    """A SELECT whose parameters are written as psycopg has them: `%(name)s`, and `%%` for a percent sign.

    Make it once. Connections should be in autocommit; on others psycopg runs it, since it begins their
    transaction. Errors are psycopg's own. With `is_json_passed_on`, values of json and jsonb come as
    `orjson.Fragment`: to be written out as they are, without being read. With `is_planned_anew` it is not
    prepared: the server looks at the values each time, for questions whose best plan hangs on them.
    """

    def __init__(self, text: str, *, is_json_passed_on: bool = False, is_planned_anew: bool = False) -> None:
        self.text = text
        self._is_planned_anew = is_planned_anew
        self._adapters = _passing_on() if is_json_passed_on else None
        self._names: list[str] = []
        self._numbered = _PARAMETER.sub(self._number, text)
        self._formats = [PyFormat.AUTO] * len(self._names)

    def rows(self, connection: Connection[Any], values: Values) -> list[dict[str, Any]]:
        """All rows, each a dictionary by column."""
        return self._load(connection, values, row_maker)

    def tuples(self, connection: Connection[Any], values: Values) -> list[tuple[Any, ...]]:
        """All rows, each a tuple of its values: half the time of `rows`."""
        return self._load(connection, values, lambda _columns: tuple)

    def _load(self, connection: Connection[Any], values: Values, shape: Shape) -> list[Any]:
        if self._is_planned_anew or not connection.autocommit:
            return self._load_by_psycopg(connection, values, shape)
        result, prepared = self._run(connection, values)
        reader = prepared.reader
        reader.set_pgresult(result)
        rows = reader.load_rows(0, result.ntuples, shape(prepared.columns))
        reader.set_pgresult(None)
        return rows

    def _load_by_psycopg(self, connection: Connection[Any], values: Values, shape: Shape) -> list[Any]:
        with connection.cursor(row_factory=tuple_row) as cursor:
            if self._adapters is not None:
                cursor.adapters.register_loader("json", _TextFragment)
                cursor.adapters.register_loader("jsonb", _TextFragment)
            rows = cursor.execute(self.text, values, prepare=not self._is_planned_anew).fetchall()
            make = shape(tuple(column.name for column in cursor.description or ()))
        return [make(row) for row in rows]

    def raw_row(self, connection: Connection[Any], values: Values) -> RawRow | None:
        """The first row as the server wrote it, in its text format; None when there is none.

        For rows that mostly are the same again: equal bytes need not be loaded twice.
        """
        result, _prepared = self._run(connection, values, Format.TEXT)
        if result.ntuples == 0:
            return None
        return tuple(map(result.get_value, itertools.repeat(0), range(result.nfields)))

    def _run(
        self, connection: Connection[Any], values: Values, form: Format | None = None
    ) -> tuple[PGresult, _Prepared]:
        carried = vars(connection)
        bench: _Bench | None = carried.get(_BENCH)
        if bench is None:
            bench = carried[_BENCH] = _Bench(connection)
        writer = bench.writer
        given: Any = writer.dump_sequence([values[name] for name in self._names], self._formats)
        key = self, tuple(writer.types or ())
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

    def _prepare(self, connection: Connection[Any], bench: _Bench, key: "_Key") -> _Prepared:
        if len(bench.statements) >= KEPT:
            oldest = bench.statements.popitem(last=False)[1]
            connection.pgconn.exec_(b"DEALLOCATE " + oldest.name)
        name = b"hot_%d" % next(_numbers)
        _checked(connection.pgconn.prepare(name, self._numbered.encode(), key[1]), connection)
        found = bench.statements[key] = _described(connection, name, self._adapters or connection.adapters)
        return found

    def _number(self, match: "re.Match[str]") -> str:
        name = match[1]
        if name is None:
            return "%"
        if name not in self._names:
            self._names.append(name)
        return f"${self._names.index(name) + 1}"


@lru_cache(maxsize=512)
def row_maker(names: tuple[str, ...]) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """What makes a dictionary of the first values of a row, one for each name.

    It is written out for these names, as `namedtuple` writes its classes: a third of the time of
    `dict(zip(…))`, which for a page of fifty rows was a tenth of the whole request.
    """
    places = ", ".join(f"{name!r}: row[{at}]" for at, name in enumerate(names))
    maker: Callable[[Sequence[Any]], dict[str, Any]] = eval(f"lambda row: {{{places}}}", {})  # noqa: S307 - names as literals and numbers only
    return maker


class _BinaryFragment(Loader):
    """jsonb in binary: a version, then the text."""

    format = Format.BINARY

    def load(self, data: Any) -> orjson.Fragment:
        return orjson.Fragment(bytes(data[1:]))


class _TextFragment(Loader):
    """json, and jsonb where it comes as text."""

    def load(self, data: Any) -> orjson.Fragment:
        return orjson.Fragment(bytes(data))


class _JsonFragment(_TextFragment):
    """json in binary, which is its text."""

    format = Format.BINARY


@cache
def _passing_on() -> AdaptersMap:
    """psycopg's adapters, but for JSON."""
    made = AdaptersMap(psycopg.adapters)
    for kind, loader in (
        ("json", _TextFragment),
        ("jsonb", _TextFragment),
        ("json", _JsonFragment),
        ("jsonb", _BinaryFragment),
    ):
        made.register_loader(kind, loader)
    return made


@dataclass(frozen=True)
class _Surroundings:
    """What a transformer of psycopg looks its loaders up in."""

    connection: Connection[Any]
    adapters: AdaptersMap


def _described(connection: Connection[Any], name: bytes, adapters: AdaptersMap) -> _Prepared:
    shape = _checked(connection.pgconn.describe_prepared(name), connection)
    columns = tuple((shape.fname(index) or b"").decode() for index in range(shape.nfields))
    kinds = [shape.ftype(index) for index in range(shape.nfields)]
    is_binary = all(adapters.get_loader(kind, Format.BINARY) for kind in kinds)
    reader: abc.Transformer = Transformer(_Surroundings(connection, adapters))
    return _Prepared(name, Format.BINARY if is_binary else Format.TEXT, columns, reader)


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
