"""Putting one value of a record back to what it was before a change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import marshmallow as ma

from charsu.errors import NotFound, PermissionDenied, RuleViolated
from charsu.records.custom import fields_of
from charsu.records.fields import Field
from charsu.records.history import get_change
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.service import RecordService


def put_values_back(
    service: RecordService[Any], record_id: uuid.UUID, change_id: uuid.UUID, names: Sequence[str] = ()
) -> Any:
    """Give the record the values it had before a change: those of `names`, or all the writer may write.

    It is a change like any other: the same rules hold, and it stands in the history itself. Raises: NotFound
    for a change that is not this record's; RuleViolated where a value does not fit any more; PermissionDenied
    for a field one may not write.
    """
    record = service.locked(record_id)
    change = get_change(service.session, service.record_type, record_id, change_id)
    before = change.before or {}
    known = fields_of(service.session, service.record_type)
    readable = {item.name: item for item in service.access.readable(known)}
    writable = {item.name for item in service.access.writable(known)}
    if unknown := [name for name in names if name not in before or name not in readable]:
        raise NotFound(_("This change did not touch “%(name)s”.", name=unknown[0][:80]))
    wanted = list(names) or [name for name in before if name in writable]
    if not wanted:
        raise RuleViolated(_("There is nothing in this change to put back."), code="nothing_to_put_back")
    if fixed := [name for name in wanted if name not in writable]:
        raise PermissionDenied(
            _("You can not change “%(title)s”.", title=str(readable[fixed[0]].title)),
            field=fixed[0],
            code="field_read_only",
        )
    values = {name: _loaded(readable[name], before.get(name)) for name in wanted}
    return service.update(record.id, values)


def _loaded(item: Field, stored: Any) -> Any:
    """The old value, as the field takes it today. Raises: RuleViolated."""
    if stored is None:
        return item.empty
    try:
        return item.json_field().deserialize(stored)
    except ma.ValidationError as refusal:
        raise RuleViolated(
            _("The old value does not fit any more: %(reason)s", reason=str(refusal.messages[0])),
            field=item.name,
            code="does_not_fit",
        ) from None
