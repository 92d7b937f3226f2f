"""Facts the loyalty club tells the other modules, emitted in the transaction that made them true."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from charsu.events import Event

_MEMBER: tuple[str, str] = ("customer", "customer_id")


@dataclass(frozen=True, kw_only=True)
class PointsEarned(Event):
    """A purchase gave a member points."""

    type: ClassVar[str] = "points.earned"
    subject: ClassVar[tuple[str, str]] = _MEMBER

    entry_id: uuid.UUID
    customer_id: uuid.UUID
    points: int
    balance: int
    purchase_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PointsGiven(Event):
    """Somebody gave a member points by hand, and said why."""

    type: ClassVar[str] = "points.given"
    subject: ClassVar[tuple[str, str]] = _MEMBER

    entry_id: uuid.UUID
    customer_id: uuid.UUID
    points: int
    balance: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PointsRedeemed(Event):
    """A member spent points; `points` is positive."""

    type: ClassVar[str] = "points.redeemed"
    subject: ClassVar[tuple[str, str]] = _MEMBER

    entry_id: uuid.UUID
    customer_id: uuid.UUID
    points: int
    balance: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PointsReversed(Event):
    """A refund took points back; `points` is positive, or zero when all of them were spent."""

    type: ClassVar[str] = "points.reversed"
    subject: ClassVar[tuple[str, str]] = _MEMBER

    entry_id: uuid.UUID
    customer_id: uuid.UUID
    points: int
    #: Points that were due and could not be taken, as they were spent already.
    shortfall: int
    balance: int
    purchase_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PointsExpired(Event):
    """Points were not spent in time; `points` is positive."""

    type: ClassVar[str] = "points.expired"
    subject: ClassVar[tuple[str, str]] = _MEMBER

    entry_id: uuid.UUID
    customer_id: uuid.UUID
    points: int
    balance: int


@dataclass(frozen=True, kw_only=True)
class EarningRuleChanged(Event):
    """The earning rule has a new version, valid from now on."""

    type: ClassVar[str] = "loyalty_rule.changed"
    subject: ClassVar[tuple[str, str]] = ("loyalty_rule", "lineage")

    lineage: str
    rule_version: int
    currency: str
    step_minor: int
    points_per_step: int
    rounding: str
    expires_after_months: int | None
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class LedgerMismatchFound(Event):
    """The nightly check found a member whose kept figures differ from the entries; nothing was repaired."""

    type: ClassVar[str] = "loyalty_ledger.mismatch_found"
    subject: ClassVar[tuple[str, str]] = _MEMBER

    customer_id: uuid.UUID
    #: One of `verification.CHECKS`.
    check: str
    stored: int
    computed: int
