"""Writes tables for spreadsheets, row by row, so that no cell is ever calculated."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook

from charsu.records.sheets.cell_xml import RowWriter, Value
from charsu.records.sheets.cells import neutralised

__all__ = ["XLSX_ROW_COUNT", "Value", "write_csv", "write_xlsx"]

#: Rows a sheet can hold below its header; a CSV file has no end.
XLSX_ROW_COUNT = 1_048_575
_BOM = "\ufeff"
_COLUMN_WIDTH = 18
_SHEET = "xl/worksheets/sheet1.xml"
#: The row of the empty book that shows which format a day and a moment have.
_EXAMPLES = re.compile(r'<row r="2"[^>]*><c r="A2" s="(\d+)".*?<c r="B2" s="(\d+)".*?</row>', re.DOTALL)
_ROWS_AT_ONCE = 500
#: More makes a file a twentieth smaller, and takes as long again as everything else together.
_COMPRESSION = 3


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write UTF-8 with a mark, which Excel needs to see it."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    text.write(_BOM)
    writer = csv.writer(text)
    writer.writerow([neutralised(title) for title in header])
    writer.writerows([_as_text(value) for value in row] for row in rows)
    text.detach()


def write_xlsx(
    file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Value]], *, is_rtl: bool = False
) -> None:
    """Write a workbook of one sheet; only some hundred rows at a time are in memory.

    Text is written as text: a cell that looks like a formula or an address is neither. An empty book of
    xlsxwriter's gives everything but the rows, which are written several times as fast without it.
    """
    with ZipFile(_empty_book(header, is_rtl=is_rtl)) as empty:
        sheet = empty.read(_SHEET).decode()
        examples = _EXAMPLES.search(sheet)
        if examples is None:
            raise ValueError("xlsxwriter writes its rows in another way now")
        writer = RowWriter(day=examples[1], moment=examples[2])
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION) as book:
            for name in empty.namelist():
                if name != _SHEET:
                    book.writestr(name, empty.read(name))
            with book.open(_SHEET, "w") as written:
                written.write(re.sub(r'<dimension ref="[^"]*"/>', "", sheet[: examples.start()]).encode())
                for part in _parts(writer, rows):
                    written.write(part)
                written.write(sheet[examples.end() :].encode())


def _parts(writer: RowWriter, rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    numbered = enumerate(rows, 2)
    while chunk := list(islice(numbered, _ROWS_AT_ONCE)):
        yield "".join([writer.row(number, row) for number, row in chunk]).encode()


def _empty_book(header: Sequence[str], *, is_rtl: bool) -> IO[bytes]:
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    if is_rtl:
        sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(header) - 1, 0), _COLUMN_WIDTH)
    bold = book.add_format({"bold": True})
    for at, title in enumerate(header):
        sheet.write_string(0, at, title, bold)
    example = datetime(2000, 1, 1)  # noqa: DTZ001 - only its format counts
    sheet.write_datetime(1, 0, example, book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_datetime(1, 1, example, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    book.close()
    return file


def _as_text(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return neutralised(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case _:
            return format(value, "f") if isinstance(value, Decimal) else str(value)
