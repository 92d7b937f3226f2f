"""Tables of the CRM: customers, their purchases with lines, and refunds."""

import datetime as dt
import decimal
import uuid

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from charsu_tenants.base import Base

#: What a customer can be.
KINDS = ("person", "company")
#: Where a purchase was made.
CHANNELS = ("store", "online", "phone", "other")
#: No single purchase is larger; far below what a bigint sum over a customer's purchases can hold.
MAX_AMOUNT_MINOR = 10**15

_INSTANT = DateTime(timezone=True)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Customer(Base):
    """A person or a company the business sells to; archived (`deleted_at`), never deleted."""

    __tablename__ = "crm_core_customer"
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint("char_length(full_name) BETWEEN 1 AND 200", name="full_name"),
        CheckConstraint("phone ~ '^[+][1-9][0-9]{6,14}$'", name="phone"),
        CheckConstraint("email = lower(email) AND position('@' in email) > 1", name="email"),
        CheckConstraint("cardinality(tags) <= 20 AND cardinality(tags) = cardinality(tag_keys)", name="tags"),
        CheckConstraint("char_length(note) <= 4000", name="note"),
        Index(
            "ix_crm_core_customer_newest",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_crm_core_customer_search",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "ext.gin_trgm_ops"},
        ),
        Index("ix_crm_core_customer_tag_keys", "tag_keys", postgresql_using="gin"),
        Index("ix_crm_core_customer_phone", "phone"),
        Index("ix_crm_core_customer_email", "email"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    #: One of `KINDS`.
    kind: Mapped[str] = mapped_column(Text, server_default="person")
    #: As the business writes it, 1 to 200 characters.
    full_name: Mapped[str] = mapped_column(Text)
    #: E.164. Not unique: a family or a firm may share one.
    phone: Mapped[str | None] = mapped_column(Text)
    #: Lower case.
    email: Mapped[str | None] = mapped_column(Text)
    birthday_on: Mapped[dt.date | None] = mapped_column(Date)
    #: As typed, at most 20; no two of them fold to the same key.
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    #: Folded tags in the same order; what the tag filter compares.
    tag_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    note: Mapped[str] = mapped_column(Text, server_default="")
    #: Folded name, phone, e-mail and tags; written by `services` on every change.
    search_text: Mapped[str] = mapped_column(Text, server_default="")
    #: Made by `add_sample`; `remove_sample` deletes exactly these.
    is_sample: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=func.now())
    #: Set when the customer was archived: gone from lists, 404 by id, purchases kept.
    deleted_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)


class Purchase(Base):
    """What a customer bought at one time; only `refunded_minor` ever changes afterwards."""

    __tablename__ = "crm_core_purchase"
    __table_args__ = (
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_AMOUNT_MINOR}", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        CheckConstraint("char_length(external_ref) BETWEEN 1 AND 200", name="external_ref"),
        CheckConstraint("char_length(note) <= 4000", name="note"),
        Index("ux_crm_core_purchase_external_ref", "external_ref", unique=True),
        Index("ix_crm_core_purchase_newest", text("occurred_at DESC"), text("id DESC")),
        Index("ix_crm_core_purchase_customer", "customer_id", text("occurred_at DESC"), text("id DESC")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
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
    created_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=func.now())


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
