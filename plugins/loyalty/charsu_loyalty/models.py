"""Tables of the loyalty club: the earning rule, members, the points ledger with its lots, purchases seen.

What happened is append-only (`RuleVersion`, `Entry`, `Allocation`: the tenant's role can not update or delete
them); what is derived from it and kept for speed is mutable (`Member`, `Lot`) and proved by `verification`.
Lock order of every writer: the row of the member's first account, then everything else of that member.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from charsu_loyalty.rules import ROUNDINGS
from charsu_tenants.base import Base

#: What can happen to points. Debits (all but `earn`) have allocations to lots.
KINDS = ("earn", "redeem", "reverse", "expire")
#: What became of a purchase: see `PurchaseNote.outcome`.
OUTCOMES = ("waiting", "earned", "inactive_rule", "other_currency", "below_step")

_INSTANT = DateTime(timezone=True)
_ZERO = text("0")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class RuleVersion(Base):
    """One wording of an earning rule; an edit adds a version, purchases made before keep theirs."""

    __tablename__ = "loyalty_rule"
    __table_args__ = (
        UniqueConstraint("lineage", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("step_minor BETWEEN 1 AND 1000000000000000", name="step"),
        CheckConstraint("points_per_step BETWEEN 1 AND 1000000", name="points_per_step"),
        CheckConstraint(_one_of("rounding", ROUNDINGS), name="rounding"),
        CheckConstraint("expires_after_months BETWEEN 1 AND 120", name="expires_after_months"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    #: The rule this is a version of; part of the source key of the points it gives.
    lineage: Mapped[str] = mapped_column(Text)
    #: 1, 2, 3 within the lineage.
    version: Mapped[int] = mapped_column(Integer)
    #: Purchases in another currency earn nothing.
    currency: Mapped[str] = mapped_column(Text)
    step_minor: Mapped[int] = mapped_column(BigInteger)
    points_per_step: Mapped[int] = mapped_column(Integer)
    #: One of `rules.ROUNDINGS`.
    rounding: Mapped[str] = mapped_column(Text)
    #: Months in the tenant's calendar; empty: points never expire.
    expires_after_months: Mapped[int | None] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[dt.datetime] = mapped_column(_INSTANT)
    #: Who wrote it, as the core names actors.
    actor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Member(Base):
    """A customer in the club, with totals kept for speed that can be recomputed from the entries."""

    __tablename__ = "loyalty_member"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint(
            "balance = earned_total - redeemed_total - reversed_total - expired_total", name="totals"
        ),
        CheckConstraint(
            "least(earned_total, redeemed_total, reversed_total, expired_total, entry_count) >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "merged_into IS NULL OR merged_into <> customer_id AND absorbed = '{}'", name="merged_into"
        ),
        Index(
            "ix_loyalty_member_merged_into",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_customer.id"), primary_key=True)
    balance: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    earned_total: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    redeemed_total: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    reversed_total: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    expired_total: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    #: The `seq` of the member's last entry.
    entry_count: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    #: Keeps the entries' `created_at` in the order of `seq` even where clocks of two machines differ.
    last_entry_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    joined_at: Mapped[dt.datetime] = mapped_column(_INSTANT)
    #: Set while the customer is in the bin: nothing can be redeemed.
    closed_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    #: The customer who owns this account since both were merged; hers is the row to lock.
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("loyalty_member.customer_id"))
    #: The accounts merged into this one, sorted: the other side of `merged_into`, seen with the lock.
    absorbed: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))


class Entry(Base):
    """One movement of a member's points; never changed, never deleted."""

    __tablename__ = "loyalty_entry"
    __table_args__ = (
        UniqueConstraint("source_key"),
        UniqueConstraint("customer_id", "seq"),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(
            "CASE kind WHEN 'earn' THEN points > 0 WHEN 'reverse' THEN points <= 0 AND points < shortfall "
            "ELSE points < 0 END",
            name="points",
        ),
        CheckConstraint("shortfall = 0 OR shortfall > 0 AND kind = 'reverse'", name="shortfall"),
        CheckConstraint("balance_after >= 0", name="balance_after"),
        CheckConstraint("(kind = 'reverse') = (reverses_entry_id IS NOT NULL)", name="reverses"),
        CheckConstraint("char_length(reason) <= 500", name="reason"),
        Index("ix_loyalty_entry_occurred_at", "occurred_at"),
        Index(
            "ix_loyalty_entry_reverses",
            "reverses_entry_id",
            postgresql_where=text("reverses_entry_id IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("loyalty_member.customer_id"))
    #: 1, 2, 3 within the member, without gaps: a missing entry can be seen.
    seq: Mapped[int] = mapped_column(BigInteger)
    #: One of `KINDS`.
    kind: Mapped[str] = mapped_column(Text)
    #: Signed. Zero only for a reversal that found nothing left to take (`shortfall` says how much was due).
    points: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(BigInteger)
    #: Points a reversal should have taken back and could not, as they were spent already.
    shortfall: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    #: What caused it: `purchase`, `refund`, `redemption`, `lot`.
    source_type: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(Text)
    #: The same cause twice has the same key: a replay changes nothing.
    source_key: Mapped[str] = mapped_column(Text)
    reverses_entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("loyalty_entry.id"))
    #: The figures that gave `points`: rule, amount, rounding; read by `explanations`.
    basis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text, server_default="")
    #: Who did it, as the core names actors; empty for the machine.
    actor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: When the cause happened; may lie before `created_at`.
    occurred_at: Mapped[dt.datetime] = mapped_column(_INSTANT)
    #: When the balance changed; in the order of `seq`.
    created_at: Mapped[dt.datetime] = mapped_column(_INSTANT)


class Lot(Base):
    """Points earned at one time and what is left of them; debits take from the lot nearest expiry first."""

    __tablename__ = "loyalty_lot"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("remaining BETWEEN 0 AND points", name="remaining"),
        Index(
            "ix_loyalty_lot_member",
            "customer_id",
            "expires_on",
            "earned_at",
            "id",
            postgresql_where=text("remaining > 0"),
        ),
        Index("ix_loyalty_lot_expiry", "expires_on", postgresql_where=text("remaining > 0")),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("loyalty_member.customer_id"))
    #: The credit that made it.
    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("loyalty_entry.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    earned_at: Mapped[dt.datetime] = mapped_column(_INSTANT)
    #: The last local day on which they can be spent; empty: never expire.
    expires_on: Mapped[dt.date | None] = mapped_column(Date)


class Allocation(Base):
    """How many points of a debit came from which lot."""

    __tablename__ = "loyalty_allocation"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        Index("ix_loyalty_allocation_lot", "lot_id"),
    )

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("loyalty_entry.id"), primary_key=True)
    lot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("loyalty_lot.id"), primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)


class PurchaseNote(Base):
    """What the club knows of a purchase, so that purchase and refunds may be heard of in any order."""

    __tablename__ = "loyalty_purchase"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", OUTCOMES), name="outcome"),
        CheckConstraint("(outcome = 'earned') = (earn_entry_id IS NOT NULL)", name="earned"),
        CheckConstraint("refunded_minor >= 0", name="refunded"),
        Index("ix_loyalty_purchase_customer", "customer_id"),
    )

    purchase_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("loyalty_member.customer_id"))
    #: The largest total of refunds heard of; an older refund that comes late changes nothing.
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    #: `waiting`: a refund was heard of, the purchase not yet; `earned`; else why there are no points.
    outcome: Mapped[str] = mapped_column(Text)
    earn_entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("loyalty_entry.id"))
    #: Amount, currency and rule, where there is no entry that holds them.
    basis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    noted_at: Mapped[dt.datetime] = mapped_column(_INSTANT)
