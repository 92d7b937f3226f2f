"""The long menus of a list in plain Python: a line for every field, drawn on every page (decision 0020)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from markupsafe import Markup

from charsu.ui.html import as_html
from charsu.ui.rows import escaped

if TYPE_CHECKING:
    from charsu.records.fields import Field


def filter_links(fields: Iterable[Field], here: str) -> Markup:
    """A link for each field that opens the form of a new filter; `here` is the list as it is."""
    start = escaped(f"{here}{'&' if '?' in here else '?'}add=")
    links = [f'<a href="{start}{escaped(item.name)}">{escaped(str(item.title))}</a>' for item in fields]
    return as_html("".join(links))


def column_boxes(fields: Iterable[Field], shown: Collection[str], title_field: str) -> Markup:
    """A box to tick for each field; the title always stands in the list, so it has none."""
    boxes = [
        f'<input type="hidden" name="columns" value="{escaped(item.name)}">'
        if item.name == title_field
        else _box(item, is_shown=item.name in shown)
        for item in fields
    ]
    return as_html("".join(boxes))


def choice_options(options: Iterable[tuple[str, str]], chosen: str) -> Markup:
    """The options of a ready filter, the chosen one selected."""
    drawn = [
        f'<option value="{escaped(value)}"{" selected" if value == chosen else ""}>{escaped(title)}</option>'
        for value, title in options
    ]
    return as_html("".join(drawn))


def _box(item: Field, *, is_shown: bool) -> str:
    checked = " checked" if is_shown else ""
    return (
        '<label class="c-check"><input class="form-check-input" type="checkbox" name="columns"'
        f' value="{escaped(item.name)}"{checked}><span>{escaped(str(item.title))}</span></label>'
    )
