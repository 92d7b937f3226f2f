"""Tables of purchases with their lines, and of refunds."""

import datetime as dt
import decimal
import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from charsu.records import Record
from charsu_crm_core.models.checks import one_of
from charsu_tenants.base import Base

#: Where a purchase was made.
CHANNELS = ("store", "online", "phone", "other")
#: No single purchase is larger; far below what a bigint sum over a customer's purchases can hold.
MAX_AMOUNT_MINOR = 10**15
#: In `Purchase.search_text`: behind it stand the words the customer is found by.
CUSTOMER_WORDS = " \u241e "

_INSTANT = DateTime(timezone=True)


class Purchase(Record):
    """What a customer bought at one time; afterwards only `refunded_minor` changes, and whose it is.

    `owner_id` follows the customer's owner, so that who sees the customer sees what she bought.
    """

    __tablename__ = "crm_core_purchase"
    __table_args__ = (
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_AMOUNT_MINOR}", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint(one_of("channel", CHANNELS), name="channel"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        CheckConstraint("char_length(external_ref) BETWEEN 1 AND 200", name="external_ref"),
        CheckConstraint("char_length(note) <= 4000", name="note"),
        Index("ux_crm_core_purchase_external_ref", "external_ref", unique=True),
        Index("ix_crm_core_purchase_newest", text("occurred_at DESC"), text("id DESC")),
        Index(
            "ix_crm_core_purchase_amount", "amount_minor", "id", postgresql_where=text("deleted_at IS NULL")
        ),
        Index("ix_crm_core_purchase_customer", "customer_id", text("occurred_at DESC"), text("id DESC")),
        Index("ix_crm_core_purchase_owner", "owner_id", text("occurred_at DESC"), text("id DESC")),
        Index(
            "ix_crm_core_purchase_search",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "ext.gin_trgm_ops"},
        ),
    )

    #: What names it in lists: its articles, else its reference; empty where it has neither.
    title: Mapped[str] = mapped_column(Text, server_default="")
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_customer.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    #: ISO 4217.
    currency: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[dt.datetime] = mapped_column(_INSTANT)
    #: One of `CHANNELS`.
    channel: Mapped[str] = mapped_column(Text, server_default="store")
    #: The number of the sale in another system; makes recording it twice harmless.
    external_ref: Mapped[str | None] = mapped_column(Text)
    #: Sum of the refunds so far.
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    note: Mapped[str] = mapped_column(Text, server_default="")


class PurchaseLine(Base):
    """One article of a purchase; the lines of a purchase sum up to its amount."""

    __tablename__ = "crm_core_purchase_line"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 200", name="title"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(f"unit_price_minor BETWEEN 0 AND {MAX_AMOUNT_MINOR}", name="unit_price"),
    )

    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_purchase.id"), primary_key=True)
    #: 1, 2, 3 in the order given.
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    quantity: Mapped[decimal.Decimal] = mapped_column(Numeric(12, 3))
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)


class Refund(Base):
    """Money given back for a purchase, whole or part; never changed afterwards."""

    __tablename__ = "crm_core_refund"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("char_length(reason) <= 500", name="reason"),
        Index("ix_crm_core_refund_purchase", "purchase_id", text("created_at DESC")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_purchase.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=func.now())
