"""Global search: records of every kind one may see, by any words of theirs, in one statement."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from sqlalchemy import ColumnElement, Text, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from charsu.plugins.apart import together_or_apart
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.custom import fields_of
from charsu.records.fields import Field
from charsu.records.links import module_of
from charsu.records.record_type import RecordType
from charsu.records.registry import types_in_reach
from charsu.records.texts import readable_text
from charsu.records.typos import loosely, may_be_misspelt, one_edit_pattern
from charsu.text.folding import fold, fold_for_search
from charsu_tenants.context import Tenant

DEFAULT_LIMIT = 20
MAX_LIMIT = 50
#: Where a hidden field could have matched, this many are looked through for those that match without it.
_LOOKED_THROUGH = 400
_MOST_WORDS = 8
#: Kinds that tell records of one name apart.
_TELLING = ("phone", "email", "choice", "date", "money", "national_id", "text")
_NOTES = 2

Reach = tuple[RecordType, RecordAccess]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One record found. `notes` are the values of up to two fields that tell it from its namesakes."""

    record_type: RecordType
    id: uuid.UUID
    title: str
    notes: tuple[tuple[Field, Any], ...]
    #: Found only by allowing for a slip in the words typed.
    is_guess: bool = False

    @property
    def note_texts(self) -> list[str]:
        """The notes as people read them."""
        return [readable_text(field, value) for field, value in self.notes]

    @property
    def path(self) -> str:
        """Where its page is."""
        return self.record_type.url(self.id)


@dataclass(frozen=True)
class _Words:
    """What is looked for: the folded words, and whether each may have a slip in it."""

    words: tuple[str, ...]
    is_guess: bool = False

    def criteria(self, model: Any) -> tuple[ColumnElement[bool], ...]:
        return tuple(
            condition
            for word in self.words
            for condition in (
                loosely(model.search_text, word)
                if self._is_loose(word)
                else [model.search_text.like(f"%{_escaped(word)}%")]
            )
        )

    def are_in(self, folded: str) -> bool:
        return all(
            re.search(one_edit_pattern(word), folded) is not None if self._is_loose(word) else word in folded
            for word in self.words
        )

    def _is_loose(self, word: str) -> bool:
        return self.is_guess and may_be_misspelt(word)


@dataclass(frozen=True)
class _Part:
    """One type's share of the statement."""

    record_type: RecordType
    access: RecordAccess
    is_titled: bool
    notes: tuple[Field, ...]
    #: None where nothing searched is hidden; else what may match.
    matching: tuple[Field, ...] | None


def reach_of_request(tenant: Tenant) -> list[Reach]:
    """Every usable type of which the person of this request may see some records, with her bounds."""
    types = types_in_reach(tenant, lambda item: access_of_request(item).can("read"))
    return [(item, access_of_request(item)) for item in types]


def search_records(
    session: Session, reach: Sequence[Reach], query: str, *, limit: int = DEFAULT_LIMIT
) -> list[Hit]:
    """Records that hold every word of `query`: those whose title begins with it first, then by type in turn,
    the newest first.

    Where nothing does, words of four letters and more may have one slip each. Words stand anywhere in the
    searched fields; fields hidden from the reader neither match nor show.
    """
    words = words_of(query)
    if not words or not reach:
        return []
    parts = [_part(session, record_type, access) for record_type, access in reach]
    exact = _Words(words)
    hits = _find(session, parts, exact, limit)
    if not hits and any(may_be_misspelt(word) for word in words):
        hits = _find(session, parts, _Words(words, is_guess=True), limit)
    return hits


def words_of(query: str) -> tuple[str, ...]:
    """The folded words of a search, at most 8; a phone number's plus sign or leading 00 is dropped."""
    words = fold(query).split()[:_MOST_WORDS]
    return tuple(word.removeprefix("+").removeprefix("00") or word for word in words)


def _part(session: Session, record_type: RecordType, access: RecordAccess) -> _Part:
    readable = access.readable(record_type.all_fields)
    titled = any(item.name == record_type.title_field for item in readable)
    telling = (
        item
        for item in readable
        if item.kind in _TELLING and item.in_list and item.name != record_type.title_field
    )
    matching = None
    if "none" in access.field_rules.values():
        every = fields_of(session, record_type)
        shown = access.readable(every)
        if any(item.is_searched for item in every if item not in shown):
            matching = tuple(item for item in shown if item.is_searched)
    return _Part(record_type, access, titled, tuple(telling)[:_NOTES], matching)


def _find(session: Session, parts: Sequence[_Part], words: _Words, limit: int) -> list[Hit]:
    branches = [
        (module_of(part.record_type), branch.subquery().select())
        for at, part in enumerate(parts)
        for branch in _branches(at, part, words, limit)
    ]
    found: dict[tuple[int, uuid.UUID], Any] = {}
    for row in together_or_apart(
        session, "search", branches, lambda some: session.execute(union_all(*some)).all()
    ):
        found.setdefault((row.part, row.id), row)
    rows = [row for row in found.values() if _is_findable(parts[row.part], row, words)]
    rows.sort(key=lambda row: row.created_at, reverse=True)
    return [_hit(parts[row.part], row, words) for row in _in_turns(parts, rows, words)[:limit]]


def _in_turns(parts: Sequence[_Part], rows: Sequence[Any], words: _Words) -> list[Any]:
    """The best matches first; of equally good ones, one of each type in turn, in the order of the menu.

    So a customer is found before the many purchases that bear her name, and a type with few beside one with
    many.
    """
    turns: Counter[tuple[int, int]] = Counter()
    keyed = []
    for row in rows:
        rank = _rank(row.title, words)
        keyed.append(((rank, turns[rank, row.part], parts[row.part].record_type.order), row))
        turns[rank, row.part] += 1
    keyed.sort(key=lambda one: one[0])
    return [row for _key, row in keyed]


def _branches(at: int, part: _Part, words: _Words, limit: int) -> list[Any]:
    """The newest that match and, by an index, those whose title begins so: one statement each."""
    model: Any = part.record_type.model
    is_open = part.matching is None
    statement = (
        select(
            literal(at).label("part"),
            model.id.label("id"),
            (_title(part.record_type) if part.is_titled else null()).label("title"),
            model.created_at.label("created_at"),
            _values((*part.notes, *(part.matching or ())), model).label("shown"),
        )
        .where(model.deleted_at.is_(None), *part.access.criteria(model))
        .limit(limit if is_open else _LOOKED_THROUGH)
    )
    newest = statement.where(*words.criteria(model)).order_by(model.created_at.desc(), model.id.desc())
    if not (is_open and part.is_titled) or words.is_guess:
        return [newest]
    # The search text begins with the title.
    beginning = model.search_text.like(f"{_escaped(' '.join(words.words))}%")
    return [statement.where(beginning).order_by(model.search_text, model.id), newest]


def _title(record_type: RecordType) -> ColumnElement[str]:
    return record_type.by_name[record_type.title_field].expression(record_type.model)


def _values(fields: Sequence[Field], model: Any) -> ColumnElement[Any]:
    once = {item.name: _value(item, model) for item in fields}
    return func.jsonb_build_object(
        *(part for name, value in once.items() for part in (literal(name, Text), value))
    )


def _value(item: Field, model: Any) -> ColumnElement[Any]:
    found: ColumnElement[Any] = model.custom[item.name] if item.is_custom else item.expression(model)
    return found


def _is_findable(part: _Part, row: Any, words: _Words) -> bool:
    """Whether what the reader may see matches by itself."""
    if part.matching is None:
        return True
    texts = [word for item in part.matching for word in item.search_words(_loaded(item, row.shown))]
    return words.are_in(fold_for_search(*texts))


def _rank(title: str | None, words: _Words) -> int:
    """0 for a title that begins with what was typed, 1 where a word of it does, 2 where it holds it."""
    folded = fold(title or "")
    phrase = " ".join(words.words)
    if folded.startswith(phrase):
        return 0
    if all(f" {word}" in f" {folded}" for word in words.words):
        return 1
    return 2 if all(word in folded for word in words.words) else 3


def _hit(part: _Part, row: Any, words: _Words) -> Hit:
    notes = ((item, _loaded(item, row.shown)) for item in part.notes)
    return Hit(
        record_type=part.record_type,
        id=row.id,
        title=row.title or str(part.record_type.title),
        notes=tuple((item, value) for item, value in notes if value not in (None, "", [])),
        is_guess=words.is_guess,
    )


def _loaded(item: Field, shown: dict[str, Any]) -> Any:
    try:
        return item.from_stored(shown.get(item.name))
    except ma.ValidationError:
        # A value of before the field was narrowed.
        return None


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
