"""From a purchase to points: the first half of a pair with `refunds`.

Purchase and refunds of one purchase may be heard of in any order and any number of times: see `refunds`.
"""

from sqlalchemy.orm import Session

from charsu_loyalty import ledger
from charsu_loyalty.ledger import Cause, Credit, Posting
from charsu_loyalty.membership import hold_member
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.purchase_notes import WAITING, read_note, write_note
from charsu_loyalty.refunds import settle
from charsu_loyalty.rule_book import rule_at
from charsu_loyalty.rules import EarningRule, PurchaseFacts, outcome_of


def earn_for_purchase(session: Session, facts: PurchaseFacts, occasion: Occasion) -> list[Posting]:
    """Give the points of a purchase by the rule in force when it was made; return what was posted.

    A second call changes nothing. A refund heard of earlier is settled at once. Locks the customer, then the
    member. Does nothing for a customer that is gone.
    """
    if not hold_member(session, facts.customer_id, occasion.now):
        return []
    note = read_note(session, facts.purchase_id)
    if note.outcome != WAITING:
        return []
    rule = rule_at(session, facts, occasion.locality.currency)
    outcome = outcome_of(rule, facts)
    if outcome != "earned":
        refused = {"outcome": outcome, "basis": _basis(rule, facts)}
        write_note(session, facts.purchase_id, facts.customer_id, refused, now=occasion.now)
        return []
    earned = _credit(session, facts, rule, occasion)
    values = {"outcome": outcome, "earn_entry_id": earned.entry_id}
    write_note(session, facts.purchase_id, facts.customer_id, values, now=occasion.now)
    if not note.refunded_minor:
        return [earned]
    return [earned, *settle(session, facts.purchase_id, occasion)]


def _credit(session: Session, facts: PurchaseFacts, rule: EarningRule, occasion: Occasion) -> Posting:
    cause = Cause(
        source_type="purchase",
        source_id=str(facts.purchase_id),
        source_key=f"purchase:{facts.purchase_id}:{rule.lineage}",
        occurred_at=facts.occurred_at,
        basis=_basis(rule, facts),
        actor=occasion.actor,
    )
    lot = Credit(
        points=rule.points_for(facts.amount_minor),
        expires_on=rule.expires_on(facts.occurred_at, occasion.locality),
        cause=cause,
    )
    return ledger.credit(session, facts.customer_id, lot, now=occasion.now)


def _basis(rule: EarningRule, facts: PurchaseFacts) -> dict[str, object]:
    return {"amount_minor": facts.amount_minor, "currency": facts.currency, "rule": rule.snapshot()}
