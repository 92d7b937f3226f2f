"""A record's row as a whole, in JSON, as a merge finds it; and taking a record out of all lists."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from charsu.records.record_type import RecordType


def row_as_json(session: Session, record_type: RecordType, record_id: uuid.UUID) -> dict[str, Any]:
    """Every column of the row as it stands now, those the fields do not show among them."""
    table = record_type.model.__tablename__
    statement = text(f"SELECT to_jsonb(t) FROM {table} AS t WHERE id = :id")  # noqa: S608 - the model's own name
    row: dict[str, Any] = session.execute(statement, {"id": record_id}).scalar_one()
    return row


def mark_gone(
    session: Session, record_type: RecordType, record_id: uuid.UUID, at: dt.datetime | None
) -> None:
    """Take the record out of all lists as one that was merged; None brings it back."""
    model: Any = record_type.model
    statement = update(model).where(model.id == record_id).values(deleted_at=at)
    session.execute(statement.execution_options(synchronize_session=False))
