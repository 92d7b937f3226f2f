"""Titles of linked records for a whole page: one statement, whatever it shows, within the reader's bounds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, cast, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql import column, table
from sqlalchemy.types import Text, Uuid

from charsu.plugins.apart import CORE, together_or_apart
from charsu.records.clauses import MEMBER
from charsu.records.compiling import READER, compiled
from charsu.records.fields import MemberField
from charsu.records.links import linked_type, module_of

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

_member = table("core_member", column("id", Uuid()), column("display_name", Text()))
AccessTo = Callable[["RecordType"], "RecordAccess"]


def linked_titles(
    session: Session, ids: Mapping[str, Collection[uuid.UUID]], access_to: AccessTo
) -> dict[uuid.UUID, str]:
    """What records and members of these ids are called, by id; `ids` are by the key of their type.

    Records that `access_to` their type does not let the reader see have no title, nor do deleted ones.
    """
    parts = [
        part for key, found in sorted(ids.items()) if found and (part := _part(key, access_to)) is not None
    ]
    known = {part.key: _known(session, part) for part in parts}
    asked = [part for part in parts if set(ids[part.key]) - known[part.key].keys()]
    if asked:
        found = _read(session, asked, ids)
        for part in asked:
            known[part.key].update({one: found.get(one) for one in ids[part.key]})
    titles = {one: known[part.key][one] for part in parts for one in ids[part.key]}
    return {one: title for one, title in titles.items() if title is not None}


def _known(session: Session, part: _Part) -> dict[uuid.UUID, str | None]:
    """What was read in this session already, where it can not have changed since; None for no title."""
    if not session.info.get("read_only"):
        return {}
    reader = None if part.access is None else part.access.member_id
    known: dict[uuid.UUID, str | None] = session.info.setdefault("linked_titles", {}).setdefault(
        (part.identity(), reader), {}
    )
    return known


def _read(
    session: Session, parts: Sequence[_Part], ids: Mapping[str, Collection[uuid.UUID]]
) -> dict[uuid.UUID, str]:
    reader = next((part.access.member_id for part in parts if part.access is not None), None)

    def read(some: Sequence[_Part]) -> list[tuple[Any, ...]]:
        values: dict[str, Any] = {
            MEMBER: reader,
            **{f"ids{at}": list(ids[part.key]) for at, part in enumerate(some)},
        }
        statement = compiled(
            ("titles", *(part.identity() for part in some)),
            lambda: union_all(*(part.select(f"ids{at}") for at, part in enumerate(some))),
        )
        return statement.run(session, values)

    rows = together_or_apart(session, "titles", [(part.module, part) for part in parts], read)
    return {row[0]: row[1] for row in rows}


class _Part:
    """The titles of one type."""

    def __init__(self, key: str, record_type: RecordType | None, access: RecordAccess | None) -> None:
        self.key = key
        self.record_type = record_type
        self.access = access

    @property
    def module(self) -> str:
        """Whose tables hold them."""
        return CORE if self.record_type is None else module_of(self.record_type)

    def identity(self) -> tuple[Any, ...]:
        """What decides its statement."""
        scope = None if self.access is None else self.access.scopes.get("read")
        return (self.key, self.record_type and self.record_type.model, scope)

    def select(self, place: str) -> Any:
        """Its part of the statement."""
        ids = bindparam(place, type_=ARRAY(Uuid()))
        if self.record_type is None or self.access is None:
            return select(_member.c.id, _member.c.display_name).where(_member.c.id == ids.any_())
        model: Any = self.record_type.model
        reader = None if self.access.member_id is None else READER
        title = cast(getattr(model, self.record_type.title_field), Text())
        return select(model.id, title).where(
            model.id == ids.any_(),
            model.deleted_at.is_(None),
            *replace(self.access, member_id=reader).criteria(model),
        )


def _part(key: str, access_to: AccessTo) -> _Part | None:
    if key == MemberField.to:
        return _Part(key, None, None)
    record_type = linked_type(key)
    if record_type is None:
        return None
    access = access_to(record_type)
    is_hidden = access.field_rules.get(record_type.title_field) == "none"
    return None if is_hidden or not access.can("read") else _Part(key, record_type, access)
