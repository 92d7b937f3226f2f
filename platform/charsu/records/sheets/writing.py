"""Writes tables for spreadsheets, row by row, so that no cell is ever calculated."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from charsu.records.sheets.cells import neutralised

#: What a written cell may be. Instants come without a zone, in the reader's own time.
Value = str | int | Decimal | date | datetime | bool | None
#: Rows a sheet can hold below its header; a CSV file has no end.
XLSX_ROW_COUNT = 1_048_575
_CELL_LENGTH = 32_767
_BOM = "\ufeff"
_COLUMN_WIDTH = 18


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
    """Write a workbook of one sheet; only a row at a time is in memory, the rest in a temporary file.

    Text is written as text: a cell that looks like a formula or an address is neither.
    """
    book = Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        },
    )
    sheet = book.add_worksheet()
    if is_rtl:
        sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(header) - 1, 0), _COLUMN_WIDTH)
    bold = book.add_format({"bold": True})
    formats = _Formats(book)
    for at, title in enumerate(header):
        sheet.write_string(0, at, title, bold)
    for number, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            formats.write(sheet, number, at, value)
    book.close()


class _Formats:
    """The cell formats of a workbook, by the kind of value."""

    def __init__(self, book: Workbook) -> None:
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def write(self, sheet: Worksheet, row: int, column: int, value: Value) -> None:
        match value:
            case None | "":
                return
            case bool():
                sheet.write_boolean(row, column, value)
            case int() | Decimal():
                sheet.write_number(row, column, float(value) if isinstance(value, Decimal) else value)
            case datetime():
                sheet.write_datetime(row, column, value.replace(tzinfo=None), self._moment)
            case date():
                sheet.write_datetime(row, column, value, self._day)
            case _:
                sheet.write_string(row, column, value[:_CELL_LENGTH])


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
