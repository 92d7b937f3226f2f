"""Links between records: that they lead somewhere, and what their targets are called."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.records.fields import Field, LinkField, MemberField
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_MEMBERS = text("SELECT id, display_name FROM core_member WHERE id = ANY(:ids)")
#: The types of this process by key. `know_types` fills it, so that what `RecordType` needs need not import
#: it.
_types: dict[str, RecordType] = {}


def know_types(types: Iterable[RecordType]) -> None:
    """Let links find their targets; called when a plugin was loaded."""
    _types.update({item.key: item for item in types})


def types_going_along(key: str | None = None) -> list[tuple[RecordType, LinkField]]:
    """The types whose records are deleted with the record they link to (of type `key`, or of any)."""
    return [
        (item, link)
        for item in _types.values()
        for link in item.fields
        if isinstance(link, LinkField) and link.goes_along and key in (None, link.to)
    ]


def check_links(session: Session, fields: Iterable[Field], values: Mapping[str, Any]) -> None:
    """Refuse a link to what is not there: `RuleViolated` on its field. One query per type linked to."""
    for item in fields:
        if isinstance(item, LinkField) and values.get(item.name) is not None:
            target = values[item.name]
            if target not in titles(session, item.to, [target]):
                raise RuleViolated(
                    _("This is not there any more; choose another."), field=item.name, code="no_such_link"
                )


def titles(session: Session, key: str, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What the live records (or members) of these ids are called, by id; one query, none for no ids."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    if key == MemberField.to:
        return {row.id: row.display_name for row in session.execute(_MEMBERS, {"ids": wanted})}
    target = _types.get(key)
    if target is None:
        return {}
    model: Any = target.model
    name = getattr(model, target.title_field)
    statement = select(model.id, name).where(model.id.in_(wanted), model.deleted_at.is_(None))
    return {row[0]: str(row[1]) for row in session.execute(statement)}
