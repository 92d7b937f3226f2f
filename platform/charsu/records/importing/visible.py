"""Whose imports one may look at: all of them, or only one's own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from charsu.errors import Conflict, NotFound
from charsu.records.access import RecordAccess
from charsu.records.importing.batches import ImportBatch, get_batch
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def visible_member(access: RecordAccess) -> uuid.UUID | None:
    """Whose imports there are to see: None for everybody's.

    A file shows every column it has, so another's is not for those from whom a field is hidden.
    """
    sees_all = access.scopes.get("import") == "all" and "none" not in access.field_rules.values()
    return None if sees_all else access.member_id


def visible_batch(
    session: Session, record_type: RecordType, access: RecordAccess, batch_id: uuid.UUID, state: str = ""
) -> ImportBatch:
    """The import, where one may see it. Raises: NotFound; Conflict where it is not in `state`."""
    batch = get_batch(session, batch_id, record_type.key)
    if visible_member(access) not in (None, batch.member_id):
        raise NotFound(_("There is no such import."))
    if state and batch.state != state:
        raise Conflict(_("This import was started already."), code="started")
    return batch
