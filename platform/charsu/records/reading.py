"""Reading one record within the bounds of who asks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.records.access import RecordAccess
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def get_record(
    session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID, verb: str = "read"
) -> Any:
    """The live record as its model; its hidden fields are for `access.readable` to leave out.

    Raises: NotFound, also for one in the bin or out of the scope of `verb`.
    """
    model: Any = record_type.model
    statement = select(model).where(
        model.id == record_id, model.deleted_at.is_(None), *access.criteria(model, verb)
    )
    record = session.execute(statement).scalar_one_or_none()
    if record is None:
        raise NotFound(_("There is no such record."))
    return record
