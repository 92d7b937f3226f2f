"""Reading a board: columns with their first cards, counts and totals, in two statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Numeric, Select, bindparam, cast, func, null, select
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.records.clauses import clause
from charsu.records.compiling import compiled, identity
from charsu.records.cursors import write_cursor
from charsu.records.custom import fields_of
from charsu.records.fields import Field, LinkField, TextField
from charsu.records.filter_errors import bad_value, unknown_field
from charsu.records.filters import Condition
from charsu.records.listing import list_page
from charsu.records.query import RecordQuery
from charsu.records.specs import Board, Column
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Cards a column shows at once.
MOST_CARDS = 50


@dataclass(frozen=True)
class Card:
    """One record on the board; `values` are those of the card's fields, by name."""

    id: uuid.UUID
    title: str
    values: Mapping[str, Any]
    is_sample: bool
    facts: Any = None


@dataclass
class BoardColumn:
    """A column with its cards; sums are by currency, "" for the tenant's own."""

    column: Column
    cards: list[Card] = field(default_factory=list)
    count: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    weighted: dict[str, int] = field(default_factory=dict)
    #: Where the cards after these begin; empty where there are none.
    cursor: str = ""


class BoardReader:
    """The board of one type as one reader may see it. Raises `NotFound` where there is none for her."""

    def __init__(self, session: Session, query: RecordQuery, group: str | None) -> None:
        record_type = query.record_type
        if record_type.board is None:
            raise NotFound
        self.session = session
        self.record_type: RecordType = record_type
        self.board: Board = record_type.board
        self._fields = {item.name: item for item in query.access.readable(fields_of(session, record_type))}
        self.by = self._field(self.board.field)
        self.groups = self.board.groups(session) if self.board.groups is not None else []
        self.group = self._chosen(group)
        self.query = self._within_group(query)
        self.columns = self.board.columns(session, self.group)
        self.card_fields = [self._fields[name] for name in self.board.card_fields if name in self._fields]
        # A card's title stands on it whatever its fields; where it is hidden, the noun does.
        self._title = self._fields.get(record_type.title_field) or self.by
        self._shown = [*self.card_fields, *self._currencies()]
        self.sum_field = self._fields.get(self.board.sum_field)
        self.weight_field = self._fields.get(self.board.weight_field) if self.sum_field else None

    def read(self) -> list[BoardColumn]:
        """Every column with its first cards, its count and its totals."""
        found = {column.value: BoardColumn(column) for column in self.columns}
        self._read_cards(found)
        self._read_totals(found)
        self._add_facts([card for item in found.values() for card in item.cards], found.values())
        return list(found.values())

    def more(self, value: str, cursor: str) -> BoardColumn:
        """The cards of one column behind a cursor."""
        found = BoardColumn(self.column(value))
        condition = Condition(self.by, "any", ([self.stored(value)],))
        query = replace(
            self.query,
            conditions=(*self.query.conditions, condition),
            cursor=cursor or None,
            limit=MOST_CARDS,
        )
        page = list_page(self.session, query, [self._title, *self._shown])
        found.cards = [self._card(row) for row in page.rows]
        found.cursor = page.next_cursor or ""
        self._add_facts(found.cards, [found])
        return found

    def totals(self) -> list[BoardColumn]:
        """Counts and sums alone, for what stands above the columns after a move."""
        found = {column.value: BoardColumn(column) for column in self.columns}
        self._read_totals(found)
        return list(found.values())

    def column(self, value: str) -> Column:
        """The column of a value. Raises `BadQuery`."""
        column = next((item for item in self.columns if item.value == value), None)
        if column is None:
            raise bad_value(self.board.field, _("There is no such column."))
        return column

    def stored(self, value: str) -> Any:
        """A column's value as the field stores it."""
        return uuid.UUID(value) if isinstance(self.by, LinkField) else value

    def _read_cards(self, found: dict[str, BoardColumn]) -> None:
        question, sort = self.query.question(), self.query.sort
        shown = [self._title, *self._shown]
        key = ("board", sort.key(), identity(self.by), tuple(map(identity, shown)), *question.key())
        statement = compiled(key, lambda: self._card_statement(shown), is_planned_anew=question.is_narrow)
        values = {**question.values(), "values": self._values(), "most": MOST_CARDS + 1}
        last: dict[str, str] = {}
        for row in statement.run(self.session, values):
            column = found[str(row[-2])]
            if len(column.cards) == MOST_CARDS:
                column.cursor = last[str(row[-2])]
                continue
            column.cards.append(self._card(row))
            last[str(row[-2])] = write_cursor(sort.name, row[-1], row[0])

    def _card_statement(self, shown: Sequence[Field]) -> Select[Any]:
        model: Any = self.record_type.model
        question, sort = self.query.question(), self.query.sort
        by = self.by.expression(model)
        key = sort.expression(model)
        order = sort.order(model)
        inner = question.narrow(
            select(
                model.id,
                *(item.expression(model).label(f"c{at}") for at, item in enumerate(shown)),
                model.is_sample,
                by.label("board_value"),
                key.label("sort_key"),
                func.row_number().over(partition_by=by, order_by=order).label("place"),
            )
        ).where(clause(model, self.by, "any", ("values",)))
        rows = inner.subquery()
        columns = [item for item in rows.c if item.key != "place"]
        return select(*columns).where(rows.c.place <= bindparam("most")).order_by(rows.c.place)

    def _read_totals(self, found: dict[str, BoardColumn]) -> None:
        question = self.query.question()
        summed = [item for item in (self.sum_field, self.weight_field) if item is not None]
        key = ("board totals", identity(self.by), tuple(map(identity, summed)), *question.key())
        statement = compiled(key, self._total_statement, is_planned_anew=question.is_narrow)
        values = {**question.values(), "values": self._values()}
        for value, currency, number, total, weighted in statement.run(self.session, values):
            column = found[str(value)]
            column.count += number
            if total is not None:
                column.sums[currency or ""] = int(total)
            if weighted is not None:
                column.weighted[currency or ""] = int(weighted)

    def _total_statement(self) -> Select[Any]:
        model: Any = self.record_type.model
        by = self.by.expression(model)
        amount = self.sum_field.expression(model) if self.sum_field is not None else None
        name = getattr(self.sum_field, "currency_field", "") if self.sum_field is not None else ""
        currency = getattr(model, name) if name else null()
        total = func.sum(amount) if amount is not None else null()
        weighted: Any = null()
        if amount is not None and self.weight_field is not None:
            weight = self.weight_field.expression(model)
            weighted = func.round(func.sum(cast(amount, Numeric()) * func.coalesce(weight, 0) / 100))
        statement = self.query.question().narrow(
            select(by, currency, func.count(), total, weighted).select_from(model)
        )
        grouped = [by, currency] if name else [by]
        return statement.where(clause(model, self.by, "any", ("values",))).group_by(*grouped)

    def _values(self) -> list[Any]:
        return [self.stored(column.value) for column in self.columns]

    def _card(self, row: Sequence[Any]) -> Card:
        values = {item.name: row[at + 2] for at, item in enumerate(self._shown)}
        return Card(row[0], self._title.to_text(row[1]), values, bool(row[len(self._shown) + 2]))

    def _add_facts(self, cards: list[Card], columns: Any) -> None:
        tell = self.board.card_facts
        if tell is None or not cards:
            return
        facts = tell(self.session, [card.id for card in cards])
        for column in columns:
            column.cards = [replace(card, facts=facts.get(card.id)) for card in column.cards]

    def _currencies(self) -> list[Field]:
        names = {str(getattr(item, "currency_field", "")) for item in self.card_fields} - {""}
        shown = {item.name for item in self.card_fields}
        return [TextField(name=name, title="") for name in sorted(names - shown)]

    def _field(self, name: str) -> Field:
        if name not in self._fields:
            raise unknown_field(name)
        return self._fields[name]

    def _chosen(self, group: str | None) -> str | None:
        if not self.groups:
            return None
        known = [value for value, _title in self.groups]
        if group and group not in known:
            raise NotFound(_("There is no such board."))
        return group or known[0]

    def _within_group(self, query: RecordQuery) -> RecordQuery:
        if self.group is None or not self.board.group_field:
            return query
        item = self._field(self.board.group_field)
        value = uuid.UUID(self.group) if isinstance(item, LinkField) else self.group
        return replace(query, conditions=(*query.conditions, Condition(item, "any", ([value],))))
