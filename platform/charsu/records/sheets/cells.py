"""Cells: what a spreadsheet's value is as text, and text that no spreadsheet takes for a formula."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

#: A cell as it is read: text, or a date where the file itself says that it is one.
Cell = str | date | datetime

#: What begins a formula in Excel, LibreOffice or Google Sheets; the wide forms count as well.
_STARTERS = "=+-@\t\r\n＝＋－＠"
#: Plain numbers and E.164 phones begin with a sign, too, but calculate nothing.
_PLAIN = re.compile(r"[+-]?[0-9][0-9.,]*\Z")
#: Control characters but tab and line breaks: no table means them, and PostgreSQL takes no NUL.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
#: Integers up to here are exact in a spreadsheet's floats.
_EXACT = 10**15


def cell_of(value: object) -> Cell:
    """What calamine read, as a cell: `912.0` is `912`, times and lengths are text, errors are empty."""
    match value:
        case str():
            return clean(value)
        case bool():
            return "true" if value else "false"
        case float():
            return _number(value)
        case datetime():
            return value
        case date():
            return value
        case time():
            return value.isoformat("minutes")
        case timedelta():
            return str(value)
        case _:
            return "" if value is None else clean(str(value))


def clean(text: str) -> str:
    """`text` without control characters and outer spaces."""
    if not text.isprintable():
        text = _UNWANTED.sub("", text)
    return text.strip()


def neutralised(text: str) -> str:
    """`text` as a cell that is never calculated: an apostrophe goes before what looks like a formula.

    Plain numbers and phones in E.164 stay as they are: their sign starts no formula, and people sort and
    sum them.
    """
    head = text.lstrip(" \u00a0\u200e\u200f")[:1]
    if head and head in _STARTERS and not _PLAIN.match(text):
        return f"'{text}"
    return text


def restored(text: str) -> str:
    """What `neutralised` was given, so that an export can be imported again."""
    return text[1:] if text[:1] == "'" and neutralised(text[1:]) == text else text


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value.is_integer() and abs(value) < _EXACT * 10:
        return str(int(value))
    return format(Decimal(repr(value)), "f")
