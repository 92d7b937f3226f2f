"""What we write opens in any spreadsheet, calculates nothing, and can be read back."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu.records.sheets import neutralised, open_table, restored, write_csv, write_xlsx

FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1",
    "+98912=1",
    "=HYPERLINK(1)",
]


def written(write: Callable[..., None], header: list[str], rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    write(file, header, rows)
    return file.getvalue()


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_is_written_as_text(text: str) -> None:
    line = written(write_csv, ["a"], [[text]]).decode("utf-8-sig")

    assert line.splitlines()[1].lstrip('"').startswith("'")


@pytest.mark.parametrize("text", ["-12", "+989123456789", "-1,200.5", "a=b", "مریم", "", "0912", "5-3"])
def test_numbers_and_phones_keep_their_sign(text: str) -> None:
    assert neutralised(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_neutralised_text_can_be_restored(text: str) -> None:
    if not text.startswith("'"):
        assert restored(neutralised(text)) == text
    assert neutralised(text)[:1] not in "=@\t\r" or not text


def test_titles_are_neutralised_too() -> None:
    assert "'=1" in written(write_csv, ["=1"], []).decode()


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_written_table_is_read_back(write: Callable[..., None]) -> None:
    rows = [
        ["مریم, «م»", 12, Decimal("1.5"), date(2026, 3, 1), None, True],
        ["=1+1", -1, None, None, "x\ny", False],
    ]

    content = written(write, ["نام", "b", "c", "d", "e", "f"], rows)

    table = open_table(content)
    first, second = (row.cells for row in table.rows())
    assert table.header == ("نام", "b", "c", "d", "e", "f")
    assert [str(cell) for cell in first] == ["مریم, «م»", "12", "1.5", "2026-03-01", "", "true"]
    assert second == ("=1+1", "-1", "", "", "x\ny", "false")


def test_workbook_holds_no_formula_and_reads_from_the_right() -> None:
    file = io.BytesIO()
    write_xlsx(file, ["a"], [[text] for text in [*FORMULAS, "http://x.example"]], is_rtl=True)

    sheet = ZipFile(file).read("xl/worksheets/sheet1.xml").decode()

    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower().replace("=hyperlink(1)", "")
    assert 'rightToLeft="1"' in sheet


def test_instants_are_written_in_minutes_without_a_zone() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert written(write_csv, ["a"], [[moment]]).decode().splitlines()[1] == "2026-01-02 03:04"
