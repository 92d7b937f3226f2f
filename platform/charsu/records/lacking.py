"""What the records of a member lack: open deals without a next activity, and their like of other modules."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from charsu.records.access import RecordAccess
from charsu.records.record_type import RecordType
from charsu.records.specs import LackSpec

#: Records of one type named at once, the oldest first.
MOST = 50


@dataclass(frozen=True, slots=True)
class LackingItem:
    """A record that lacks something, and where that is mended."""

    record_type: RecordType
    record_id: uuid.UUID
    title: str
    mend_url: str

    @property
    def url(self) -> str:
        """The page of the record."""
        return self.record_type.url(self.record_id)


@dataclass(frozen=True, slots=True)
class Lack:
    """The records of one type that lack what its `LackSpec` names."""

    spec: LackSpec
    record_type: RecordType
    items: Sequence[LackingItem]


def list_lacking(session: Session, record_type: RecordType, access: RecordAccess) -> list[LackingItem]:
    """The records of the member of `access` that lack what they should have, the oldest first.

    One query. Nothing where one of the fields it is seen by is hidden from her.
    """
    spec = record_type.lack
    if spec is None or access.member_id is None or not access.can("read"):
        return []
    readable = {item.name: item for item in access.readable(record_type.by_name.values())}
    if not {spec.missing_field, spec.member_field, *spec.only} <= readable.keys():
        return []
    model: Any = record_type.model
    title = readable.get(record_type.title_field)
    statement = (
        select(model.id, (title.expression(model) if title else null()).label("title"))
        .where(
            model.deleted_at.is_(None),
            readable[spec.missing_field].expression(model).is_(None),
            readable[spec.member_field].expression(model) == access.member_id,
            *(readable[name].expression(model) == value for name, value in spec.only.items()),
            *access.criteria(model),
        )
        .order_by(model.id)
        .limit(MOST)
    )
    return [_item(record_type, spec, row) for row in session.execute(statement)]


def _item(record_type: RecordType, spec: LackSpec, row: Any) -> LackingItem:
    title = str(row.title) if row.title else str(record_type.title)
    return LackingItem(record_type, row.id, title, spec.mend(row.id, title))
