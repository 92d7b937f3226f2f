"""The face of the CRM for other plugins: its events, its slots and the reads and locks it offers.

A plugin that lists `crm_core` in its `requires` imports from here and from nowhere else in this package.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from charsu_crm_core.events import (
    CustomerCreated,
    CustomerDeleted,
    CustomerMerged,
    CustomerRestored,
    CustomerUpdated,
    DealLost,
    DealMoved,
    DealWon,
    PurchaseRecorded,
    PurchaseRefunded,
)
from charsu_crm_core.models import Customer
from charsu_crm_core.reach import CUSTOMER, bounds_of_request, require_within_reach, shows_amounts
from charsu_crm_core.records import AFFILIATION, DEAL, INTERACTION, TASK
from charsu_crm_core.summaries import CustomerSummary, PurchaseSummary, find_customer, find_customers

__all__ = [
    "AFFILIATION_EVENTS",
    "CUSTOMER_MAIN",
    "CUSTOMER_SIDE",
    "DEAL_EVENTS",
    "INTERACTION_EVENTS",
    "PURCHASE_REFUND",
    "PURCHASE_SIDE",
    "TASK_EVENTS",
    "CustomerCreated",
    "CustomerDeleted",
    "CustomerMerged",
    "CustomerRestored",
    "CustomerSummary",
    "CustomerUpdated",
    "DealLost",
    "DealMoved",
    "DealWon",
    "PurchaseRecorded",
    "PurchaseRefunded",
    "PurchaseSummary",
    "customers_in_reach",
    "find_customer",
    "find_customers",
    "live_customer_ids",
    "lock_customer",
    "require_customer_in_reach",
    "sample_customer_ids",
    "shows_amounts",
]

#: `.created`, `.updated`, `.deleted` and `.restored` of each noun, with `<noun>_id`.
AFFILIATION_EVENTS = AFFILIATION.facts
DEAL_EVENTS = DEAL.facts
INTERACTION_EVENTS = INTERACTION.facts
TASK_EVENTS = TASK.facts

#: Slots of the customer page; the subject of both is a `CustomerSummary`.
CUSTOMER_MAIN = "customer.main"
CUSTOMER_SIDE = "customer.side"
#: Slots of the purchase page and of the form that refunds one; the subject of both is a `PurchaseSummary`.
PURCHASE_SIDE = "purchase.side"
PURCHASE_REFUND = "purchase.refund"


def lock_customer(session: Session, customer_id: uuid.UUID) -> bool:
    """Hold the customer's row (FOR NO KEY UPDATE) until the transaction ends; those in the bin too.

    Returns False when there is no such customer. Take it before locks on rows of your own that hang on the
    customer, so that two writers of one customer wait for each other in the same order.
    """
    statement = select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True)
    return session.execute(statement).scalar_one_or_none() is not None


def customers_in_reach() -> Select[uuid.UUID] | None:
    """Ids of the customers the person of this request may see, as a statement; None for who sees them all.

    None also for a program that may read no customers: it names those it was told of.
    """
    bounds = bounds_of_request(CUSTOMER, Customer)
    return select(Customer.id).where(*bounds) if bounds else None


def require_customer_in_reach(session: Session, customer_id: uuid.UUID) -> None:
    """Refuse a customer beyond the scope of who sent this request, as one that is not there: `NotFound`."""
    require_within_reach(session, CUSTOMER, Customer, customer_id)


def live_customer_ids(session: Session) -> Sequence[uuid.UUID]:
    """Return the ids of the customers that are not in the bin, for a plugin turned on after they came."""
    return session.execute(select(Customer.id).where(Customer.deleted_at.is_(None))).scalars().all()


def sample_customer_ids(session: Session) -> Sequence[uuid.UUID]:
    """Return the ids of the sample customers, for the `remove_sample` of a dependent plugin."""
    return session.execute(select(Customer.id).where(Customer.is_sample)).scalars().all()
