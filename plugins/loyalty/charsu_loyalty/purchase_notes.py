"""The club's note of each purchase: what became of it, and the largest total of refunds heard of.

Written only while the member's row is held.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from charsu_loyalty.models import PurchaseNote

WAITING = "waiting"


@dataclass(frozen=True, kw_only=True)
class Note:
    """What is known of a purchase."""

    outcome: str = WAITING
    refunded_minor: int = 0
    earn_entry_id: uuid.UUID | None = None
    #: The account it stands on; None for an empty note.
    customer_id: uuid.UUID | None = None


def read_note(session: Session, purchase_id: uuid.UUID) -> Note:
    """Return the note; an empty one when nothing was heard of the purchase."""
    statement = select(
        PurchaseNote.outcome,
        PurchaseNote.refunded_minor,
        PurchaseNote.earn_entry_id,
        PurchaseNote.customer_id,
    )
    row = session.execute(statement.where(PurchaseNote.purchase_id == purchase_id)).mappings().one_or_none()
    return Note(**row) if row else Note()


def write_note(
    session: Session,
    purchase_id: uuid.UUID,
    customer_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    now: dt.datetime,
) -> None:
    """Set `values` on the note, made if there is none yet."""
    fresh = {"purchase_id": purchase_id, "customer_id": customer_id, "outcome": WAITING, "noted_at": now}
    statement = insert(PurchaseNote).values({**fresh, **values})
    session.execute(statement.on_conflict_do_update(index_elements=["purchase_id"], set_=dict(values)))
