"""What the loyalty club does when the CRM tells it something; each in a tenant transaction of its own."""

from charsu.clock import now
from charsu.events import EventEnvelope
from charsu.plugins import HookContext
from charsu_crm_core.api import (
    CustomerCreated,
    CustomerDeleted,
    CustomerRestored,
    PurchaseRecorded,
    PurchaseRefunded,
    find_customer,
)
from charsu_loyalty import ledger
from charsu_loyalty.announcements import announce
from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.membership import follow_customer, hold_member
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.refunds import RefundFacts, settle_refund
from charsu_loyalty.rules import PurchaseFacts


def enrol_customer(ctx: HookContext, event: EventEnvelope) -> None:
    """Make a new customer a member with no points; nothing for one that is gone again."""
    customer_id = event.load(CustomerCreated).customer_id
    if find_customer(ctx.session, customer_id) is not None:
        ledger.enrol(ctx.session, customer_id, event.occurred_at)


def close_membership(ctx: HookContext, event: EventEnvelope) -> None:
    """End the membership of a deleted customer; refunds and the end of points still happen."""
    follow_customer(ctx.session, event.load(CustomerDeleted).customer_id, event.occurred_at)


def open_membership(ctx: HookContext, event: EventEnvelope) -> None:
    """Give a restored customer her membership and her points back."""
    hold_member(ctx.session, event.load(CustomerRestored).customer_id, event.occurred_at)


def award_points(ctx: HookContext, event: EventEnvelope) -> None:
    """Give the points of a purchase."""
    purchase = event.load(PurchaseRecorded)
    facts = PurchaseFacts(
        purchase_id=purchase.purchase_id,
        customer_id=purchase.customer_id,
        amount_minor=purchase.amount_minor,
        currency=purchase.currency,
        occurred_at=purchase.occurred_at,
        recorded_at=event.occurred_at,
    )
    for posting in earn_for_purchase(ctx.session, facts, _occasion(ctx)):
        announce(posting)


def take_back_points(ctx: HookContext, event: EventEnvelope) -> None:
    """Take back the points of what was refunded; harmless in any order, before the purchase too."""
    refund = event.load(PurchaseRefunded)
    facts = RefundFacts(
        purchase_id=refund.purchase_id,
        customer_id=refund.customer_id,
        refunded_minor=refund.refunded_minor,
        occurred_at=event.occurred_at,
    )
    for posting in settle_refund(ctx.session, facts, _occasion(ctx)):
        announce(posting)


def _occasion(ctx: HookContext) -> Occasion:
    return Occasion(locality=ctx.tenant, now=now(), actor=ctx.actor.as_json())
