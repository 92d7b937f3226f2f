"""What the page of a board shows: cards with their lines written, counts and totals in the reader's money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from charsu.records.addresses import address, query_pairs
from charsu.records.board import BoardColumn, BoardReader, Card
from charsu.records.cells import CellContext, cell_of
from charsu.records.fields import LinkField
from charsu.records.filter_text import linked_in
from charsu.records.linked import linked_titles
from charsu.records.links import linked_type
from charsu.records.query import RecordQuery
from charsu.records.quick_filters import Quick, colleagues, quick_filters
from charsu.text.i18n import _
from charsu.text.money import format_money
from charsu.text.preferences import current_preferences
from charsu.ui.html import as_html

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess


@dataclass(frozen=True)
class ShownCard:
    """A card with its lines as HTML: (title of the field, value)."""

    card: Card
    lines: Sequence[tuple[str, Markup]]


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """A column ready to be shown."""

    value: str
    title: str
    tone: str
    is_closed: bool
    cards: Sequence[ShownCard]
    count: int
    #: Totals in words; empty where nothing is summed up.
    total: str
    weighted: str
    more_url: str
    card_template: str


@dataclass(frozen=True, kw_only=True)
class BoardView:
    """A board ready to be shown."""

    columns: Sequence[ShownColumn]
    groups: Sequence[tuple[str, str, str, bool]]
    group: str | None
    query: RecordQuery
    access: RecordAccess
    path: str
    quick: Sequence[Quick]
    kept: Sequence[Any]
    can_move: bool

    @property
    def search_pairs(self) -> list[tuple[str, str]]:
        """What the search form carries along."""
        pairs = query_pairs(self.query, filters=self.kept, without=("search", "columns"))
        return [*pairs, ("group", self.group)] if self.group else pairs

    @property
    def move_pairs(self) -> list[tuple[str, str]]:
        """What a move has to carry, so that the totals it answers are of this board."""
        return query_pairs(self.query, without=("columns", "limit"))


def make_board_view(reader: BoardReader) -> BoardView:
    """Read the board and write its cards."""
    query, record_type = reader.query, reader.record_type
    columns = reader.read()
    writer = _CardWriter(reader, columns)
    named = linked_titles(reader.session, linked_in(query.conditions), query.access.of)
    members = colleagues(reader.session, query.access)
    quick, kept = quick_filters(query, query.access.readable(record_type.all_fields), named, members)
    return BoardView(
        columns=[writer.column(item) for item in columns],
        groups=[
            (value, title, address(record_type.url("board"), [("group", value)]), value == reader.group)
            for value, title in reader.groups
        ],
        group=reader.group,
        query=query,
        access=query.access,
        path=record_type.url("board"),
        quick=quick,
        kept=kept,
        can_move="write" in record_type.verbs
        and query.access.can("write")
        and bool(query.access.writable([reader.by])),
    )


def more_cards(reader: BoardReader, value: str, cursor: str) -> ShownColumn:
    """The next cards of one column."""
    column = reader.more(value, cursor)
    return _CardWriter(reader, [column]).column(column)


def column_totals(reader: BoardReader) -> list[dict[str, Any]]:
    """What stands above each column, as a script puts it there after a move."""
    return [
        {
            "value": item.column.value,
            "count": item.count,
            "total": _money(item.sums),
            "weighted": _weighted(item),
        }
        for item in reader.totals()
    ]


class _CardWriter:
    """Writes the cards of a board: titles of what they link to are read at once."""

    def __init__(self, reader: BoardReader, columns: Sequence[BoardColumn]) -> None:
        self._reader = reader
        cards = [card for item in columns for card in item.cards]
        titles = _titles(reader.session, reader, cards)
        paths = {
            item.to: target.path
            for item in reader.card_fields
            if isinstance(item, LinkField) and (target := linked_type(item.to)) is not None
        }
        context = CellContext(current_preferences(), reader.record_type.path, titles, paths)
        self._cells = [(item, cell_of(item, context)) for item in reader.card_fields]

    def column(self, item: BoardColumn) -> ShownColumn:
        """A column with its cards written."""
        return ShownColumn(
            value=item.column.value,
            title=str(item.column.title),
            tone=item.column.tone,
            is_closed=item.column.is_closed,
            cards=[self._card(card) for card in item.cards],
            count=item.count,
            total=_money(item.sums),
            weighted=_weighted(item),
            more_url=self._more_url(item),
            card_template=self._reader.board.card_template,
        )

    def _card(self, card: Card) -> ShownCard:
        lines = []
        for item, cell in self._cells:
            value = card.values[item.name]
            currency = getattr(item, "currency_field", "")
            written = cell((value, card.values.get(currency))) if currency else cell(value)
            if written:
                lines.append((str(item.title), as_html(written)))
        return ShownCard(card, lines)

    def _more_url(self, item: BoardColumn) -> str:
        if not item.cursor:
            return ""
        reader = self._reader
        pairs: list[tuple[str, Any]] = [
            *query_pairs(reader.query, without=("columns",)),
            *([("group", reader.group)] if reader.group else []),
            ("column", item.column.value),
            ("cursor", item.cursor),
        ]
        return address(reader.record_type.url("board/cards"), pairs)


def _titles(session: Session, reader: BoardReader, cards: Sequence[Card]) -> Mapping[Any, str]:
    ids: dict[str, set[Any]] = {}
    for item in reader.card_fields:
        if isinstance(item, LinkField):
            found = {card.values[item.name] for card in cards} - {None}
            ids.setdefault(item.to, set()).update(found)
    return linked_titles(session, ids, reader.query.access.of)


def _money(sums: Mapping[str, int]) -> str:
    return " + ".join(format_money(amount, currency or None) for currency, amount in sorted(sums.items()))


def _weighted(item: BoardColumn) -> str:
    text = _money(item.weighted)
    return _("Weighted: %(amount)s", amount=text) if text and item.weighted != item.sums else ""
