"""Who a customer is, for other modules."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu_crm_core.models import Customer


@dataclass(frozen=True, kw_only=True)
class CustomerSummary:
    """Who a customer is, without the private parts (note, birthday)."""

    id: uuid.UUID
    kind: str
    full_name: str
    phone: str | None
    email: str | None
    is_sample: bool


@dataclass(frozen=True, kw_only=True)
class PurchaseSummary:
    """Which purchase it is, and how much of it was refunded."""

    id: uuid.UUID
    customer_id: uuid.UUID
    amount_minor: int
    refunded_minor: int
    currency: str


_ANY_SUMMARY = select(
    Customer.id, Customer.kind, Customer.full_name, Customer.phone, Customer.email, Customer.is_sample
)
_SUMMARY = _ANY_SUMMARY.where(Customer.deleted_at.is_(None))


def summary_of(customer: Customer) -> CustomerSummary:
    """Return what other modules are told of a customer that was read already."""
    return CustomerSummary(**{item.name: getattr(customer, item.name) for item in fields(CustomerSummary)})


def purchase_summary(purchase: Any) -> PurchaseSummary:
    """Return what other modules are told of a purchase, or of a row of one, that was read already."""
    return PurchaseSummary(**{item.name: getattr(purchase, item.name) for item in fields(PurchaseSummary)})


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
