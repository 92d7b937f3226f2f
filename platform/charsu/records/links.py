"""Links between records: that they lead somewhere, and what their targets are called."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.process import runtime
from charsu.records.fields import Field, LinkField, MemberField
from charsu.text.i18n import _
from charsu_tenants.context import current_tenant

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

_MEMBERS = text("SELECT id, display_name FROM core_member WHERE id = ANY(:ids)")
#: The types of this process by key. `know_types` fills it, so that what `RecordType` needs need not import
#: it.
_types: dict[str, RecordType] = {}


def know_types(types: Iterable[RecordType]) -> None:
    """Let links find their targets; called when a plugin was loaded."""
    _types.update({item.key: item for item in types})


def linking_fields(key: str) -> list[tuple[RecordType, LinkField]]:
    """The types and fields by which other records point at records of type `key`."""
    return [
        (item, link)
        for item in _types.values()
        for link in item.fields
        if isinstance(link, LinkField) and link.to == key
    ]


def types_going_along(key: str | None = None) -> list[tuple[RecordType, LinkField]]:
    """The types whose records are deleted with the record they link to (of type `key`, or of any)."""
    return [
        (item, link)
        for item in _types.values()
        for link in item.fields
        if isinstance(link, LinkField) and link.goes_along and key in (None, link.to)
    ]


def linked_type(key: str) -> RecordType | None:
    """The type a link leads to, where the current tenant uses its module now; None for members."""
    found = _types.get(key)
    if found is None:
        return None
    module = module_of(found)
    state = current_tenant().modules.get(module)
    if state is None or state.access == "quarantined" or state.revision != runtime().heads.get(module):
        return None
    return found


def module_of(record_type: RecordType) -> str:
    """The name of the plugin that declares the type, which may differ from the word in its addresses."""
    loaded = runtime().plugins.loaded
    return next((item.name for item in loaded if record_type in item.records), record_type.module)


def check_links(
    session: Session, fields: Iterable[Field], values: Mapping[str, Any], access: RecordAccess
) -> None:
    """Refuse links to what is not there, or is not for the writer to see: `RuleViolated` on the field.

    One query per type linked to. The targets are held until the transaction ends, see `titles`.
    """
    wanted: dict[str, dict[str, uuid.UUID]] = {}
    for item in fields:
        if isinstance(item, LinkField) and values.get(item.name) is not None:
            wanted.setdefault(item.to, {})[item.name] = values[item.name]
    for key, by_field in wanted.items():
        found = titles(session, key, list(by_field.values()), access, is_held=True)
        for name, target in by_field.items():
            if target not in found:
                raise RuleViolated(
                    _("This is not there any more; choose another."), field=name, code="no_such_link"
                )


def titles(
    session: Session,
    key: str,
    ids: Sequence[uuid.UUID],
    access: RecordAccess | None = None,
    *,
    is_held: bool = False,
) -> dict[uuid.UUID, str]:
    """What the live records (or members) of these ids are called, by id; one query, none for no ids.

    With `access` only those its actor may see, and none whose name is hidden from her. Without, all: only for
    what the reader may read anyway, such as the audit of a record.

    With `is_held` they are locked (FOR KEY SHARE, in the order of their ids), so that none of them is merged
    into another before the link to it is there for the merge to see; one that is being merged is waited for,
    and is gone then. Members are never merged.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    if key == MemberField.to:
        return {row.id: row.display_name for row in session.execute(_MEMBERS, {"ids": wanted})}
    target = linked_type(key)
    if target is None:
        return {}
    model: Any = target.model
    of_target = () if access is None else access.of(target).criteria(model)
    name = getattr(model, target.title_field)
    statement = select(model.id, name).where(model.id.in_(wanted), model.deleted_at.is_(None), *of_target)
    if is_held:
        statement = statement.order_by(model.id).with_for_update(read=True, key_share=True)
    return {row[0]: str(row[1]) for row in session.execute(statement)}
