"""Rows of a sheet as the XML of a workbook (ECMA-376, part 1, 18.3.1.73)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

#: What a written cell may be. Instants come without a zone, in the reader's own time.
Value = str | int | Decimal | date | datetime | bool | None
_CELL_LENGTH = 32_767
#: Days are counted from here. Spreadsheets take 1900 for a leap year: days before its March have no number.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - days of a calendar
_FIRST_DAY = date(1900, 3, 1)
_SECONDS = 86_400
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class RowWriter:
    """Writes row after row; `day` and `moment` are the numbers of the formats of dates and instants."""

    def __init__(self, *, day: str, moment: str) -> None:
        self._day = day
        self._moment = moment
        self._letters: list[str] = []

    def row(self, number: int, values: Sequence[Value]) -> str:
        """The row of this number, counted from 1; empty cells are left out."""
        while len(self._letters) < len(values):
            self._letters.append(_column(len(self._letters)))
        cells = [
            f'<c r="{letters}{number}"{self._content(value)}</c>'
            for letters, value in zip(self._letters, values, strict=False)
            if value is not None and value != ""
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _content(self, value: Value) -> str:
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, bool):
            return f' t="b"><v>{int(value)}</v>'
        if isinstance(value, datetime):
            plain = value.replace(tzinfo=None)
            if plain.date() < _FIRST_DAY:
                return _text(plain.isoformat(" ", "minutes"))
            return f' s="{self._moment}"><v>{(plain - _EPOCH).total_seconds() / _SECONDS:.10f}</v>'
        if isinstance(value, date):
            if value < _FIRST_DAY:
                return _text(value.isoformat())
            return f' s="{self._day}"><v>{value.toordinal() - _EPOCH.toordinal()}</v>'
        if isinstance(value, Decimal) and not value.is_finite():
            return _text(str(value))
        return f"><v>{value}</v>"


def _text(value: str) -> str:
    text = value[:_CELL_LENGTH]
    if _SPECIAL.search(text):
        text = _SPECIAL.sub(_escaped, text)
    space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    return f' t="inlineStr"><is><t{space}>{text}</t></is>'


def _escaped(found: re.Match[str]) -> str:
    """An entity, or for what XML can not hold the way spreadsheets write it (22.4.2.4, ST_Xstring)."""
    mark = found[0]
    if mark in _ENTITIES:
        return _ENTITIES[mark]
    return f"_x005F{mark}" if len(mark) > 1 else f"_x{ord(mark):04X}_"


def _column(at: int) -> str:
    """`A` for 0, `AA` for 26."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
