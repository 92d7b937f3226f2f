"""The table of customers."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, Text, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from charsu.records import Record
from charsu.records.sql_alphabet import sql_alphabet
from charsu_crm_core.models.checks import longest, one_of

#: What a customer can be.
KINDS = ("person", "company")
#: How far a customer has come with the business.
STAGES = ("lead", "prospect", "customer", "loyal", "lapsed")
#: From where a customer came.
SOURCES = (
    "walk_in",
    "referral",
    "instagram",
    "messenger",
    "website",
    "phone",
    "campaign",
    "exhibition",
    "dealer",
    "other",
)
GENDERS = ("female", "male")

_EMPTY = text("'{}'")
_LIVE = text("deleted_at IS NULL")
_NEWEST = (text("created_at DESC"), text("id DESC"))


class Customer(Record):
    """A person or a company the business sells to; in the bin (`deleted_at`) the purchases stay."""

    __tablename__ = "crm_core_customer"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("char_length(full_name) BETWEEN 1 AND 200", name="full_name"),
        CheckConstraint("phone ~ '^[+][1-9][0-9]{6,14}$'", name="phone"),
        CheckConstraint("email = lower(email) AND position('@' in email) > 1", name="email"),
        CheckConstraint("cardinality(tags) <= 20 AND cardinality(tags) = cardinality(tag_keys)", name="tags"),
        CheckConstraint(longest("note", 4000), name="note"),
        CheckConstraint(one_of("stage", STAGES), name="stage"),
        CheckConstraint(one_of("source", SOURCES), name="source"),
        CheckConstraint(one_of("gender", GENDERS), name="gender"),
        CheckConstraint("cardinality(other_phones) <= 10", name="other_phones"),
        CheckConstraint("cardinality(other_emails) <= 10", name="other_emails"),
        CheckConstraint("cardinality(interests) <= 20", name="interests"),
        Index("ix_crm_core_customer_newest", *_NEWEST, postgresql_where=_LIVE),
        Index(
            "ix_crm_core_customer_search",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "ext.gin_trgm_ops"},
        ),
        Index(
            "ix_crm_core_customer_name",
            sql_alphabet(literal_column("full_name")),
            "id",
            postgresql_where=_LIVE,
        ),
        Index("ix_crm_core_customer_tag_keys", "tag_keys", postgresql_using="gin"),
        Index("ix_crm_core_customer_phone", "phone"),
        Index("ix_crm_core_customer_email", "email"),
        Index("ix_crm_core_customer_national_id", "national_id"),
        Index("ix_crm_core_customer_other_phones", "other_phones", postgresql_using="gin"),
        Index("ix_crm_core_customer_other_emails", "other_emails", postgresql_using="gin"),
        Index("ix_crm_core_customer_owner", "owner_id", *_NEWEST, postgresql_where=_LIVE),
        Index("ix_crm_core_customer_stage", "stage", *_NEWEST, postgresql_where=_LIVE),
    )

    #: One of `KINDS`.
    kind: Mapped[str] = mapped_column(Text, server_default="person")
    #: As the business writes it, 1 to 200 characters.
    full_name: Mapped[str] = mapped_column(Text)
    #: E.164. Not unique: a family or a firm may share one.
    phone: Mapped[str | None] = mapped_column(Text)
    #: Lower case.
    email: Mapped[str | None] = mapped_column(Text)
    #: Further numbers, E.164.
    other_phones: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: Further addresses, lower case.
    other_emails: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: Postal addresses as `AddressesField` keeps them.
    addresses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    #: Ten digits of a person, eleven of a company.
    national_id: Mapped[str | None] = mapped_column(Text)
    birthday_on: Mapped[dt.date | None] = mapped_column(Date)
    #: One of `GENDERS`.
    gender: Mapped[str | None] = mapped_column(Text)
    #: As typed, at most 20; no two of them fold to the same key.
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: Folded tags in the same order; what the tag filter compares.
    tag_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: What she likes, as typed.
    interests: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: One of `SOURCES`.
    source: Mapped[str | None] = mapped_column(Text)
    #: One of `STAGES`.
    stage: Mapped[str] = mapped_column(Text, server_default="lead")
    #: Of a company: what it deals in.
    industry: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    #: Of a company: its number at the tax office.
    economic_code: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, server_default="")
