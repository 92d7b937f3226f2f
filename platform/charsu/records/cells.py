"""Cells of record lists: for each kind of field how its value is written, prepared once per reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from charsu.records.fields import ChoiceField, Field, LinkField
from charsu.text.digits import to_persian
from charsu.text.i18n import _
from charsu.text.preferences import Preferences
from charsu.ui import rows

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_LONGEST = 120


@dataclass(frozen=True)
class CellContext:
    """What cells are made of beside their field."""

    preferences: Preferences
    #: Address of the list, for cells that lead to a narrower one.
    path: str = ""
    #: Titles of linked records and members by id, of the whole page.
    titles: Mapping[Any, str] = field(default_factory=dict)
    #: Address of the page of linked records, by the key of their type.
    link_paths: Mapping[str, str] = field(default_factory=dict)


def cell_of(item: Field, context: CellContext) -> rows.Cell:
    """How values of the field are written, as escaped HTML."""
    return _CELLS.get(item.cell, _text)(item, context)


def _text(item: Field, _context: CellContext) -> rows.Cell:
    if type(item).to_text is not Field.to_text:
        return lambda value: rows.isolated_cell(_shortened(item.to_text(value)))
    return lambda value: rows.isolated_cell(_shortened(value))


def _shortened(value: Any) -> Any:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _date(_item: Field, context: CellContext) -> rows.Cell:
    return rows.date_cell(context.preferences)


def _instant(_item: Field, context: CellContext) -> rows.Cell:
    day, moment = rows.date_cell(context.preferences), rows.datetime_cell(context.preferences)

    def write(value: Any) -> str:
        return f'<span title="{moment(value)}">{day(value)}</span>' if value is not None else ""

    return write


def _number(_item: Field, context: CellContext) -> rows.Cell:
    return rows.number_cell(context.preferences)


def _money(_item: Field, context: CellContext) -> rows.Cell:
    return rows.money_cell(context.preferences)


def _phone(_item: Field, context: CellContext) -> rows.Cell:
    return rows.phone_cell(context.preferences)


def _digits(_item: Field, context: CellContext) -> rows.Cell:
    is_persian = context.preferences.locale == "fa"

    def write(value: Any) -> str:
        text = "" if value is None else to_persian(str(value)) if is_persian else str(value)
        return f'<bdi dir="ltr">{rows.escaped(text)}</bdi>' if text else ""

    return write


def _email(_item: Field, _context: CellContext) -> rows.Cell:
    def write(value: Any) -> str:
        if not value:
            return ""
        return f'<a href="mailto:{quote(value, safe="@")}" dir="ltr">{rows.escaped(value)}</a>'

    return write


def _url(_item: Field, _context: CellContext) -> rows.Cell:
    def write(value: Any) -> str:
        if not value or not value.lower().startswith(("http://", "https://")):
            return rows.escaped(value)
        shown = _shortened(value.partition("://")[2].rstrip("/"))
        return (
            f'<a href="{rows.escaped(value)}" dir="ltr" rel="noopener noreferrer nofollow" target="_blank">'
            f"{rows.escaped(shown)}</a>"
        )

    return write


def _choice(item: Field, _context: CellContext) -> rows.Cell:
    if not isinstance(item, ChoiceField):
        return rows.isolated_cell
    return rows.choice_cell(dict(item.options), dict(item.tones))


def _choices(item: Field, context: CellContext) -> rows.Cell:
    one = _choice(item, context)
    return lambda value: " ".join([one(word) for word in value]) if value else ""


def _tags(item: Field, context: CellContext) -> rows.Cell:
    return rows.tags_cell(f"{context.path}?{item.name}=")


def _list(item: Field, context: CellContext) -> rows.Cell:
    one = cell_of(item.of, context)  # type: ignore[attr-defined]  # only a ListField has this cell
    return lambda value: "<br>".join([one(each) for each in value]) if value else ""


def _flag(_item: Field, _context: CellContext) -> rows.Cell:
    yes = f'<span class="c-badge is-good">{rows.escaped(_("Yes"))}</span>'
    return lambda value: yes if value else ""


def _link(item: Field, context: CellContext) -> rows.Cell:
    titles = context.titles
    path = context.link_paths.get(item.to) if isinstance(item, LinkField) else None
    if path is None:
        return lambda value: rows.isolated_cell(titles.get(value))
    write = rows.link_cell(f"{path}/")

    def linked(value: Any) -> str:
        title = titles.get(value)
        return "" if title is None else write((value, title))

    return linked


def _member(_item: Field, context: CellContext) -> rows.Cell:
    titles = context.titles

    def write(value: Any) -> str:
        title = titles.get(value)
        if not title:
            return ""
        return (
            f'<span class="c-member"><span class="c-avatar is-small" aria-hidden="true">'
            f"{rows.escaped(title[0])}</span><bdi>{rows.escaped(title)}</bdi></span>"
        )

    return write


_CELLS: Mapping[str, Callable[[Field, CellContext], rows.Cell]] = {
    "text": _text,
    "date": _date,
    "instant": _instant,
    "number": _number,
    "money": _money,
    "phone": _phone,
    "digits": _digits,
    "email": _email,
    "url": _url,
    "choice": _choice,
    "choices": _choices,
    "tags": _tags,
    "list": _list,
    "flag": _flag,
    "link": _link,
    "member": _member,
}
#: Cells of figures stand at the end of their column.
_AT_END = frozenset({"money", "number", "date", "instant"})


def linked_ids(columns: Sequence[Field], page: Iterable[Sequence[Any]]) -> dict[str, set[Any]]:
    """The ids in the columns that hold links, by the key of the type they lead to; the id is `row[0]`."""
    places = [(at + 1, item.to) for at, item in enumerate(columns) if isinstance(item, LinkField)]
    found: dict[str, set[Any]] = {}
    for row in page if places else ():
        for at, key in places:
            if row[at] is not None:
                found.setdefault(key, set()).add(row[at])
    return found


def table_columns(
    record_type: RecordType, columns: Sequence[Field], context: CellContext
) -> list[rows.TableColumn]:
    """The columns of a list's table over rows of id, values and sample mark, as `list_page` gives them.

    Columns without a title are there for others, such as the currency of an amount, and get none.
    """
    places = {item.name: at + 1 for at, item in enumerate(columns)}
    return [
        _table_column(record_type, item, places, len(columns) + 1, context) for item in columns if item.title
    ]


def _table_column(
    record_type: RecordType, item: Field, places: Mapping[str, int], sample_at: int, context: CellContext
) -> rows.TableColumn:
    at = places[item.name]
    if item.name == record_type.title_field:
        return rows.TableColumn(_title_cell(record_type), itemgetter(0, at, sample_at), css="is-main")
    css = "is-end" if item.cell in _AT_END else ""
    currency = places.get(getattr(item, "currency_field", ""))
    pick = itemgetter(at) if currency is None else itemgetter(at, currency)
    return rows.TableColumn(cell_of(item, context), pick, label=str(item.title), css=css)


def _title_cell(record_type: RecordType) -> rows.Cell:
    # A face is for people and companies, and those can be called or written to.
    has_face = any(item.kind in ("phone", "email") for item in record_type.fields)
    who = (rows.who_cell if has_face else rows.link_cell)(f"{record_type.path}/")
    sample = f' <span class="c-badge">{rows.escaped(_("Sample"))}</span>'

    def write(parts: tuple[Any, Any, Any]) -> str:
        written = who(parts[:2])
        return written + sample if parts[2] else written

    return write
