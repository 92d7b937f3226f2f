"""What reading a file gives: a header, rows of cells, and how the file was understood."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from charsu.errors import RuleViolated
from charsu.records.sheets.cells import Cell
from charsu.text.i18n import _


class BadTable(RuleViolated):
    """The file is no table that can be read; nothing of it was kept."""

    default_code = "bad_table"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be. Each is checked before memory is spent on what exceeds it."""

    byte_count: int = 20 * 1024 * 1024
    row_count: int = 100_000
    column_count: int = 200
    #: Characters of one cell; the same as in Excel.
    #: Bytes of all parts of a workbook, unpacked.
    unpacked_count: int = 400 * 1024 * 1024
    #: Rows times columns of a workbook's sheet: calamine holds it as one dense block, 32 bytes a cell.
    area: int = 5_000_000
    #: Bytes of text of a sheet once each cell has its own copy of the shared strings.
    text_count: int = 256 * 1024 * 1024
    part_count: int = 2_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header.

    `number` is what the person's own program shows beside it, 1 being the first row of the file. `cells`
    are as many as the header's; `is_ragged` says that the file held more, which belong to no column.
    """

    number: int
    cells: tuple[Cell, ...]
    is_ragged: bool = False


@dataclass(frozen=True)
class Table:
    """An opened file. `rows()` reads from its start each time it is called and skips empty rows."""

    kind: str
    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    #: Of CSV: Python's name of the encoding, and the separator.
    encoding: str = ""
    separator: str = ""
    #: Of XLSX: the sheets a person can see, and the one that is read.
    sheet_names: tuple[str, ...] = ()
    sheet: str = ""


def rows_below(records: Iterator[tuple[int, list[Cell]]], limits: Limits) -> Iterator[Row]:
    """Cut raw rows to the header's width; the first of `records` is the header.

    Raises `BadTable` at the row that is one too many.
    """
    header = next(records, None)
    width = len(header_of(header[1], limits)) if header else 0
    count = 0
    for number, cells in records:
        if not any(cells):
            continue
        count += 1
        if count > limits.row_count:
            raise too_many_rows(limits)
        excess = cells[width:]
        padded = (*cells[:width], *("" for _gap in range(width - len(cells))))
        yield Row(number, padded, is_ragged=any(excess))


def header_of(cells: list[Cell], limits: Limits) -> tuple[str, ...]:
    """The titles of the columns: those without one are numbered, those that come twice are told apart."""
    titles = [str(cell).strip()[:200] for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    if len(titles) > limits.column_count:
        raise too_many_columns(limits)
    if not titles:
        raise BadTable(_("The first row holds no column titles. Put the titles of the columns there."))
    seen: dict[str, int] = {}
    return tuple(
        _own_title(title or _("Column %(number)s", number=at), seen) for at, title in enumerate(titles, 1)
    )


def too_many_rows(limits: Limits) -> BadTable:
    """The refusal of a table with more rows than an import takes."""
    return BadTable(
        _(
            "The file has more than %(count)s rows. Split it, or delete the empty rows below.",
            count=f"{limits.row_count:,}",
        ),
        code="too_many_rows",
    )


def too_many_columns(limits: Limits) -> BadTable:
    """The refusal of a table with more columns than an import takes."""
    return BadTable(
        _(
            "The file has more than %(count)s columns. Remove those that are not needed.",
            count=limits.column_count,
        ),
        code="too_many_columns",
    )


def _own_title(title: str, seen: dict[str, int]) -> str:
    seen[title] = seen.get(title, 0) + 1
    return title if seen[title] == 1 else f"{title} ({seen[title]})"
