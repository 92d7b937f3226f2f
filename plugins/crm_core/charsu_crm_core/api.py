"""The face of the CRM for other plugins: its events, its slots and the reads and locks it offers.

A plugin that lists `crm_core` in its `requires` imports from here and from nowhere else in this package.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu_crm_core.events import (
    CustomerCreated,
    CustomerDeleted,
    CustomerMerged,
    CustomerRestored,
    CustomerUpdated,
    PurchaseRecorded,
    PurchaseRefunded,
)
from charsu_crm_core.models import Customer

__all__ = [
    "CUSTOMER_MAIN",
    "CUSTOMER_SIDE",
    "CustomerCreated",
    "CustomerDeleted",
    "CustomerMerged",
    "CustomerRestored",
    "CustomerSummary",
    "CustomerUpdated",
    "PurchaseRecorded",
    "PurchaseRefunded",
    "find_customer",
    "find_customers",
    "live_customer_ids",
    "lock_customer",
    "sample_customer_ids",
]

#: Slots of the customer page; the subject of both is a `CustomerSummary`.
CUSTOMER_MAIN = "customer.main"
CUSTOMER_SIDE = "customer.side"


@dataclass(frozen=True, kw_only=True)
class CustomerSummary:
    """Who a customer is, without the private parts (note, birthday)."""

    id: uuid.UUID
    kind: str
    full_name: str
    phone: str | None
    email: str | None
    is_sample: bool


_ANY_SUMMARY = select(
    Customer.id, Customer.kind, Customer.full_name, Customer.phone, Customer.email, Customer.is_sample
)
_SUMMARY = _ANY_SUMMARY.where(Customer.deleted_at.is_(None))


def find_customer(session: Session, customer_id: uuid.UUID) -> CustomerSummary | None:
    """Return the customer, or None when there is none of that id or it is in the bin."""
    row = session.execute(_SUMMARY.where(Customer.id == customer_id)).mappings().one_or_none()
    return CustomerSummary(**row) if row else None


def find_customers(session: Session, customer_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, CustomerSummary]:
    """Return customers by id in one query, those in the bin too, as old entries of a list still name them."""
    wanted = list(customer_ids)
    if not wanted:
        return {}
    rows = session.execute(_ANY_SUMMARY.where(Customer.id.in_(wanted))).mappings()
    return {row["id"]: CustomerSummary(**row) for row in rows}


def lock_customer(session: Session, customer_id: uuid.UUID) -> bool:
    """Hold the customer's row (FOR NO KEY UPDATE) until the transaction ends; those in the bin too.

    Returns False when there is no such customer. Take it before locks on rows of your own that hang on the
    customer, so that two writers of one customer wait for each other in the same order.
    """
    statement = select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True)
    return session.execute(statement).scalar_one_or_none() is not None


def live_customer_ids(session: Session) -> Sequence[uuid.UUID]:
    """Return the ids of the customers that are not in the bin, for a plugin turned on after they came."""
    return session.execute(select(Customer.id).where(Customer.deleted_at.is_(None))).scalars().all()


def sample_customer_ids(session: Session) -> Sequence[uuid.UUID]:
    """Return the ids of the sample customers, for the `remove_sample` of a dependent plugin."""
    return session.execute(select(Customer.id).where(Customer.is_sample)).scalars().all()
