"""What the page of a list shows: its table, filters, order and the ways on from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from charsu.api.paging import Page
from charsu.records.addresses import Pairs, address, query_pairs
from charsu.records.cells import linked_ids
from charsu.records.custom import fields_of
from charsu.records.fields import Field, TextField
from charsu.records.filter_text import filter_text, linked_in
from charsu.records.filters import Filter
from charsu.records.linked import linked_titles
from charsu.records.list_menus import column_boxes, filter_links
from charsu.records.list_rows import rows_writer, write_rows
from charsu.records.listing import list_page
from charsu.records.query import RecordQuery
from charsu.records.quick_filters import Members, Quick, colleagues, quick_filters
from charsu.text.i18n import _
from charsu.ui.html import as_html
from charsu.ui.rows import escaped

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

#: Kinds that are first wanted with the largest or newest on top.
_LARGEST_FIRST = frozenset({"date", "instant", "money", "number"})


@dataclass(frozen=True)
class Head:
    """The head of a column, and where it leads: the list sorted by it."""

    title: str
    css: str = ""
    url: str = ""
    #: `ascending`, `descending`, or nothing where the list is in another order.
    direction: str = ""


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the list without it."""

    title: str
    operator: str
    value: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ListView:
    """One page of a list, ready to be shown."""

    record_type: RecordType
    access: RecordAccess
    query: RecordQuery
    #: Every field the reader may see.
    fields: Sequence[Field]
    columns: Sequence[Field]
    page: Page
    body: Markup
    can_select: bool
    #: What linked records are called, those that filters name among them.
    titles: Mapping[Any, str]
    #: Who can be named by the ready filter of an owner.
    members: Members

    @property
    def can_edit(self) -> bool:
        """Whether what is selected can be edited together, and not only deleted."""
        return self.access.can("write") and "write" in self.record_type.verbs

    @property
    def is_continued(self) -> bool:
        """Whether it begins behind the first record."""
        return self.query.cursor is not None

    @cached_property
    def _told_apart(self) -> tuple[list[Quick], list[Filter]]:
        return quick_filters(self.query, self.fields, self.titles, self.members)

    @property
    def quick(self) -> Sequence[Quick]:
        """The ready filters above the list."""
        return self._told_apart[0]

    @property
    def kept(self) -> Sequence[Filter]:
        """Filters that no ready filter shows: chips say them, and the search carries them along."""
        return self._told_apart[1]

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """Those filters in words."""
        if not self.query.filters:
            return ()
        by_name = {item.name: item for item in self.fields}
        return tuple(
            Chip(*filter_text(by_name[item.field], item, self.titles), url=_without(self.query, item))
            for item in self.kept
        )

    @property
    def rows(self) -> Markup:
        """The rows of the table, and behind them the way to more."""
        if not self.page.next_cursor:
            return self.body
        url, label = escaped(self.url(cursor=self.page.next_cursor)), escaped(_("Show more"))
        more = (
            f'<tr class="c-more-row" data-more><td colspan="{self.width}">'
            f'<a class="btn btn-quiet" href="{url}" rel="next" hx-get="{url}" hx-target="closest tr"'
            f' hx-swap="outerHTML">{label}</a></td></tr>\n'
        )
        return self.body + as_html(more)

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return len(self.columns) + self.can_select

    @property
    def path(self) -> str:
        """The list's own address."""
        return self.record_type.path

    @cached_property
    def pairs(self) -> Pairs:
        """The parameters of this query."""
        return query_pairs(self.query)

    @cached_property
    def heads(self) -> list[Head]:
        """The heads of the table."""
        return [self._head(item) for item in self.columns]

    def url(self, *without: str, **more: str) -> str:
        """This list with some parameters left out and some added."""
        return address(self.path, query_pairs(self.query, without=without, more=more))

    def pairs_but(self, *without: str) -> Pairs:
        """The parameters a form has to carry along."""
        return [pair for pair in self.pairs if pair[0] not in without]

    @property
    def filter_links(self) -> Markup:
        """The menu that adds a filter."""
        return filter_links(self.fields, self.url())

    @property
    def column_boxes(self) -> Markup:
        """The choice of columns."""
        return column_boxes(self.fields, {item.name for item in self.columns}, self.record_type.title_field)

    @property
    def search_pairs(self) -> Pairs:
        """What the search form carries along: all but the search and the ready filters."""
        return query_pairs(self.query, filters=self.kept, without=("search",))

    def _head(self, item: Field) -> Head:
        css = "is-main" if item.name == self.record_type.title_field else ""
        if item.cell in ("money", "number", "date", "instant"):
            css = "is-end"
        if not item.is_sortable:
            return Head(str(item.title), css)
        sort = self.query.sort
        is_current = sort.field.name == item.name
        is_descending = not sort.is_descending if is_current else item.kind in _LARGEST_FIRST
        name = f"-{item.name}" if is_descending else item.name
        direction = ("descending" if sort.is_descending else "ascending") if is_current else ""
        url = address(self.path, query_pairs(self.query, sort=name))
        return Head(str(item.title), css, url, direction)


def make_list_view(
    session: Session, query: RecordQuery, access_to: Callable[[RecordType], RecordAccess]
) -> ListView:
    """Read a page and draw its rows; three statements at most, whatever it shows and links to."""
    record_type, access = query.record_type, query.access
    known = fields_of(session, record_type)
    fields = access.readable(known)
    columns = _columns(query, fields)
    currencies = [_currency(item) for item in columns if getattr(item, "currency_field", "")]
    page = list_page(session, query, [*columns, *currencies])
    ids = linked_ids(columns, page.rows)
    for key, found in linked_in(query.conditions).items():
        ids.setdefault(key, set()).update(found)
    titles = linked_titles(session, ids, access_to)
    can_select = any(access.can(verb) and verb in record_type.verbs for verb in ("write", "delete"))
    writer = rows_writer(record_type, known, [*columns, *currencies], titles, can_select=can_select)
    return ListView(
        record_type=record_type,
        access=access,
        query=query,
        fields=fields,
        columns=columns,
        page=page,
        body=write_rows(writer, page.rows),
        can_select=can_select,
        titles=titles,
        members=colleagues(session, access),
    )


def _columns(query: RecordQuery, fields: Sequence[Field]) -> list[Field]:
    """The title first, so that every row leads to its record."""
    title = query.record_type.title_field
    by_name = {item.name: item for item in fields}
    names = query.columns or tuple(item.name for item in fields if item.in_list)
    ordered = [title, *(name for name in names if name != title)]
    return [by_name[name] for name in ordered if name in by_name]


def _currency(item: Field) -> Field:
    return TextField(name=str(getattr(item, "currency_field", "")), title="")


def _without(query: RecordQuery, chosen: Filter) -> str:
    others = [item for item in query.filters if item is not chosen]
    return address(query.record_type.path, query_pairs(query, filters=others))
