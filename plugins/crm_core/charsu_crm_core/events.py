"""Facts the CRM tells the other modules, emitted in the transaction that made them true."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from charsu.events import Event


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(Event):
    """A customer was added, by a person, an import or the API."""

    type: ClassVar[str] = "customer.created"
    subject: ClassVar[tuple[str, str]] = ("customer", "customer_id")

    customer_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Event):
    """Fields of a customer got other values; not emitted when nothing changed."""

    type: ClassVar[str] = "customer.updated"
    subject: ClassVar[tuple[str, str]] = ("customer", "customer_id")

    customer_id: uuid.UUID
    #: Names of the fields that changed, in alphabetical order.
    fields: list[str]


@dataclass(frozen=True, kw_only=True)
class CustomerDeleted(Event):
    """A customer was put into the bin; the purchases stay."""

    type: ClassVar[str] = "customer.deleted"
    subject: ClassVar[tuple[str, str]] = ("customer", "customer_id")

    customer_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class CustomerRestored(Event):
    """A customer came back out of the bin, or out of a merge that was undone."""

    type: ClassVar[str] = "customer.restored"
    subject: ClassVar[tuple[str, str]] = ("customer", "customer_id")

    customer_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class CustomerMerged(Event):
    """Two customers were found to be one: what hung on `lost_id` hangs on `customer_id` now."""

    type: ClassVar[str] = "customer.merged"
    subject: ClassVar[tuple[str, str]] = ("customer", "customer_id")

    customer_id: uuid.UUID
    lost_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PurchaseRecorded(Event):
    """A customer bought something, `occurred_at` may lie before the moment it was recorded."""

    type: ClassVar[str] = "purchase.recorded"
    subject: ClassVar[tuple[str, str]] = ("purchase", "purchase_id")

    purchase_id: uuid.UUID
    customer_id: uuid.UUID
    amount_minor: int
    currency: str
    occurred_at: dt.datetime
    channel: str


@dataclass(frozen=True, kw_only=True)
class PurchaseRefunded(Event):
    """A part or the rest of a purchase was paid back."""

    type: ClassVar[str] = "purchase.refunded"
    subject: ClassVar[tuple[str, str]] = ("purchase", "purchase_id")

    refund_id: uuid.UUID
    purchase_id: uuid.UUID
    customer_id: uuid.UUID
    #: This refund alone.
    amount_minor: int
    #: All refunds of the purchase so far, this one included.
    refunded_minor: int
    #: What the purchase was before any refund.
    purchase_amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class DealMoved(Event):
    """A deal went to another stage of its pipeline, or to another pipeline."""

    type: ClassVar[str] = "deal.moved"
    subject: ClassVar[tuple[str, str]] = ("deal", "deal_id")

    deal_id: uuid.UUID
    stage_id: uuid.UUID
    from_stage_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class DealWon(Event):
    """A customer said yes; the purchase may be recorded later or never."""

    type: ClassVar[str] = "deal.won"
    subject: ClassVar[tuple[str, str]] = ("deal", "deal_id")

    deal_id: uuid.UUID
    customer_id: uuid.UUID
    #: None where nobody wrote down what it is worth.
    amount_minor: int | None
    currency: str


@dataclass(frozen=True, kw_only=True)
class DealLost(Event):
    """A customer said no, or nothing any more."""

    type: ClassVar[str] = "deal.lost"
    subject: ClassVar[tuple[str, str]] = ("deal", "deal_id")

    deal_id: uuid.UUID
    customer_id: uuid.UUID
    #: One of `models.LOST_REASONS`.
    reason: str
