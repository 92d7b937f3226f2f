"""Exports: the records of a list as a spreadsheet, within the bounds of who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.clock import now
from charsu.errors import RuleViolated
from charsu.records.cells import linked_ids
from charsu.records.custom import fields_of
from charsu.records.fields import DateField, Field, InstantField, LinkField, MoneyField, NumberField
from charsu.records.filter_errors import BadQuery
from charsu.records.linked import linked_titles
from charsu.records.listing import count, iterate
from charsu.records.query import RecordQuery
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
#: Exports of more rows are made in the background.
AT_ONCE = 5_000
#: The last column: by it an import finds the same records again.
ID_TITLE = "id"
_CHUNK = 1_000
_WIDTHS: Mapping[str | None, int] = {"all": 0, "team": 1, "own": 2, None: 3}
Cell = Callable[[Any], Value]


@dataclass(frozen=True, kw_only=True)
class Export:
    """What a file is to hold, checked against what who asks may see."""

    kind: str
    query: RecordQuery
    columns: Sequence[Field]

    @property
    def name(self) -> str:
        """The file's name, with the day."""
        today = now().astimezone(current_preferences().zone)
        return f"{self.query.record_type.plural_title}-{today:%Y-%m-%d}.{self.kind}"

    @property
    def verb(self) -> str:
        """The verb whose scope counts: of two scopes the narrower one lies within the other."""
        scopes = self.query.access.scopes
        return max("read", "export", key=lambda name: _WIDTHS[scopes.get(name)])

    def count(self, session: Session, most: int) -> int:
        """How many rows it will have, at most `most` + 1."""
        return count(session, self.query, self.verb, most)

    def write(
        self, session: Session, file: IO[bytes], progress: Callable[[int], None] = lambda _count: None
    ) -> int:
        """Write it; returns the number of rows. `progress` is told of each thousand. Raises: RuleViolated."""
        header = [*(str(item.title) for item in self.columns), ID_TITLE]
        written = 0

        def count_on(number: int) -> None:
            nonlocal written
            written = number
            progress(number)

        rows = self._rows(session, count_on)
        if self.kind == "csv":
            write_csv(file, header, rows)
        else:
            write_xlsx(file, header, _bounded(rows), is_rtl=current_preferences().is_rtl)
        return written

    def _rows(self, session: Session, progress: Callable[[int], None]) -> Iterator[list[Value]]:
        """The rows with their cells, a chunk at a time; one query names what the links of a chunk lead to."""
        columns, written = self.columns, 0
        found = iterate(session, self.query, columns, verb=self.verb, chunk_size=_CHUNK)
        while chunk := list(islice(found, _CHUNK)):
            titles = linked_titles(session, linked_ids(columns, chunk), self.query.access.of)
            cells = [_cell(item, titles) for item in columns]
            for row in chunk:
                made: list[Value] = [
                    None if value is None else cell(value)
                    for cell, value in zip(cells, row[1:], strict=False)
                ]
                made.append(str(row[0]))
                yield made
            written += len(chunk)
            progress(written)


def read_export(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    args: MultiDict[str, str],
    *,
    is_whole: bool,
) -> Export:
    """What an address asks for, as `format` says; `args` are those of the list.

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
    return Export(kind=kind, query=query, columns=_columns(session, query, is_whole=is_whole))


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


def _cell(item: Field, titles: Mapping[Any, str]) -> Cell:
    """How a column's values become what a spreadsheet and an import want: numbers as numbers, dates as the
    reader writes them.
    """
    if isinstance(item, LinkField):
        return lambda value: titles.get(value, "")
    if isinstance(item, NumberField):
        return (lambda value: Decimal(str(value))) if item.decimals else int
    if isinstance(item, MoneyField):
        # In the unit the reader sees and an import reads.
        return lambda value: parse_number(str(item.to_input(value)))
    if isinstance(item, DateField | InstantField):
        return _day(item)
    return item.to_text


def _day(item: Field) -> Cell:
    preferences = current_preferences()
    if preferences.calendar == "jalali":
        return lambda value: to_latin(str(item.to_input(value)))
    zone = preferences.zone
    return lambda value: value.astimezone(zone) if isinstance(value, dt.datetime) else value
