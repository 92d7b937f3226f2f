"""Statements every request runs: prepared once per connection, then sent and awaited by libpq itself.

A cursor of psycopg takes 0.1 ms and four turns of the interpreter's lock for a statement, this takes 0.03 ms
and one turn (decision 0014). Values come in PostgreSQL's binary format where psycopg can load it.
"""

import itertools
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.rows import dict_row

#: Statements kept prepared on one connection; the one unused for longest is given back first.
KEPT = 100

_PARAMETER = re.compile(r"%(?:\((\w+)\)s|%)")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as it stands on one connection."""

    name: bytes
    format: Format
    columns: tuple[str, ...]
    transformer: abc.Transformer


_Key = tuple[str, tuple[int, ...]]
#: What is prepared where. A connection is used by one thread at a time, and so is its entry.
_prepared: "WeakKeyDictionary[Connection[Any], OrderedDict[_Key, _Prepared]]" = WeakKeyDictionary()


class HotStatement:
    """A SELECT whose parameters are written as psycopg has them: `%(name)s`, and `%%` for a percent sign.

    Make it once. Connections should be in autocommit; on others psycopg runs it, since it begins their
    transaction. Errors are psycopg's own.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._names: list[str] = []
        self._numbered = _PARAMETER.sub(self._number, text)

    def rows(self, connection: Connection[Any], values: Mapping[str, object]) -> list[dict[str, Any]]:
        """All rows, each a dictionary by column."""
        if not connection.autocommit:
            with connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(self.text, values, prepare=True).fetchall()
        result, prepared = self._run(connection, values)
        columns = prepared.columns

        def row(loaded: Sequence[Any]) -> dict[str, Any]:
            return dict(zip(columns, loaded, strict=False))

        prepared.transformer.set_pgresult(result)
        rows = prepared.transformer.load_rows(0, result.ntuples, row)
        prepared.transformer.set_pgresult(None)
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
        dumper: abc.Transformer = Transformer(connection)
        given: Any = dumper.dump_sequence([values[name] for name in self._names], _AUTO[: len(self._names)])
        types = tuple(dumper.types or ())
        for is_last in (False, True):
            prepared = self._prepare(connection, types)
            result = connection.pgconn.exec_prepared(
                prepared.name, given, dumper.formats, prepared.format if form is None else form
            )
            if is_last or not _is_forgotten(result):
                break
            del _prepared[connection]
        return _checked(result, connection), prepared

    def _prepare(self, connection: Connection[Any], types: tuple[int, ...]) -> _Prepared:
        """The statement as it stands on this connection, prepared there if it was not yet."""
        known = _prepared.get(connection)
        if known is None:
            known = _prepared[connection] = OrderedDict()
        key = self._numbered, types
        found = known.get(key)
        if found is not None:
            known.move_to_end(key)
            return found
        if len(known) >= KEPT:
            _checked(connection.pgconn.exec_(b"DEALLOCATE " + known.popitem(last=False)[1].name), connection)
        name = b"hot_%d" % next(_numbers)
        _checked(connection.pgconn.prepare(name, self._numbered.encode(), types), connection)
        found = known[key] = _described(connection, name)
        return found

    def _number(self, match: "re.Match[str]") -> str:
        name = match[1]
        if name is None:
            return "%"
        if name not in self._names:
            self._names.append(name)
        return f"${self._names.index(name) + 1}"


_AUTO = [PyFormat.AUTO] * 256


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
