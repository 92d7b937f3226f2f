"""The queue of pairs that may be one: read by who may merge both, left or dismissed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import column, table

from charsu.errors import NotFound
from charsu.records.access import RecordAccess
from charsu.records.fields import Field
from charsu.records.merging.comparing import title_for
from charsu.records.merging.confidence import NAME_REASONS, confidence_of
from charsu.records.record_type import RecordType
from charsu.text.i18n import _, lazy

DEFAULT_LIMIT = 50
_PAIRS = table(
    "core_duplicate",
    column("id", Uuid()),
    column("record_type", Text()),
    column("first_id", Uuid()),
    column("second_id", Uuid()),
    column("confidence", Integer()),
    column("reasons", ARRAY(Text())),
    column("state", Text()),
)
_REASON_TITLES = {"name": lazy("Same name"), "close_name": lazy("Nearly the same name")}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Two records that may be one. The older of the two is `first`."""

    id: uuid.UUID
    first: Any
    second: Any
    first_title: str
    second_title: str
    #: 1 to 100, from the reasons the reader may know.
    confidence: int
    reasons: tuple[str, ...]


def list_candidates(
    session: Session, record_type: RecordType, access: RecordAccess, *, limit: int = DEFAULT_LIMIT
) -> list[Candidate]:
    """Open pairs within the scope of merging, the surest first.

    A reason the reader may not see, such as a hidden phone number, does not count, and a pair with no other
    one is not shown.
    """
    access.require("merge")
    first, second = (aliased(record_type.model) for _side in range(2))
    statement = (
        select(_PAIRS.c.id, _PAIRS.c.reasons, first, second)
        .join(first, first.id == _PAIRS.c.first_id)
        .join(second, second.id == _PAIRS.c.second_id)
        .where(
            _PAIRS.c.record_type == record_type.key,
            _PAIRS.c.state == "open",
            first.deleted_at.is_(None),
            second.deleted_at.is_(None),
            *access.criteria(first, "merge"),
            *access.criteria(second, "merge"),
        )
        .order_by(_PAIRS.c.confidence.desc(), _PAIRS.c.id)
        .limit(limit)
    )
    found = (_candidate(record_type, access, row) for row in session.execute(statement))
    return [item for item in found if item is not None]


def dismiss(session: Session, record_type: RecordType, access: RecordAccess, duplicate_id: uuid.UUID) -> None:
    """Take a pair off the queue for good: the nightly search does not open it again. Raises `NotFound`."""
    access.require("merge")
    model: Any = record_type.model
    reach = select(model.id).where(*access.criteria(model, "merge"))
    statement = (
        update(_PAIRS)
        .where(
            _PAIRS.c.id == duplicate_id,
            _PAIRS.c.record_type == record_type.key,
            _PAIRS.c.state == "open",
            _PAIRS.c.first_id.in_(reach),
            _PAIRS.c.second_id.in_(reach),
        )
        .values(state="dismissed")
        .returning(_PAIRS.c.id)
    )
    if session.execute(statement).first() is None:
        raise NotFound(_("This pair is not in the queue any more."))


def reason_title(record_type: RecordType, reason: str) -> str:
    """What people read for a reason: the field both share, or the name."""
    if reason in _REASON_TITLES:
        return str(_REASON_TITLES[reason])
    field: Field | None = record_type.by_name.get(reason)
    return _("Same: %(field)s", field=str(field.title) if field else reason)


def visible_reasons(
    record_type: RecordType, access: RecordAccess, reasons: Mapping[str, Any] | list[str]
) -> list[str]:
    """Those reasons whose fields the reader may see."""
    readable = {item.name for item in access.readable(record_type.all_fields)}
    name_field = record_type.duplicates.name_field if record_type.duplicates else ""
    return [reason for reason in reasons if (name_field if reason in NAME_REASONS else reason) in readable]


def _candidate(record_type: RecordType, access: RecordAccess, row: Any) -> Candidate | None:
    reasons = visible_reasons(record_type, access, row.reasons)
    if not reasons:
        return None
    duplicate_id, _reasons, first, second = row
    return Candidate(
        id=duplicate_id,
        first=first,
        second=second,
        first_title=title_for(record_type, access, first),
        second_title=title_for(record_type, access, second),
        confidence=confidence_of(record_type, reasons),
        reasons=tuple(reason_title(record_type, reason) for reason in reasons),
    )
