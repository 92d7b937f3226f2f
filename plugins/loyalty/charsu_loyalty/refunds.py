"""Taking back the points that a refund no longer deserves, in whatever order the events come.

The note of a purchase keeps the largest total of refunds; the points due are always those of what is left of
the purchase, by the rule it earned by; what was taken back or expired already counts as gone. So the end
state depends on what happened, not on the order in which it was told.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, cast, func, select
from sqlalchemy.orm import Session, aliased

from charsu_loyalty import accounts, ledger
from charsu_loyalty.ledger import Cause, Debit, Posting
from charsu_loyalty.membership import hold_member
from charsu_loyalty.models import Allocation, Entry, Lot, PurchaseNote
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.purchase_notes import read_note, write_note
from charsu_loyalty.rules import rule_from_snapshot


@dataclass(frozen=True, kw_only=True)
class RefundFacts:
    """What the club has to know of a refund."""

    purchase_id: uuid.UUID
    customer_id: uuid.UUID
    #: All refunds of the purchase up to this one.
    refunded_minor: int
    occurred_at: dt.datetime


def settle_refund(session: Session, facts: RefundFacts, occasion: Occasion) -> list[Posting]:
    """Take back what a refund no longer deserves; early, late and repeated refunds are harmless.

    From the lot of the same purchase first, then from the member's other lots that can still be spent; the
    rest was spent already and becomes the entry's shortfall. Locks the customer, then the member. Does
    nothing for a customer that is gone.
    """
    # A purchase that moved to another customer since earned its points where its note stands.
    account = read_note(session, facts.purchase_id).customer_id or facts.customer_id
    if not hold_member(session, account, occasion.now):
        return []
    note = read_note(session, facts.purchase_id)
    if facts.refunded_minor <= note.refunded_minor:
        return []
    values = {"refunded_minor": facts.refunded_minor}
    write_note(session, facts.purchase_id, facts.customer_id, values, now=occasion.now)
    if note.earn_entry_id is None:
        return []
    return settle(session, facts.purchase_id, occasion, occurred_at=facts.occurred_at)


def settle(
    session: Session, purchase_id: uuid.UUID, occasion: Occasion, *, occurred_at: dt.datetime | None = None
) -> list[Posting]:
    """Bring the points of an earned purchase in line with its refunds. The member's row must be held."""
    earned = session.execute(_EARNED, {"purchase_id": purchase_id}).one()
    due = _points_due(earned)
    too_many = earned.points - due - earned.reversed - earned.expired
    if too_many <= 0:
        return []
    wanted = Debit(
        kind="reverse",
        points=too_many,
        today=occasion.today,
        cause=_cause(purchase_id, earned, due, occurred_at or occasion.now),
        first_lot_id=earned.lot_id,
    )
    held = ledger.lock_member(session, earned.customer_id)
    if held is not None and held.absorbed:
        return accounts.take_back(session, held, earned.customer_id, wanted, now=occasion.now)
    return [ledger.debit(session, earned.customer_id, wanted, now=occasion.now)]


def _points_due(earned: Row[Any]) -> int:
    rule = rule_from_snapshot(earned.basis["rule"])
    return rule.points_for(max(earned.basis["amount_minor"] - earned.refunded_minor, 0))


def _cause(purchase_id: uuid.UUID, earned: Row[Any], due: int, occurred_at: dt.datetime) -> Cause:
    lineage = earned.basis["rule"]["lineage"]
    return Cause(
        source_type="purchase",
        source_id=str(purchase_id),
        source_key=f"purchase:{purchase_id}:{lineage}:refunded:{earned.refunded_minor}",
        occurred_at=occurred_at,
        basis={
            **earned.basis,
            "refunded_minor": earned.refunded_minor,
            "earned": earned.points,
            "due": due,
            "reversed_before": earned.reversed,
            "expired_before": earned.expired,
        },
        reverses_entry_id=earned.entry_id,
    )


_REVERSAL = aliased(Entry, name="reversal")
_EXPIRY = aliased(Entry, name="expiry")
#: Points of the purchase that are gone already; a shortfall counts, it was settled by being recorded.
_REVERSED = (
    select(cast(func.coalesce(func.sum(_REVERSAL.shortfall - _REVERSAL.points), 0), BigInteger))
    .where(_REVERSAL.reverses_entry_id == Entry.id)
    .scalar_subquery()
)
_EXPIRED = (
    select(cast(func.coalesce(func.sum(Allocation.points), 0), BigInteger))
    .join(_EXPIRY, _EXPIRY.id == Allocation.entry_id)
    .where(Allocation.lot_id == Lot.id, _EXPIRY.kind == "expire")
    .scalar_subquery()
)
_EARNED = (
    select(
        Entry.id.label("entry_id"),
        Entry.customer_id,
        Entry.points,
        Entry.basis,
        Lot.id.label("lot_id"),
        PurchaseNote.refunded_minor,
        _REVERSED.label("reversed"),
        _EXPIRED.label("expired"),
    )
    .join(PurchaseNote, PurchaseNote.earn_entry_id == Entry.id)
    .join(Lot, Lot.entry_id == Entry.id)
    .where(PurchaseNote.purchase_id == bindparam("purchase_id"))
)
