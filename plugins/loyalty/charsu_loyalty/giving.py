"""Giving points by hand: a balance from before, a present, points that were spent by mistake."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from charsu_crm_core.api import find_customer
from charsu_loyalty import accounts, ledger
from charsu_loyalty.errors import GivenAlready, UnknownMember
from charsu_loyalty.ledger import Cause, Credit, Posting
from charsu_loyalty.membership import hold_member
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.rule_book import current_rule

#: `source_type` of an entry that a person made out of nothing.
GIFT = "gift"


@dataclass(frozen=True, kw_only=True)
class Gift:
    """Points somebody wants to give, and why: the customer's history and the ledger show it for good."""

    customer_id: uuid.UUID
    points: int
    reason: str
    #: The same key again (a form sent twice) answers with the first entry; made up when empty.
    key: str = ""


def give_points(session: Session, gift: Gift, occasion: Occasion) -> Posting:
    """Give points that last as long as those of a purchase made now. Locks the customer, then the member.

    Raises:
        UnknownMember: there is no such customer, or it is in the bin or was merged.
        GivenAlready: the key was used before, for other points.
    """
    customer_id = gift.customer_id
    if find_customer(session, customer_id) is None or not hold_member(session, customer_id, occasion.now):
        raise UnknownMember
    key = gift.key or str(uuid.uuid4())
    cause = Cause(
        source_type=GIFT,
        source_id=key,
        source_key=f"{GIFT}:{customer_id}:{key}",
        occurred_at=occasion.now,
        reason=gift.reason,
        actor=occasion.actor,
    )
    rule = current_rule(session, occasion.locality.currency)
    lot = Credit(points=gift.points, expires_on=rule.expires_on(occasion.now, occasion.locality), cause=cause)
    posting = ledger.credit(session, customer_id, lot, now=occasion.now)
    if posting.points != gift.points:
        raise GivenAlready
    held = ledger.lock_member(session, customer_id)
    return posting if held is None else accounts.told(session, held, posting)
