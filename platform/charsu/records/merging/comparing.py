"""Two records side by side before they are merged, and what would move along; as one person may see them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.plugins.manifest import Text
from charsu.records.access import RecordAccess
from charsu.records.custom import fields_of
from charsu.records.fields import LinkField
from charsu.records.links import titles
from charsu.records.merging.choices import Difference, Side, chosen_value, differences
from charsu.records.merging.moving import count_pointing
from charsu.records.merging.pointers import pointers_to
from charsu.records.record_type import RecordType
from charsu.records.texts import readable_text
from charsu.text.i18n import _


@dataclass(frozen=True)
class Line:
    """One field both may have a say in: each side's value as people read it."""

    difference: Difference
    texts: Mapping[Side, str]

    @property
    def name(self) -> str:
        """The field's name, as the form sends the choice."""
        return self.difference.field.name


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the page of a merge shows."""

    kept: Any
    lost: Any
    kept_title: str
    lost_title: str
    lines: list[Line]
    #: Fields in which both are alike: (field, value as people read it).
    alike: list[tuple[Any, str]]
    #: What hangs on the lost record: (what, how many).
    moving: list[tuple[Text, int]]


def compare(
    session: Session, record_type: RecordType, access: RecordAccess, kept_id: uuid.UUID, lost_id: uuid.UUID
) -> Comparison:
    """Both records side by side. Raises: PermissionDenied; NotFound for one out of the scope of merging."""
    access.require("merge")
    kept, lost = (_found(session, record_type, access, one) for one in (kept_id, lost_id))
    fields = fields_of(session, record_type)
    found = differences(fields, access, kept, lost)
    names = _link_titles(session, found)
    shown = [item for item in access.readable(fields) if item.name not in ("created_at", "updated_at")]
    same = (item for item in shown if item.read(kept) == item.read(lost))
    texts = ((item, readable_text(item, item.read(kept))) for item in same)
    return Comparison(
        kept=kept,
        lost=lost,
        kept_title=title_for(record_type, access, kept),
        lost_title=title_for(record_type, access, lost),
        lines=[Line(item, _texts(item, names)) for item in found],
        alike=[(item, text) for item, text in texts if text and not isinstance(item, LinkField)],
        moving=count_pointing(session, pointers_to(session, record_type), lost_id),
    )


def title_for(record_type: RecordType, access: RecordAccess, record: Any) -> str:
    """What the record is called, or only its noun where its name is hidden from the reader."""
    field = record_type.by_name[record_type.title_field]
    return str(field.read(record)) if access.readable([field]) else str(record_type.title)


def _found(session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID) -> Any:
    model: Any = record_type.model
    statement = select(model).where(
        model.id == record_id, model.deleted_at.is_(None), *access.criteria(model, "merge")
    )
    record = session.execute(statement).scalar_one_or_none()
    if record is None:
        raise NotFound(_("There is no such record."))
    return record


def _link_titles(session: Session, found: Sequence[Difference]) -> dict[Any, str]:
    names: dict[Any, str] = {}
    for item in found:
        if isinstance(item.field, LinkField):
            ids = [one for one in (item.kept, item.lost) if one is not None]
            names |= titles(session, item.field.to, ids)
    return names


def _texts(item: Difference, names: Mapping[Any, str]) -> dict[Side, str]:
    def text(side: Side) -> str:
        value = chosen_value(item.field, item.kept, item.lost, side)
        if isinstance(item.field, LinkField):
            return names.get(value, "")
        return readable_text(item.field, value)

    return {side: text(side) for side in item.sides}
