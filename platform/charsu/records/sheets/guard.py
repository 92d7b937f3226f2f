"""Measures the sheets of a workbook in their packed form, so that calamine is only given what fits.

calamine holds a sheet as one dense block from its first cell to its last: two cells in far corners are enough
to ask for a terabyte. It also copies a shared string into every cell that names it. Neither can be bounded
from outside once it has begun, so every part is read through here first, a piece at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from xml.parsers import expat
from zipfile import ZipInfo

from charsu.records.sheets.archive import bomb, broken, check_unpacked, unpacked, xml_parts
from charsu.records.sheets.table import BadTable, Limits, too_many_columns, too_many_rows
from charsu.text.i18n import _

#: Any cell or value, and those written the way all usual programs write them.
_CELL = re.compile(rb"<(?:[^\s<>/:]+:)?c(?=[\s/>])")
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:[^\s<>/:]+:)?v(?=[\s/>])")
_PLAIN_VALUE = re.compile(rb"<v>([^<&]*)<")
_STRING = re.compile(rb"<(?:[^\s<>/:]+:)?si(?=[\s/>])")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})\Z")
_LONGEST_TAG = 4 * 1024 * 1024
#: Bytes of a part that are read cell by cell where its cells are written in an unusual way.
_SLOW_COUNT = 64 * 1024 * 1024


@dataclass
class _Extent:
    """How far a sheet reaches, and how much text its cells will hold."""

    limits: Limits
    #: Bytes of each shared string.
    strings: list[int]
    rows: int = 0
    columns: int = 0
    text_count: int = 0

    def reach(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        if self.columns > self.limits.column_count:
            raise too_many_columns(self.limits)
        if self.rows > self.limits.row_count + 1:
            raise too_many_rows(self.limits)
        if self.rows * self.columns > self.limits.area:
            raise BadTable(
                _("The sheet has too many cells for a workbook. Save it as CSV, or remove columns."),
                code="too_many_cells",
            )

    def refer(self, value: bytes) -> None:
        """Count what a value brings with it; a number may be a shared string's, so it is counted as one."""
        if self.strings and value.isdigit() and len(value) < 10 and int(value) < len(self.strings):
            self.text_count += self.strings[int(value)]
            if self.text_count > self.limits.text_count:
                raise bomb()


def check_workbook(content: bytes, limits: Limits) -> None:
    """Raise `BadTable` unless every part of the workbook is plain XML of bounded size."""
    parts = xml_parts(content, limits)
    total = 0
    strings: list[int] = []
    for part in parts:
        lengths, count = _measure_strings(content, part)
        total += count
        check_unpacked(total, len(content), limits)
        strings = max(strings, lengths, key=len)
    for part in parts:
        if not _measure_quickly(content, part, _Extent(limits, strings)):
            _measure_slowly(content, part, _Extent(limits, strings))


def column_number(letters: str) -> int:
    """The number of the column that spreadsheets call A (1), Z (26), AA (27)."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _measure_strings(content: bytes, part: ZipInfo) -> tuple[list[int], int]:
    """Check that a part is XML without a document type; return the length of each `<si>` and of all."""
    lengths: list[int] = []
    total = 0
    for piece in _whole_tags(content, part):
        if b"\x00" in piece or b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise BadTable(
                _("The file holds definitions no spreadsheet needs. Save it anew as .xlsx and try again."),
                code="hostile_workbook",
            )
        total += len(piece)
        starts = [found.start() for found in _STRING.finditer(piece)]
        if lengths:
            lengths[-1] += starts[0] if starts else len(piece)
        lengths.extend(end - start for start, end in pairwise([*starts, len(piece)]))
    return lengths, total


def _measure_quickly(content: bytes, part: ZipInfo, extent: _Extent) -> bool:
    """Measure by pattern; False where a cell or a value is written in a way the patterns do not know."""
    for piece in _whole_tags(content, part):
        cells, values = _PLAIN_CELL.findall(piece), _PLAIN_VALUE.findall(piece)
        if len(cells) != len(_CELL.findall(piece)) or len(values) != len(_VALUE.findall(piece)):
            return False
        if cells:
            columns = max(column_number(letters.decode()) for letters in {cell[0] for cell in cells})
            extent.reach(max(map(int, {cell[1] for cell in cells})), columns)
        for value in values:
            extent.refer(value)
    return True


def _measure_slowly(content: bytes, part: ZipInfo, extent: _Extent) -> None:
    """Measure by a real XML parser, counting positions where cells do not name theirs."""
    if part.file_size > _SLOW_COUNT:
        raise broken()
    parser = expat.ParserCreate()
    reader = _CellReader(extent)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.buffer_text = True
    try:
        for piece in unpacked(content, part):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise broken() from None


class _CellReader:
    """Follows rows, cells and values through a sheet's XML, the way calamine does."""

    def __init__(self, extent: _Extent) -> None:
        self._extent = extent
        self._row, self._column = 0, 0
        self._value: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            number = attributes.get("r", "")
            self._row = (
                int(number) if number.isascii() and number.isdigit() and len(number) < 9 else self._row + 1
            )
            self._column = 0
        elif local == "c":
            self._place(attributes.get("r"))
            self._extent.reach(self._row, self._column)
        elif local == "v":
            self._value = []

    def text(self, piece: str) -> None:
        if self._value is not None:
            self._value.append(piece)

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "v" and self._value is not None:
            self._extent.refer("".join(self._value).strip().encode())
            self._value = None

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            return
        found = _REFERENCE.match(reference)
        if found is None:
            raise broken()
        self._column, self._row = column_number(found[1]), int(found[2])


def _whole_tags(content: bytes, part: ZipInfo) -> Iterator[bytes]:
    """The part in pieces that end before a `<`, so that no tag and no value is cut in two."""
    rest = b""
    for piece in unpacked(content, part):
        buffer = rest + piece
        # A value is read together with its own end tag: cut where a cell, a string or a row begins.
        cut = max(buffer.rfind(mark) for mark in (b"<c", b"<si", b"<row"))
        cut = cut if cut > 0 else buffer.rfind(b"<")
        if cut <= 0:
            cut = 0
        if len(buffer) - cut > _LONGEST_TAG:
            raise broken()
        rest = buffer[cut:]
        if cut:
            yield buffer[:cut]
    if rest:
        yield rest
