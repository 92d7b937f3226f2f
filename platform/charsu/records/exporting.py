"""Exports: the records of a list as a spreadsheet, within the bounds of who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from flask import Response
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.clock import now
from charsu.errors import RuleViolated
from charsu.records.cells import linked_ids
from charsu.records.custom import fields_of
from charsu.records.fields import DateField, Field, InstantField, LinkField, MoneyField, NumberField
from charsu.records.filter_errors import BadQuery
from charsu.records.linked import linked_titles
from charsu.records.query import RecordQuery, iterate
from charsu.records.sending import send_written
from charsu.records.sheets import write_csv, write_xlsx
from charsu.records.sheets.writing import XLSX_ROW_COUNT, Value
from charsu.records.viewing import viewed_query
from charsu.text.digits import parse_number, to_latin
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

#: Media type by the word in addresses.
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: The last column: by it an import finds the same records again.
ID_TITLE = "id"
_CHUNK = 1_000
_WIDTHS: Mapping[str | None, int] = {"all": 0, "team": 1, "own": 2, None: 3}


def export(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    args: MultiDict[str, str],
    *,
    is_whole: bool,
) -> Response:
    """Send the records an address asks for, as `format` says; `args` are those of the list.

    Without `columns` the export has those of the list, or with `is_whole` every field one may read. Raises:
    BadQuery, PermissionDenied.
    """
    access.require("export")
    wanted = MultiDict(args)
    kind = wanted.pop("format", "csv")
    wanted.pop("cursor", None)
    if kind not in FORMATS:
        raise BadQuery(_("An export is csv or xlsx."), field="format")
    query = viewed_query(record_type, session, access, wanted)
    columns = _columns(session, query, is_whole=is_whole)
    name = f"{record_type.plural_title}-{now().astimezone(current_preferences().zone):%Y-%m-%d}.{kind}"
    header = [*(str(item.title) for item in columns), ID_TITLE]
    rows = _rows(session, query, columns)
    return send_written(partial(_write, kind, header, rows), name, FORMATS[kind])


def _write(kind: str, header: Sequence[str], rows: Iterable[Sequence[Value]], file: IO[bytes]) -> None:
    if kind == "csv":
        write_csv(file, header, rows)
    else:
        write_xlsx(file, header, _bounded(rows), is_rtl=current_preferences().is_rtl)


def _bounded(rows: Iterable[Sequence[Value]]) -> Iterator[Sequence[Value]]:
    for number, row in enumerate(rows, 1):
        if number > XLSX_ROW_COUNT:
            raise RuleViolated(_("These are too many rows for a workbook. Export them as CSV."))
        yield row


def _columns(session: Session, query: RecordQuery, *, is_whole: bool) -> list[Field]:
    fields = query.access.readable(fields_of(session, query.record_type))
    if query.columns is not None:
        by_name = {item.name: item for item in fields}
        return [by_name[name] for name in query.columns if name in by_name]
    return [item for item in fields if is_whole or item.in_list]


def _rows(session: Session, query: RecordQuery, columns: Sequence[Field]) -> Iterator[list[Value]]:
    """The rows with their cells, a chunk at a time; one query names what the links of a chunk lead to."""
    scopes = query.access.scopes
    # Of two scopes the narrower one lies within the other; who may read nothing exports nothing.
    verb = max("read", "export", key=lambda name: _WIDTHS[scopes.get(name)])
    found = iterate(session, query, columns, verb=verb, chunk_size=_CHUNK)
    while chunk := list(islice(found, _CHUNK)):
        titles = linked_titles(session, linked_ids(columns, chunk), query.access.of)
        for row in chunk:
            yield [
                *(_cell(item, value, titles) for item, value in zip(columns, row[1:], strict=False)),
                str(row[0]),
            ]


def _cell(item: Field, value: Any, titles: dict[Any, str]) -> Value:
    """A value as a spreadsheet and an import want it: numbers as numbers, dates as the reader writes them."""
    if value is None:
        return None
    if isinstance(item, LinkField):
        return titles.get(value, "")
    if isinstance(item, NumberField):
        return Decimal(str(value)) if item.decimals else int(value)
    if isinstance(item, MoneyField):
        return _amount(item, value)
    if isinstance(item, DateField | InstantField):
        return _day(item, value)
    return item.to_text(value)


def _amount(item: MoneyField, value: int) -> Value:
    """In the unit the reader sees and an import reads."""
    return parse_number(str(item.to_input(value)))


def _day(item: Field, value: Any) -> Value:
    preferences = current_preferences()
    if preferences.calendar == "jalali":
        return to_latin(str(item.to_input(value)))
    return value.astimezone(preferences.zone) if isinstance(value, dt.datetime) else value
