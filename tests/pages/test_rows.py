"""Table bodies written in plain Python: escaped once, and worded as the filters word them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

import pytest
from flask import Flask, render_template_string

from charsu.text.preferences import Preferences, use_preferences
from charsu.text.setup import init_text
from charsu.ui import rows
from charsu.ui.rows import Cell, TableColumn, render_rows

PERSIAN = Preferences()
ENGLISH = Preferences(locale="en", calendar="gregorian", timezone="Europe/Berlin", money_display="rial")
READERS = pytest.mark.parametrize("reader", [PERSIAN, ENGLISH], ids=["fa", "en"])
HOSTILE = """<script>'"&%s"""
ESCAPED = "&lt;script&gt;&#39;&#34;&amp;%s"

_app = Flask(__name__)
init_text(_app)


def test_a_row_is_its_cells_in_the_frames_of_their_columns() -> None:
    columns = [
        TableColumn(rows.escaped, itemgetter(1), label="100 %", css="is-main"),
        TableColumn(rows.escaped, itemgetter(0)),
    ]

    body = render_rows([(1, "الف"), (2, None)], columns)

    assert body == (
        '<tr><td class="is-main" data-label="100 %">الف</td><td>1</td></tr>\n'
        '<tr><td class="is-main" data-label="100 %"></td><td>2</td></tr>\n'
    )


def test_no_rows_are_no_body() -> None:
    assert render_rows(iter(()), [TableColumn(rows.escaped, itemgetter(0))]) == ""


def test_a_row_may_have_attributes() -> None:
    body = render_rows(
        iter([(7, "x")]),
        [TableColumn(rows.escaped, itemgetter(1))],
        row_attributes=lambda row: f' data-id="{row[0]}"',
    )

    assert body == '<tr data-id="7"><td>x</td></tr>\n'


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (rows.escaped, HOSTILE),
        (rows.isolated_cell, HOSTILE),
        (rows.link_cell("/a/"), (1, HOSTILE)),
        (rows.who_cell("/a/"), (HOSTILE, HOSTILE)),
        (rows.tags_cell("/a?tag="), [HOSTILE]),
        (rows.choice_cell({}), HOSTILE),
        (rows.choice_cell({"a": HOSTILE}), "a"),
    ],
)
def test_every_cell_escapes_what_a_person_wrote(cell: Cell, value: Any) -> None:
    body = render_rows([(value,)], [TableColumn(cell, itemgetter(0), label=HOSTILE, css=HOSTILE)])

    assert "<script" not in body
    assert ESCAPED in cell(value)


@READERS
@pytest.mark.parametrize(
    ("template", "maker", "values"),
    [
        ("{{ v|date }}", rows.date_cell, [date(2025, 12, 6), datetime(2025, 12, 6, 23, 0, tzinfo=UTC), None]),
        (
            "{{ v|date('short') }}",
            lambda reader: rows.date_cell(reader, "short"),
            [date(2025, 12, 6)],
        ),
        ("{{ v|datetime }}", rows.datetime_cell, [datetime(2025, 12, 6, 23, 0, tzinfo=UTC), None]),
        ("{{ v|money }}", rows.money_cell, [0, 10, 2_500_000, -2_500_005, 10**17, None]),
        ("{{ v|money('USD') }}", lambda reader: rows.money_cell(reader, "USD"), [1250, -5]),
        ("{{ v|number }}", rows.number_cell, [0, -12_345, 1.5]),
        ("{{ v|phone }}", rows.phone_cell, ["+989123456789", "+982188881234", "+4930123456", None]),
    ],
)
def test_cells_read_as_the_filters(
    reader: Preferences, template: str, maker: Callable[[Preferences], Cell], values: list[Any]
) -> None:
    cell = maker(reader)

    with _app.app_context(), use_preferences(reader):
        expected = [render_template_string(template, v=value) for value in values]

    assert [str(cell(value)) for value in values] == expected


def test_an_amount_may_bring_its_own_currency() -> None:
    write = rows.money_cell(ENGLISH)

    assert "$12.50" in write((1250, "USD"))
    assert "Rial" in write((1250, "IRR"))
    assert "Rial" in write((1250, None))
