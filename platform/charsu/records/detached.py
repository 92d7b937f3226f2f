"""Records that stand for a single day of another one's rule: which day, of which record (decision 0024).

A row says "this record is that day's". It counts only while the rule leaves the day out: where somebody puts
an old rule back, the day is there again, and what was moved stays as an entry of its own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Date, Select, Text, Uuid, and_, case, func, null, select, text
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import column, table

from charsu.records.fields import Field, FlagField

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

_row = table(
    "core_occurrence",
    column("record_type", Text()),
    column("record_id", Uuid()),
    column("series_id", Uuid()),
    column("day", Date()),
)
_NOTE = text("""
    INSERT INTO core_occurrence (record_type, record_id, series_id, day)
    VALUES (:record_type, :record_id, :series_id, :day)
""")
_CARRY = text("""
    UPDATE core_occurrence o SET series_id = :to_id, day = place.later
      FROM unnest(CAST(:days AS date[]), CAST(:later AS date[])) AS place (day, later)
     WHERE o.record_type = :record_type AND o.series_id = :from_id AND o.day = place.day
""")


@dataclass(frozen=True, slots=True)
class Detached:
    """A live record that stands for a day of a rule."""

    record_id: uuid.UUID
    day: dt.date
    is_done: bool


def note_detached(
    session: Session, record_type: RecordType, record_id: uuid.UUID, series_id: uuid.UUID, day: dt.date
) -> None:
    """Note that the record stands for this day of that one's rule."""
    session.execute(
        _NOTE,
        {"record_type": record_type.key, "record_id": record_id, "series_id": series_id, "day": day},
    )


def list_detached(session: Session, record_type: RecordType, series_id: uuid.UUID) -> Sequence[Detached]:
    """The live records that stand for days of this one's rule, by day."""
    model: Any = record_type.model
    statement = (
        select(model.id, _row.c.day, _done(record_type, model).label("is_done"))
        .join(_row, _joined(record_type, model))
        .where(_row.c.series_id == series_id, model.deleted_at.is_(None))
        .order_by(_row.c.day, model.id)
    )
    return [Detached(row.id, row.day, bool(row.is_done)) for row in session.execute(statement)]


def stands_for(
    session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID
) -> tuple[uuid.UUID, dt.date] | None:
    """The record and the day of its rule this one stands for; None for one that stands for itself.

    Also where the reader does not see the other record or its rule.
    """
    rule = record_type.rule_field
    if rule is None or not access.readable([rule]):
        return None
    model: Any = record_type.model
    statement, series_id, day = with_series(select(model.id), record_type, rule)
    statement = statement.add_columns(series_id.label("series_id"), day.label("day"))
    found = session.execute(statement.where(model.id == record_id)).first()
    if found is None or found.series_id is None:
        return None
    seen = select(model.id).where(model.id == found.series_id, *access.criteria(model))
    return (found.series_id, found.day) if session.execute(seen).first() is not None else None


def open_detached(record_type: RecordType, series_ids: Sequence[uuid.UUID]) -> Select[Any]:
    """The ids of those that are not done yet: they go into the bin with the record whose rule they are of."""
    model: Any = record_type.model
    return (
        select(model.id)
        .join(_row, _joined(record_type, model))
        .where(
            _row.c.series_id.in_(series_ids),
            model.deleted_at.is_(None),
            _done(record_type, model).is_not(True),
        )
    )


def carry_over(
    session: Session,
    record_type: RecordType,
    from_id: uuid.UUID,
    to_id: uuid.UUID,
    places: Mapping[dt.date, dt.date],
) -> None:
    """Let records that stood for these days of one rule stand for the days in their place of another."""
    if places:
        days = {"days": list(places), "later": list(places.values())}
        asked = {"record_type": record_type.key, "from_id": from_id, "to_id": to_id, **days}
        session.execute(_CARRY, asked)


def with_series(
    statement: Select[Any], record_type: RecordType, rule: Field | None
) -> tuple[Select[Any], ColumnElement[Any], ColumnElement[Any]]:
    """The statement on the type's model, joined with what each record stands for: the other record, the day.

    Both null for a record that stands for itself, and where the rule is hidden from the reader.
    """
    if rule is None:
        return statement, null(), null()
    series: Any = aliased(record_type.model)
    left_out = cast("Any", rule.expression(series))["without"]
    is_of = and_(
        series.id == _row.c.series_id,
        series.deleted_at.is_(None),
        left_out.has_key(func.to_char(_row.c.day, "YYYY-MM-DD")),
    )
    joined = statement.outerjoin(_row, _joined(record_type, record_type.model)).outerjoin(series, is_of)
    return joined, series.id, case((series.id.is_not(None), _row.c.day))


def _joined(record_type: RecordType, model: Any) -> ColumnElement[bool]:
    return and_(_row.c.record_type == record_type.key, _row.c.record_id == model.id)


def _done(record_type: RecordType, model: Any) -> ColumnElement[Any]:
    """True, or not true, for a record that is done, or not."""
    item = record_type.done_field
    if item is None:
        return null()
    found = item.expression(model)
    return found if isinstance(item, FlagField) else found.is_not(None)
