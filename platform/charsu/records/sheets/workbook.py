"""Reads XLSX by calamine, after the guard has measured it."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import TypeVar

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from charsu.records.sheets.archive import broken
from charsu.records.sheets.cells import Cell, cell_of
from charsu.records.sheets.guard import check_workbook
from charsu.records.sheets.table import BadTable, Limits, Row, Table, header_of, rows_below
from charsu.text.i18n import _

A = TypeVar("A")
T = TypeVar("T")


def open_workbook(content: bytes, sheet: str, limits: Limits) -> Table:
    """Open a workbook's sheet, the first one with anything in it if none is named."""
    check_workbook(content, limits)
    workbook = _guarded(CalamineWorkbook.from_filelike, io.BytesIO(content))
    names = tuple(
        item.name
        for item in workbook.sheets_metadata
        if item.typ == SheetTypeEnum.WorkSheet and item.visible == SheetVisibleEnum.Visible
    )
    if sheet and sheet not in names:
        raise BadTable(_("The file has no sheet of that name."), code="no_such_sheet")
    for name in (sheet,) if sheet else names:
        found = _guarded(workbook.get_sheet_by_name, name)
        header = next(_records(found), None)
        if header is not None:
            rows = partial(_rows, found, limits)
            titles = header_of(header[1], limits)
            return Table(kind="xlsx", header=titles, rows=rows, sheet_names=names, sheet=name)
    raise BadTable(_("The file is empty."), code="empty_table")


def _rows(sheet: CalamineSheet, limits: Limits) -> Iterator[Row]:
    return rows_below(_records(sheet), limits)


def _records(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    is_begun = False
    for number, values in zip(count(1), sheet.iter_rows()):
        cells = [cell_of(value) for value in values]
        is_begun = is_begun or any(cells)
        if is_begun:
            yield number, cells


def _guarded(work: Callable[[A], T], argument: A) -> T:
    """Run calamine; its errors and its panics are the file's fault."""
    try:
        return work(argument)
    except CalamineError:
        raise broken() from None
    except BaseException as error:
        # A panic of the Rust side is no Exception; everything else that is none goes its way.
        if type(error).__name__ != "PanicException":
            raise
        raise broken() from None
