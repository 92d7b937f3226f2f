"""Hostile and broken files are refused by a message, before they cost memory or time."""

import io
import time
import tracemalloc
import zipfile

import pytest

from charsu.records.sheets import BadTable, Limits, open_table

from .importing.workbooks import workbook

PLAIN = workbook(["name", "phone"], ["Mary", "0912"])
SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def with_parts(parts: dict[str, bytes], base: bytes = PLAIN) -> bytes:
    """A workbook with some of its parts replaced or added."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name, content)
    return file.getvalue()


def sheet_of(rows: bytes) -> bytes:
    return with_parts({SHEET: HEAD + rows + TAIL})


def refusal(content: bytes, **limits: int) -> str:
    """The code of the refusal, which costs neither much memory nor much time."""
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(BadTable) as refused:
            list(open_table(content, limits=Limits(**limits)).rows())
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 8
    assert refused.value.message
    return refused.value.code


def test_untouched_workbook_is_read() -> None:
    assert [row.cells for row in open_table(PLAIN).rows()] == [("Mary", "0912")]


def test_bomb_is_refused_by_its_directory() -> None:
    assert refusal(with_parts({SHEET: HEAD + b" " * 150_000_000 + TAIL})) == "too_large_unpacked"


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(with_parts({SHEET: HEAD + b" " * 90_000_000 + TAIL}))
    size = (len(HEAD) + 90_000_000 + len(TAIL)).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (1000).to_bytes(4, "little")

    assert refusal(bytes(content)) == "too_large_unpacked"


def test_directory_of_many_parts_is_refused() -> None:
    assert refusal(with_parts({f"x{at}.xml": b"" for at in range(2_100)})) == "too_large_unpacked"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (b'<row r="1"><c r="XFD1"><v>1</v></c></row>', "too_many_columns"),
        (b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "too_many_rows"),
        (b'<row r="1048576"><c><v>1</v></c></row>', "too_many_rows"),
        (b"<row r='1'><c s='1' r='XFD9'><v>1</v></c></row>", "too_many_columns"),
        (b"<row>" + b"<c/>" * 1_000_000 + b"</row>", "too_many_columns"),
        (b'<row><c r="A1"/><c r="&#65;999999"/></row>', "too_many_rows"),
        (b'<row r="100001"><c r="GR100001"><v>1</v></c></row>', "too_many_cells"),
        (b'<row><c r="A99999999999999999999"/></row>', "broken_workbook"),
    ],
)
def test_giant_sheet_is_refused_before_it_is_read(cell: bytes, code: str) -> None:
    assert refusal(sheet_of(b'<row r="1"><c r="A1"><v>1</v></c></row>' + cell)) == code


def test_shared_string_copied_into_many_cells_is_refused() -> None:
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
    )
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (at, at) for at in range(1, 20_000))

    content = with_parts({SHEET: HEAD + rows + TAIL, "xl/sharedStrings.xml": strings % (b"x" * 1_000_000)})

    assert refusal(content) == "too_large_unpacked"


@pytest.mark.parametrize(
    "part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]
)
def test_document_types_and_entities_are_refused(part: str) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'

    assert refusal(with_parts({part: laughs})) == "hostile_workbook"


def test_workbook_in_utf16_is_refused() -> None:
    assert refusal(with_parts({SHEET: (HEAD + TAIL).decode().encode("utf-16")})) == "hostile_workbook"


def test_macros_passwords_and_old_workbooks_are_refused_each_by_its_name() -> None:
    assert refusal(with_parts({"xl/vbaProject.bin": b"x"})) == "macro_workbook"
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512) == "old_workbook"
    assert (
        refusal(with_parts({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}))
        == "other_workbook"
    )
    encrypted = bytearray(PLAIN)
    encrypted[PLAIN.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(encrypted)) == "protected_workbook"


# Lengths in names of their own: how far a workbook compresses differs between two processes.
@pytest.mark.parametrize(
    "length",
    [4, 30, 200, pytest.param(len(PLAIN) // 2, id="half"), pytest.param(len(PLAIN) - 1, id="all_but_one")],
)
def test_cut_workbook_is_refused(length: int) -> None:
    assert refusal(PLAIN[:length]) in {"broken_workbook", "not_a_table"}


def test_two_parts_of_one_name_and_hidden_directories_are_refused() -> None:
    file = io.BytesIO(PLAIN)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as target:
        target.writestr(SHEET, HEAD + TAIL)

    assert refusal(file.getvalue()) == "broken_workbook"
    assert refusal(PLAIN[:4] + b"x" * 100 + PLAIN) == "broken_workbook"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
        b"%PDF-1.7 ...",
        b"<!DOCTYPE html><table><tr><td>1</td></tr></table>",
        b"a,b\n\x00\x01\x02,3\n" * 40,
        bytes(range(256)) * 20,
        "a,b\n\ud800,1\n".encode("utf-16-le", "surrogatepass"),
        zipfile.ZipFile(io.BytesIO(), "w").fp and b"PK\x05\x06" + b"\0" * 18,
    ],
)
def test_what_is_no_table_is_refused_whatever_its_name(content: bytes) -> None:
    assert refusal(content) in {"not_a_table", "broken_workbook"}


def test_surrogates_in_utf8_become_a_visible_mark() -> None:
    rows = list(open_table("a,b\nمریم,\n".encode() + b"\xed\xa0\x80,1\n").rows())

    assert "\ufffd" in str(rows[-1].cells[0])


def test_nul_and_control_characters_leave_no_trace() -> None:
    assert [row.cells for row in open_table(workbook(["a"], ["x\x00y\x01z"])).rows()] == [("xyz",)]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n , \n", b"\xff\xfe", b"  \r\n"])
def test_empty_file_is_refused(content: bytes) -> None:
    assert refusal(content) in {"empty_table", "bad_table"}


def test_limits_are_held() -> None:
    assert refusal(b"a" * 2_000, byte_count=1_000) == "too_large"
    assert refusal(b"a\n" + b"1\n" * 11, row_count=10) == "too_many_rows"
    assert refusal(",".join("abcdef").encode() + b"\n1", column_count=5) == "too_many_columns"
    assert refusal(b"a,b\n" + b",".join([b"1"] * 20), column_count=5) == "too_many_columns"
    assert refusal(b'a,b\n"' + b"x" * 200_000 + b'",1\n') == "broken_table"


def test_unclosed_quote_is_refused_and_not_read_as_one_giant_cell() -> None:
    assert refusal(b'a,b\n"1,2\n' + b"3,4\n" * 50_000) == "broken_table"
