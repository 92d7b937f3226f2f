"""Bodies of tables in plain Python: a list of fifty rows costs half a millisecond here, ten in Jinja.

A page's list is drawn cell by cell, so what is done for each cell decides what the page costs. Prepare the
columns once per request, from the reader's preferences, then hand the rows over as tuples:

    reader = current_preferences()
    columns = [
        TableColumn(who_cell("/crm/customers/"), itemgetter(0, 1), css="is-main"),
        TableColumn(phone_cell(reader), itemgetter(2), label=_("Phone")),
        TableColumn(tags_cell("/crm/customers?tag="), itemgetter(3), label=_("Tags")),
        TableColumn(date_cell(reader), itemgetter(4), label=_("Added"), css="is-end"),
    ]
    body = render_rows(rows, columns)          # Markup, for `<tbody>{{ body }}</tbody>`

The one rule: a `Cell` takes a value and returns HTML that is **already escaped**; nothing is escaped after
it. Whatever came from a person goes through `escaped` (or a cell made here) exactly once. A cell of your own
is any function that keeps this; one made here never returns a value unescaped. Cells are pure: the same value
and the same arguments of their maker give the same HTML, so they may be kept between requests, as long as
what they were made of (preferences, titles in the reader's language) is part of the key.

Texts of the formats are those of the Jinja filters `date`, `datetime`, `money`, `number` and `phone`, in the
language of the `Preferences` given, not of the request.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from markupsafe import Markup, escape

from charsu.text.calendar import date_writer, datetime_writer
from charsu.text.digits import number_writer
from charsu.text.money import money_writer
from charsu.text.phones import phone_link
from charsu.text.preferences import Preferences
from charsu.ui.html import as_html

#: Turns one value (or the pair a column picks) into escaped HTML; None and "" are an empty cell.
Cell = Callable[[Any], str]
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: how its cell is written, what of the row it is given, and its `<td>`.

    `pick` is best an `operator.itemgetter`: `itemgetter(3)` gives the cell one value, `itemgetter(0, 2)` a
    tuple of two. `label` is the column's title in the reader's language, which phones show beside the value
    (`data-label`); `css` is the class of the `<td>`. Both are plain text and escaped here.
    """

    cell: Cell
    pick: Callable[[Row], Any]
    label: str = ""
    css: str = ""


def render_rows(
    rows: Iterable[Row],
    columns: Sequence[TableColumn],
    *,
    row_attributes: Callable[[Row], str] | None = None,
) -> Markup:
    """The `<tr>`s of a table's body.

    `row_attributes` gives ready, escaped attributes of a row with a blank before each, such as
    ` data-id="…"`, or "". Rows are gone through column by column; cells are called in no promised order.
    """
    return RowWriter(columns, row_attributes=row_attributes).write(rows)


class RowWriter:
    """Writes the `<tr>`s of tables with these columns: for who writes many pages of one table."""

    def __init__(
        self, columns: Sequence[TableColumn], *, row_attributes: Callable[[Row], str] | None = None
    ) -> None:
        self._columns = columns
        self._row_attributes = row_attributes
        frame = "".join(_frame(column) for column in columns)
        self._line = f"<tr{'' if row_attributes is None else '%s'}>{frame}</tr>\n"

    def write(self, rows: Iterable[Row]) -> Markup:
        """The rows as HTML, as `render_rows` describes it."""
        known = rows if isinstance(rows, list | tuple) else list(rows)
        if not known:
            return Markup("")
        # Written by the interpreter's own `%`, `map` and `zip`: no line of Python runs between two cells.
        parts: list[Iterable[str]] = [map(column.cell, map(column.pick, known)) for column in self._columns]
        if self._row_attributes is not None:
            parts.insert(0, map(self._row_attributes, known))
        body = "".join(map(self._line.__mod__, zip(*parts, strict=True)))
        return as_html(body)


def escaped(value: object) -> str:
    """`value` as text of HTML, quotes included, so that it may stand in attributes too; None is empty.

    `Markup` stays as it is.
    """
    if type(value) is str:
        return value if _SPECIAL(value) is None else _written(value)
    return "" if value is None else _written(value)


#: Finds what has to be escaped; most texts have none of it, and making `Markup` takes five times as long.
_SPECIAL = re.compile(r"[&<>\"']").search


def _written(value: object) -> str:
    return str.__str__(escape(value))


def escaped_id(value: object) -> str:
    """The id of a record in an address; a UUID has nothing to be escaped."""
    return str(value) if type(value) is UUID else escaped(value)


def isolated_cell(value: object) -> str:
    """Text a person typed, isolated so that its direction does not disturb its surroundings (`<bdi>`)."""
    return "" if value is None or value == "" else f"<bdi>{escaped(value)}</bdi>"


def link_cell(prefix: str) -> Cell:
    """A link to `prefix` + id; given `(id, title)`. Ids are UUIDs or numbers: nothing is quoted."""
    start = f'<a href="{escaped(prefix)}'

    def write(pair: tuple[Any, Any]) -> str:
        return f'{start}{escaped_id(pair[0])}"><bdi>{escaped(pair[1])}</bdi></a>'

    return write


def who_cell(prefix: str) -> Cell:
    """The main cell of a list: avatar and name, a link to `prefix` + id; given `(id, name)`."""
    start = f'<a class="c-who" href="{escaped(prefix)}'

    def write(pair: tuple[Any, Any]) -> str:
        name = pair[1] or "؟"
        shown = escaped(name)
        first = shown[0] if shown[0] != "&" else escaped(name[0])
        return (
            f'{start}{escaped_id(pair[0])}"><span class="c-avatar" aria-hidden="true">{first}</span>'
            f"<bdi>{shown}</bdi></a>"
        )

    return write


def date_cell(preferences: Preferences, style: str = "medium") -> Cell:
    """A date, or the date of an instant, in the reader's calendar; styles as of the filter `date`."""
    write: Callable[[date | datetime | None], str] = date_writer(preferences, style)
    return write


def datetime_cell(preferences: Preferences, style: str = "medium") -> Cell:
    """An instant with its time of day."""
    return datetime_writer(preferences, style)


def money_cell(preferences: Preferences, currency: str | None = None) -> Cell:
    """An amount in minor units, or a pair `(minor, currency)`; without either's currency the reader's."""
    default = money_writer(preferences, currency)
    writers: dict[str | None, Callable[[int | None], Markup]] = {currency: default, None: default}

    def write(value: int | tuple[int | None, str | None] | None) -> str:
        minor, code = value if isinstance(value, tuple) else (value, None)
        writer = writers.get(code)
        if writer is None:
            writer = writers[code] = money_writer(preferences, code)
        return writer(minor)

    return write


def number_cell(preferences: Preferences, *, places: int | None = None) -> Cell:
    """A number grouped by thousands in the reader's digits."""
    writer = number_writer(preferences, places=places)

    def write(value: Any) -> str:
        return "" if value is None else writer(value)

    return write


def phone_cell(preferences: Preferences) -> Cell:
    """A number in E.164 as a link that calls it."""
    locale = preferences.locale

    def write(value: str | None) -> str:
        return phone_link(value, locale) if value else ""

    return write


def tags_cell(url_prefix: str) -> Cell:
    """A list of words as badges, each a link to `url_prefix` + the word (`/crm/customers?tag=`)."""

    def write(value: Iterable[str] | None) -> str:
        return f"<span>{' '.join([_tag(url_prefix, word) for word in value])}</span>" if value else ""

    return write


def choice_cell(titles: Mapping[Any, object], kinds: Mapping[Any, str] | None = None) -> Cell:
    """The title of a choice as a badge; `kinds` gives some of them a look (`good`, `bad`, `warn`, `brand`).

    A value without a title shows itself: choices a person removed still stand in old rows.
    """
    looks = kinds or {}
    drawn = {value: _badge(str(title), looks.get(value, "")) for value, title in titles.items()}

    def write(value: Any) -> str:
        if value is None or value == "":
            return ""
        found = drawn.get(value)
        return _badge(str(value), "") if found is None else found

    return write


@lru_cache(maxsize=8192)
def _tag(prefix: str, word: str) -> str:
    address = escaped(prefix + quote(word, safe=""))
    return f'<a class="c-badge is-brand" href="{address}">{escaped(word)}</a>'


@lru_cache(maxsize=1024)
def _badge(title: str, kind: str) -> str:
    css = f"c-badge is-{escaped(kind)}" if kind else "c-badge"
    return f'<span class="{css}">{escaped(title)}</span>'


def _frame(column: TableColumn) -> str:
    """The `<td>` of a column as a format of `%`, with one place for the cell."""
    css = f' class="{escaped(column.css)}"' if column.css else ""
    label = f' data-label="{escaped(column.label)}"' if column.label else ""
    opening = f"<td{css}{label}>".replace("%", "%%")
    return f"{opening}%s</td>"
