"""Opens a file by what is in it, whatever its name says."""

from charsu.records.sheets.separated import open_separated
from charsu.records.sheets.table import LIMITS, BadTable, Limits, Table
from charsu.records.sheets.workbook import open_workbook
from charsu.text.i18n import _

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
#: The container of .xls, and of every workbook that is protected by a password.
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Beginnings of what people pick by mistake.
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
    b"\x7fELF",
    b"MZ",
)


def open_table(content: bytes, *, sheet: str = "", limits: Limits = LIMITS) -> Table:
    """Open a CSV or XLSX file and read its header; `sheet` names one of a workbook's, else its first.

    Raises:
        BadTable: empty, too large, no table, protected, broken or hostile.
    """
    if len(content) > limits.byte_count:
        raise BadTable(
            _("The file is larger than %(size)s MB. Split it.", size=limits.byte_count // 2**20),
            code="too_large",
        )
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadTable(_("The file is empty."), code="empty_table")
    if content.startswith(_ZIP):
        return open_workbook(content, sheet, limits)
    if content.startswith(_COMPOUND):
        raise BadTable(
            _("This is an old Excel file or one with a password. Save it as .xlsx without a password."),
            code="old_workbook",
        )
    head = content[:512].lstrip()
    if head.startswith(_OTHERS) or head[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise BadTable(_("This is not a table. Please choose a CSV or XLSX file."), code="not_a_table")
    return open_separated(content, limits)
