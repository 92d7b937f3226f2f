"""Reading one record within the bounds of who asks."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, class_mapper

from charsu.errors import NotFound
from charsu.records.access import RecordAccess
from charsu.records.clauses import MEMBER
from charsu.records.compiling import READER, compiled
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


def read_record(
    session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID, verb: str = "read"
) -> Any:
    """As `get_record`, for who only looks: an instance of the model that belongs to no session.

    So nothing that is written to it is ever saved. Takes a quarter of the time.
    """
    model: Any = record_type.model
    attributes = class_mapper(model).column_attrs

    def build() -> Select[Any]:
        reader = None if access.member_id is None else READER
        return select(*(getattr(model, item.key).label(item.key) for item in attributes)).where(
            model.id == bindparam("record_id", type_=model.id.type),
            model.deleted_at.is_(None),
            *replace(access, member_id=reader).criteria(model, verb),
        )

    statement = compiled(("record", model, access.scopes.get(verb), access.member_id is None), build)
    found = statement.run(session, {"record_id": record_id, MEMBER: access.member_id})
    if not found:
        raise NotFound(_("There is no such record."))
    record = class_mapper(model).class_manager.new_instance()
    vars(record).update(zip(attributes.keys(), found[0], strict=True))
    return record
