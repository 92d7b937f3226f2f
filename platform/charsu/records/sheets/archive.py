"""Looks into a workbook's zip before anything unpacks it: what it declares, then what is really in it."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from charsu.records.sheets.table import BadTable, Limits
from charsu.text.i18n import _

_END = b"PK\x05\x06"
_END_LENGTH = 22
_ENTRY = b"PK\x01\x02"
_LOCAL_LENGTH = 30
_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1
#: A small file may unpack to this much at most, and to this many times its size.
_SMALL = 64 * 1024 * 1024
_RATIO = 200
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def xml_parts(content: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    """The XML parts of a workbook without macros; raises `BadTable` for what else calls itself a zip.

    Only the directory is read here. Its sizes are promises; `unpacked` holds it to them.
    """
    entries = _entries(content, limits)
    names = {entry.filename.lower() for entry in entries}
    if len(names) != len(entries):
        raise broken()
    _check_kind(names)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise BadTable(
            _("The file is protected by a password. Save it without one."), code="protected_workbook"
        )
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise broken()
    parts = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
    declared = sum(entry.file_size for entry in parts)
    check_unpacked(declared, len(content), limits)
    return parts


def unpacked(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes in pieces, straight from the file; `BadTable` once they exceed what was declared."""
    count = 0
    for piece in _inflated(_packed(content, part), part.compress_type):
        count += len(piece)
        if count > part.file_size:
            raise bomb()
        yield piece


def check_unpacked(count: int, packed_count: int, limits: Limits) -> None:
    """Raise `BadTable` where a file grows too much on unpacking."""
    if count > limits.unpacked_count or count > max(_SMALL, packed_count * _RATIO):
        raise bomb()


def broken() -> BadTable:
    """The refusal of a file that is damaged, or made so that programs read it differently."""
    return BadTable(_("The file is damaged. Save it anew as .xlsx and try again."), code="broken_workbook")


def bomb() -> BadTable:
    """The refusal of a small file that would fill the memory."""
    return BadTable(
        _("The file is too large once unpacked. Save it as CSV, or split it."), code="too_large_unpacked"
    )


def _entries(content: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    if content.count(_ENTRY) > limits.part_count:
        raise bomb()
    end = content.rfind(_END, -65_557)
    if end < 0 or len(content) < end + _END_LENGTH:
        raise broken()
    size, offset = struct.unpack_from("<II", content, end + 12)
    # Nothing between or before the parts, no second directory: every program finds the same parts.
    if offset + size != end or content[end - 20 : end - 16] == b"PK\x06\x07":
        raise broken()
    try:
        return zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        raise broken() from None


def _check_kind(names: set[str]) -> None:
    if "xl/vbaproject.bin" in names or any(name.startswith("xl/macrosheets/") for name in names):
        raise BadTable(_("The file holds macros. Save it as .xlsx, which has none."), code="macro_workbook")
    if "xl/workbook.bin" in names or "mimetype" in names:
        raise BadTable(
            _("Save the file as .xlsx or CSV; other workbooks can't be read."), code="other_workbook"
        )
    if "xl/workbook.xml" not in names:
        raise BadTable(_("This is not a table. Please choose a CSV or XLSX file."), code="not_a_table")


def _packed(content: bytes, part: zipfile.ZipInfo) -> memoryview:
    at = part.header_offset
    if content[at : at + 4] != b"PK\x03\x04" or len(content) < at + _LOCAL_LENGTH:
        raise broken()
    name_length, extra_length = struct.unpack_from("<HH", content, at + 26)
    start = at + _LOCAL_LENGTH + name_length + extra_length
    packed = memoryview(content)[start : start + part.compress_size]
    if len(packed) != part.compress_size:
        raise broken()
    return packed


def _inflated(packed: memoryview, method: int) -> Iterator[bytes]:
    if method == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    try:
        while not inflater.eof:
            piece = inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
            if not piece and not rest:
                return
            yield piece
    except zlib.error:
        raise broken() from None
