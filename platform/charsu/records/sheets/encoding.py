"""Finds how a text is encoded: by its mark, else by what can be decoded."""

import codecs
import re

from charsu.records.sheets.table import BadTable
from charsu.text.i18n import _

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1024 * 1024
#: A character of several bytes in UTF-8, and a byte that is none of ASCII.
_WIDE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a]")
_HIGH = re.compile(rb"[\x80-\xff]+")


def find_encoding(content: bytes) -> str:
    """Python's name of the encoding: UTF-8, UTF-16 with or without its mark, else Windows-1256.

    Raises `BadTable` for bytes that are no text.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _checked(content, name)
    sample = content[:_SAMPLE]
    nul_count = sample.count(0)
    if nul_count:
        return _checked(content, _wide_encoding(sample, nul_count))
    return "utf-8" if _is_utf8(content) else "cp1256"


def _wide_encoding(sample: bytes, nul_count: int) -> str:
    """UTF-16 without a mark: separators, digits and line ends have a zero byte on the same side."""
    low, high = sample[1::2].count(0), sample[0::2].count(0)
    if nul_count * 20 < len(sample) or min(low, high) * 10 > max(low, high):
        raise not_text()
    return "utf-16-le" if low > high else "utf-16-be"


def _checked(content: bytes, encoding: str) -> str:
    try:
        text = content[:_SAMPLE].decode(encoding, "strict")
    except UnicodeDecodeError as error:
        # A sample may end within a character, a whole file may not.
        if len(content) <= _SAMPLE or error.end < _SAMPLE - 4:
            raise not_text() from None
        return encoding
    if _CONTROL.search(text):
        raise not_text()
    return encoding


def _is_utf8(content: bytes) -> bool:
    """Whether it decodes, or nearly: a text with one broken character is still UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        wide = sum(len(found) for found in _WIDE.findall(content))
        high = sum(len(found) for found in _HIGH.findall(content))
        return wide * 20 >= high * 19
    return True


def not_text() -> BadTable:
    """The refusal of bytes that are no text in any encoding we read."""
    return BadTable(_("This is not a table. Please choose a CSV or XLSX file."), code="not_a_table")
