"""Turns rows of cells into checked values, by the fields' own parsers; links are found by their titles."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from charsu.errors import DomainError
from charsu.records.access import RecordAccess
from charsu.records.fields import Field, LinkField
from charsu.records.importing.joining import Source, joined, sources_of
from charsu.records.importing.options import ID, ImportOptions
from charsu.records.importing.titles import find_titles, loose
from charsu.records.links import titles
from charsu.records.sheets import Cell, Row
from charsu.text.i18n import _

UUID_TEXT = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
#: Outcomes remembered per column: cities and kinds come again and again.
_REMEMBERED = 2_000
EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass
class ParsedRow:
    """A row whose cells were read; `reasons` say what is wrong with it."""

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    reasons: list[dict[str, str]] = field(default_factory=list)
    record_id: uuid.UUID | None = None

    def refuse(self, message: str, title: str = "") -> None:
        """Add a reason, with the title of the column it is about."""
        self.reasons.append({"field": title, "message": message})


class Parser:
    """Reads the chosen columns of one import."""

    def __init__(
        self,
        session: Session,
        access: RecordAccess,
        fields: Mapping[str, Field],
        options: ImportOptions,
        *,
        is_holding: bool,
    ) -> None:
        self._session = session
        #: Whether what is linked to is locked, as who writes needs it.
        self._is_holding = is_holding
        self._access = access
        self._sources = sources_of(
            (item.at, options.header[item.at], fields[item.field])
            for item in options.columns
            if item.field != ID
        )
        self._id_at = next((item.at for item in options.columns if item.field == ID), None)
        self._links = [
            (at, source.field)
            for source in self._sources
            for at, _title in source.columns
            if isinstance(source.field, LinkField)
        ]
        self._known: dict[str, dict[Cell, Any]] = {source.field.name: {} for source in self._sources}
        self._found: dict[str, dict[str, list[uuid.UUID]]] = {}

    def parse(self, rows: Sequence[Row]) -> list[ParsedRow]:
        """The rows' values; empty cells give none. One query per link column finds the titles of all rows."""
        for at, link in self._links:
            texts = {str(row.cells[at]) for row in rows if row.cells[at]}
            ids = [uuid.UUID(text) for text in texts if UUID_TEXT.match(text)]
            found = {
                **find_titles(self._session, link.to, texts, self._access),
                **{str(one): [one] for one in titles(self._session, link.to, ids, self._access)},
            }
            self._found[link.name] = self._held(link, found) if self._is_holding else found
        return [self._row(row) for row in rows]

    def _held(self, link: LinkField, found: Mapping[str, list[uuid.UUID]]) -> dict[str, list[uuid.UUID]]:
        """Those that are there still when their rows are locked."""
        wanted = [one for ids in found.values() for one in ids]
        there = titles(self._session, link.to, wanted, self._access, is_held=True)
        return {text: [one for one in ids if one in there] for text, ids in found.items()}

    def _row(self, row: Row) -> ParsedRow:
        parsed = ParsedRow(row)
        if row.is_ragged:
            parsed.refuse(_("This row has more cells than there are columns."))
        if self._id_at is not None and row.cells[self._id_at]:
            text = str(row.cells[self._id_at])
            if UUID_TEXT.match(text):
                parsed.record_id = uuid.UUID(text)
            else:
                parsed.refuse(_("This is not a valid id."), "id")
        for source in self._sources:
            self._fill(parsed, source)
        return parsed

    def _fill(self, parsed: ParsedRow, source: Source) -> None:
        outcomes = [self._value(source.field, cell) for cell in source.cells(parsed.row.cells)]
        if message := next((message for _value, message in outcomes if message), ""):
            parsed.refuse(message, source.title)
        elif (value := joined([value for value, _message in outcomes])) not in EMPTY:
            parsed.values[source.field.name] = value

    def _value(self, item: Field, cell: Cell) -> tuple[Any, str]:
        known = self._known[item.name]
        outcome = known.get(cell)
        if outcome is None:
            outcome = self._link(item, str(cell)) if isinstance(item, LinkField) else read_cell(item, cell)
            if len(known) < _REMEMBERED and not isinstance(item, LinkField):
                known[cell] = outcome
        value, message = outcome
        return (value.copy() if isinstance(value, list | dict) else value), message

    def _link(self, item: LinkField, text: str) -> tuple[Any, str]:
        ids = self._found.get(item.name, {}).get(loose(text), [])
        if not ids:
            return None, _("There is nothing called “%(title)s”.", title=text[:80])
        if len(ids) > 1:
            return None, _("Several are called “%(title)s”.", title=text[:80])
        return ids[0], ""


def read_cell(item: Field, cell: Cell) -> tuple[Any, str]:
    """The value of a cell, or a message for people."""
    if isinstance(cell, str) and "\ufffd" in cell:
        return None, _("This cell holds a broken character.")
    try:
        return item.parse_cell(cell), ""
    except ma.ValidationError as error:
        return None, first_message(error.messages)
    except DomainError as error:
        return None, error.message
    except (ValueError, OverflowError):
        return None, _("This is not valid.")


def first_message(messages: Any) -> str:
    """The first text in marshmallow's nest of messages."""
    while isinstance(messages, dict | list) and messages:
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return str(messages) if messages else _("This is not valid.")
