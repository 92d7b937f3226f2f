"""Who is there already, while somebody types a new record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from charsu.api.fields import text_input
from charsu.errors import RuleViolated
from charsu.records.access import RecordAccess
from charsu.records.fields import Field
from charsu.records.merging.comparing import title_for
from charsu.records.merging.confidence import confidence_of
from charsu.records.merging.names import SHORTEST_CLOSE, same_name
from charsu.records.record_type import RecordType
from charsu.records.texts import readable_text
from charsu.records.typos import loosely
from charsu.text.folding import fold_compact

_SHOWN = 5
_LOOKED_THROUGH = 200


@dataclass(frozen=True, kw_only=True)
class Similar:
    """A record that may be the one that is being typed."""

    id: uuid.UUID
    title: str
    path: str
    confidence: int
    #: Names of the shared fields, `name` or `close_name`.
    reasons: tuple[str, ...]
    #: What tells it from others, as far as the reader may see it.
    notes: tuple[tuple[Field, Any], ...]

    @property
    def note_texts(self) -> list[str]:
        """The notes as people read them."""
        return [readable_text(field, value) for field, value in self.notes]


def find_similar(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    typed: Mapping[str, Any],
    *,
    but: uuid.UUID | None = None,
) -> list[Similar]:
    """Up to five records within the reader's scope that share what was typed, the likeliest first.

    By values as they are stored: phone, e-mail, national id and the like exactly, the name by its fold and
    one slip apart. Fields hidden from the reader neither match nor show.
    """
    rule = record_type.duplicates
    if rule is None or not access.can("read"):
        return []
    readable = {item.name: item for item in access.readable(record_type.all_fields)}
    strong = {name: typed[name] for name in rule.strong_fields if typed.get(name) and name in readable}
    name = str(typed.get(rule.name_field) or "") if rule.name_field in readable else ""
    model: Any = record_type.model
    conditions = [*_strong(record_type, readable, strong), *_named(model, name)]
    if not conditions:
        return []
    statement = (
        select(model)
        .where(or_(*conditions), model.deleted_at.is_(None), *access.criteria(model))
        .limit(_LOOKED_THROUGH)
    )
    if but is not None:
        statement = statement.where(model.id != but)
    found = []
    for record in session.scalars(statement):
        reasons = _reasons(record_type, readable, record, strong, name)
        if reasons:
            found.append(_similar(record_type, access, readable, record, reasons))
    found.sort(key=lambda item: (-item.confidence, item.id))
    return found[:_SHOWN]


def typed_values(record_type: RecordType, form: Mapping[str, str]) -> dict[str, Any]:
    """What a half-typed form says in the fields duplicates are found by; what is no value yet is left out."""
    rule = record_type.duplicates
    names = (rule.name_field, *rule.strong_fields) if rule else ()
    values: dict[str, Any] = {}
    for name in names:
        field = record_type.by_name[name]
        try:
            with text_input():
                values[name] = field.checked(field.form_field().deserialize(form.get(name, "").strip()))
        except (ma.ValidationError, RuleViolated):
            continue
    return values


def _strong(
    record_type: RecordType, readable: Mapping[str, Field], strong: Mapping[str, Any]
) -> list[ColumnElement[bool]]:
    model: Any = record_type.model
    found = [readable[name].expression(model) == value for name, value in strong.items()]
    for further, of in _further(record_type).items():
        if further in readable and of in strong:
            found.append(readable[further].expression(model).contains([strong[of]]))
    return found


def _named(model: Any, name: str) -> list[ColumnElement[bool]]:
    compact = fold_compact(name)
    if len(compact) < SHORTEST_CLOSE:
        return []
    return [
        model.search_text.contains(compact, autoescape=True),
        *loosely(model.search_text, compact),
    ]


def _reasons(
    record_type: RecordType,
    readable: Mapping[str, Field],
    record: Any,
    strong: Mapping[str, Any],
    name: str,
) -> list[str]:
    further = {of: name for name, of in _further(record_type).items() if name in readable}
    found = []
    for field, value in strong.items():
        others = readable[further[field]].read(record) if field in further else ()
        if readable[field].read(record) == value or value in (others or ()):
            found.append(field)
    named = (
        same_name(name, str(readable[record_type.duplicates.name_field].read(record)))
        if name and record_type.duplicates
        else None
    )
    return [*found, named] if named else found


def _similar(
    record_type: RecordType,
    access: RecordAccess,
    readable: Mapping[str, Field],
    record: Any,
    reasons: list[str],
) -> Similar:
    rule = record_type.duplicates
    telling = [readable[name] for name in (rule.strong_fields if rule else ()) if name in readable]
    notes = ((item, item.read(record)) for item in telling)
    return Similar(
        id=record.id,
        title=title_for(record_type, access, record),
        path=record_type.url(record.id),
        confidence=confidence_of(record_type, reasons),
        reasons=tuple(reasons),
        notes=tuple((item, value) for item, value in notes if value),
    )


def _further(record_type: RecordType) -> Mapping[str, str]:
    return (record_type.duplicates.further if record_type.duplicates else None) or {}
