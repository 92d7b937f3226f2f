"""Reads CSV as programs in Iran and elsewhere write it: the encoding and the separator are found."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from charsu.records.sheets.cells import Cell, clean, restored
from charsu.records.sheets.encoding import find_encoding
from charsu.records.sheets.table import BadTable, Limits, Table, header_of, rows_below, too_many_columns
from charsu.text.i18n import _

SEPARATORS = ",;\t|"
_SAMPLE_LENGTH = 64 * 1024
_SAMPLE_ROWS = 40
#: Excel reads a first line such as `sep=;` as a hint, and so do we.
_HINTS = {f"sep={mark}": mark for mark in SEPARATORS}


def open_separated(content: bytes, limits: Limits) -> Table:
    """Open text of separated values; raises `BadTable` for what is no text."""
    encoding = find_encoding(content)
    sample = _text(content, encoding).read(_SAMPLE_LENGTH)
    separator = find_separator(sample)
    header = next(_records(content, encoding, separator, limits), None)
    if header is None:
        raise BadTable(_("The file is empty."), code="empty_table")
    return Table(
        kind="csv",
        header=header_of(header[1], limits),
        rows=lambda: rows_below(_records(content, encoding, separator, limits), limits),
        encoding=encoding,
        separator=separator,
    )


def find_separator(sample: str) -> str:
    """The mark that cuts the sample's rows into the most columns that stay the same; a comma if none does."""
    first = sample.splitlines()[0].strip().lower() if sample.strip() else ""
    if first in _HINTS:
        return _HINTS[first]
    return max(SEPARATORS, key=lambda mark: (_agreement(sample, mark), -SEPARATORS.index(mark)))


def _agreement(sample: str, separator: str) -> float:
    """Columns of the header, times the part of the rows that has as many; one column counts for nothing."""
    try:
        rows = [*islice(csv.reader(io.StringIO(sample), delimiter=separator), _SAMPLE_ROWS)]
    except csv.Error:
        return 0
    widths = [len(row) for row in rows if any(row)]
    if not widths or widths[0] < 2:
        return 0
    return widths[0] * (sum(1 for width in widths if width == widths[0]) / len(widths))


def _records(
    content: bytes, encoding: str, separator: str, limits: Limits
) -> Iterator[tuple[int, list[Cell]]]:
    """The file's rows with their numbers, from its first one that is not empty."""
    is_begun = False
    reader = csv.reader(_text(content, encoding), delimiter=separator)
    try:
        for number, values in enumerate(reader, 1):
            if len(values) > limits.column_count and any(values[limits.column_count :]):
                raise too_many_columns(limits)
            cells: list[Cell] = [restored(clean(value)) for value in values[: limits.column_count]]
            is_begun = is_begun or (any(cells) and separator.join(values).strip().lower() not in _HINTS)
            if is_begun:
                yield number, cells
    except csv.Error as error:
        raise BadTable(
            _("Row %(number)s can't be read. Is a quotation mark missing there?", number=reader.line_num),
            code="broken_table",
        ) from error


def _text(content: bytes, encoding: str) -> io.TextIOWrapper:
    # Single broken characters are shown in the row they stand in, where a person can mend them.
    return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")
