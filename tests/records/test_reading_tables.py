"""Tables are read whatever program wrote them."""

import io
from datetime import date, datetime

import pytest
from xlsxwriter import Workbook

from charsu.records.sheets import BadTable, open_table

from .importing.workbooks import workbook

PERSIAN = "نام,تلفن\nمریم,۰۹۱۲۳۴۵۶۷۸۹\nعلي,0913\n"


def cells(content: bytes) -> list[tuple[object, ...]]:
    return [row.cells for row in open_table(content).rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_is_found(encoding: str) -> None:
    table = open_table(PERSIAN.encode(encoding))

    assert table.header == ("نام", "تلفن")
    assert [row.cells for row in table.rows()] == [("مریم", "۰۹۱۲۳۴۵۶۷۸۹"), ("علي", "0913")]


def test_windows_1256_is_read_as_arabic_letters() -> None:
    table = open_table("نام;شهر\r\nعلي;كرج\r\n".encode("cp1256"))

    assert (table.encoding, table.header) == ("cp1256", ("نام", "شهر"))
    assert [row.cells for row in table.rows()] == [("علي", "كرج")]


def test_one_broken_character_does_not_change_the_encoding() -> None:
    content = ("نام,شهر\n" + "مریم,تهران\n" * 50).encode() + b"\xff,\xd8\n"

    assert open_table(content).encoding == "utf-8"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(separator: str) -> None:
    text = "\n".join(
        separator.join(row) for row in (["name", "note"], ["Mary", "tea, cake"], ["Ali", "a; b"])
    )
    quoted = (
        text if separator not in ",;" else text.replace("tea, cake", '"tea, cake"').replace("a; b", '"a; b"')
    )

    table = open_table(quoted.encode())

    assert table.separator == separator
    assert [row.cells for row in table.rows()] == [("Mary", "tea, cake"), ("Ali", "a; b")]


def test_hint_of_excel_names_the_separator() -> None:
    assert open_table(b"sep=;\na;b\n1,5;2\n").header == ("a", "b")


def test_quoted_cells_hold_separators_quotes_and_lines() -> None:
    assert cells(b'name,note\n"Sara ""S""","a, b\nc"\n') == [('Sara "S"', "a, b\nc")]


def test_ragged_rows_are_filled_and_excess_is_told() -> None:
    rows = list(open_table(b"a,b,c\n1\n1,2,3,4\n\n,,\n5,6,7,\n").rows())

    assert [(row.number, row.cells, row.is_ragged) for row in rows] == [
        (2, ("1", "", ""), False),
        (3, ("1", "2", "3"), True),
        (6, ("5", "6", "7"), False),
    ]


def test_columns_without_or_with_equal_titles_stay_apart() -> None:
    assert open_table(b"name,,name\n1,2,3\n").header == ("name", "Column 2", "name (2)")


def test_workbook_keeps_dates_and_turns_whole_floats_into_digits() -> None:
    moment = datetime.fromisoformat("2026-01-02 03:04")
    content = workbook(["n", "d", "at"], [912.0, date(2026, 1, 2), moment], [0.5, 10**15, True])

    assert cells(content) == [
        ("912", date(2026, 1, 2), moment),
        ("0.5", "1000000000000000", "true"),
    ]


def test_workbook_rows_have_the_numbers_a_person_sees() -> None:
    table = open_table(workbook(["name"], ["Mary"], [], ["Ali"], start=3))

    assert (table.header, table.sheet, table.kind) == (("name",), "مشتریان", "xlsx")
    assert [(row.number, row.cells) for row in table.rows()] == [(5, ("Mary",)), (7, ("Ali",))]


def test_sheet_is_chosen_by_name() -> None:
    file = io.BytesIO()
    book = Workbook(file)
    for name in ("first", "second"):
        book.add_worksheet(name).write_column(0, 0, [f"title of {name}", "x"])
    book.close()

    table = open_table(file.getvalue(), sheet="second")

    assert (table.header, table.sheet_names) == (("title of second",), ("first", "second"))
    with pytest.raises(BadTable):
        open_table(file.getvalue(), sheet="third")


def test_rows_can_be_read_again() -> None:
    table = open_table(b"a\n1\n2\n")

    assert list(table.rows()) == list(table.rows())
