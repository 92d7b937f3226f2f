"""The end of points: lots whose last local day is over lose what was not spent."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charsu_loyalty import accounts, ledger
from charsu_loyalty.ledger import Cause, Debit, Posting
from charsu_loyalty.models import Lot, Member
from charsu_loyalty.occasion import Occasion, day_start

#: Members handled in one transaction, so that no lock is held for long.
BATCH = 200


def members_with_ended_points(session: Session, today: dt.date, limit: int = BATCH) -> Sequence[uuid.UUID]:
    """Return members who hold points that ended before `today`, in the order to lock them in."""
    owner = func.coalesce(Member.merged_into, Member.customer_id)
    statement = (
        select(Lot.customer_id, owner)
        .join(Member, Member.customer_id == Lot.customer_id)
        .where(Lot.remaining > 0, Lot.expires_on < today)
        .distinct()
    )
    return session.execute(statement.order_by(owner, Lot.customer_id).limit(limit)).scalars().all()


def expire_points(session: Session, customer_id: uuid.UUID, occasion: Occasion) -> list[Posting]:
    """Take the unspent rest of each lot that ended, one entry a lot; a second call changes nothing.

    Locks the member.
    """
    held = ledger.lock_member(session, customer_id)
    if held is None:
        return []
    ended = select(Lot.id, Lot.remaining, Lot.expires_on).where(
        Lot.customer_id == customer_id, Lot.remaining > 0, Lot.expires_on < occasion.today
    )
    lots = session.execute(ended.order_by(Lot.expires_on, Lot.earned_at, Lot.id)).all()
    debits = [_debit(lot.id, lot.remaining, lot.expires_on, occasion) for lot in lots]
    posted = [ledger.debit(session, customer_id, debit, now=occasion.now) for debit in debits]
    return [accounts.told(session, held, posting) for posting in posted]


def _debit(lot_id: uuid.UUID, remaining: int, expires_on: dt.date, occasion: Occasion) -> Debit:
    cause = Cause(
        source_type="lot",
        source_id=str(lot_id),
        source_key=f"lot:{lot_id}:expired",
        occurred_at=day_start(expires_on + dt.timedelta(days=1), occasion.locality),
        basis={"expires_on": expires_on.isoformat()},
    )
    return Debit(
        kind="expire",
        points=remaining,
        today=occasion.today,
        cause=cause,
        first_lot_id=lot_id,
        is_only_first_lot=True,
    )
