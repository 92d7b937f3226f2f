"""Spending points: two round trips, lock and post, whatever the number of lots; more for merged customers."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from charsu_crm_core.api import find_customer
from charsu_loyalty import accounts, ledger
from charsu_loyalty.errors import InsufficientPoints, RedeemedAlready, UnknownMember
from charsu_loyalty.ledger import Cause, Debit, Posting
from charsu_loyalty.occasion import Occasion


@dataclass(frozen=True, kw_only=True)
class Redemption:
    """Points a member wants to spend."""

    customer_id: uuid.UUID
    points: int
    #: What for, in the words of who redeems.
    reason: str = ""
    #: The same key again (a form sent twice) answers with the first entry; made up when empty.
    key: str = ""


def redeem_points(session: Session, redemption: Redemption, occasion: Occasion) -> Posting:
    """Spend points, all or none, nearest expiry first; ended points can not be spent. Locks the member.

    Raises:
        UnknownMember: there is no such customer, or it is in the bin or was merged.
        InsufficientPoints: fewer can be spent now; says how many.
        RedeemedAlready: the key was used before, for other points.
    """
    customer_id = redemption.customer_id
    held = ledger.lock_member(session, customer_id)
    if held is None and find_customer(session, customer_id) is not None:
        raise InsufficientPoints(wanted=redemption.points, available=0)
    if held is None or not held.is_open or held.root != customer_id:
        raise UnknownMember
    key = redemption.key or str(uuid.uuid4())
    cause = Cause(
        source_type="redemption",
        source_id=key,
        source_key=f"redemption:{customer_id}:{key}",
        occurred_at=occasion.now,
        reason=redemption.reason,
        actor=occasion.actor,
    )
    wanted = Debit(kind="redeem", points=redemption.points, today=occasion.today, cause=cause, is_exact=True)
    if held.absorbed:
        return accounts.spend(session, held, wanted, now=occasion.now)
    posting = ledger.debit(session, customer_id, wanted, now=occasion.now)
    if posting.entry_id is None:
        raise InsufficientPoints(wanted=redemption.points, available=posting.available)
    if posting.points != -redemption.points:
        raise RedeemedAlready
    return posting
