"""Customers, purchases with lines, refunds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from charsu_migrations.operations import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.text("uuidv7()")
_NOW = sa.text("now()")


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    default = None if nullable else _NOW
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    _create_customer()
    _create_purchase()
    _create_purchase_line()
    _create_refund()


def _create_customer() -> None:
    texts = postgresql.ARRAY(sa.Text())
    op.create_table(
        "crm_core_customer",
        sa.Column("id", sa.Uuid(), server_default=_ID, nullable=False),
        sa.Column("kind", sa.Text(), server_default="person", nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("birthday_on", sa.Date()),
        sa.Column("tags", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tag_keys", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _instant("created_at"),
        _instant("updated_at"),
        _instant("deleted_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_core_customer")),
        sa.CheckConstraint("kind IN ('person', 'company')", name=op.f("ck_crm_core_customer_kind")),
        sa.CheckConstraint(
            "char_length(full_name) BETWEEN 1 AND 200", name=op.f("ck_crm_core_customer_full_name")
        ),
        sa.CheckConstraint("phone ~ '^[+][1-9][0-9]{6,14}$'", name=op.f("ck_crm_core_customer_phone")),
        sa.CheckConstraint(
            "email = lower(email) AND position('@' in email) > 1", name=op.f("ck_crm_core_customer_email")
        ),
        sa.CheckConstraint(
            "cardinality(tags) <= 20 AND cardinality(tags) = cardinality(tag_keys)",
            name=op.f("ck_crm_core_customer_tags"),
        ),
        sa.CheckConstraint("char_length(note) <= 4000", name=op.f("ck_crm_core_customer_note")),
    )
    op.create_index(
        "ix_crm_core_customer_newest",
        "crm_core_customer",
        [sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_crm_core_customer_search",
        "crm_core_customer",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "ext.gin_trgm_ops"},
    )
    op.create_index(
        "ix_crm_core_customer_tag_keys", "crm_core_customer", ["tag_keys"], postgresql_using="gin"
    )
    op.create_index("ix_crm_core_customer_phone", "crm_core_customer", ["phone"])
    op.create_index("ix_crm_core_customer_email", "crm_core_customer", ["email"])


def _create_purchase() -> None:
    op.create_table(
        "crm_core_purchase",
        sa.Column("id", sa.Uuid(), server_default=_ID, nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), server_default="store", nullable=False),
        sa.Column("external_ref", sa.Text()),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_core_purchase")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["crm_core_customer.id"],
            name=op.f("fk_crm_core_purchase_customer_id"),
        ),
        sa.CheckConstraint(
            "amount_minor BETWEEN 1 AND 1000000000000000", name=op.f("ck_crm_core_purchase_amount")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_crm_core_purchase_currency")),
        sa.CheckConstraint(
            "channel IN ('store', 'online', 'phone', 'other')", name=op.f("ck_crm_core_purchase_channel")
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_crm_core_purchase_refunded")
        ),
        sa.CheckConstraint(
            "char_length(external_ref) BETWEEN 1 AND 200", name=op.f("ck_crm_core_purchase_external_ref")
        ),
        sa.CheckConstraint("char_length(note) <= 4000", name=op.f("ck_crm_core_purchase_note")),
    )
    newest = [sa.text("occurred_at DESC"), sa.text("id DESC")]
    op.create_index("ux_crm_core_purchase_external_ref", "crm_core_purchase", ["external_ref"], unique=True)
    op.create_index("ix_crm_core_purchase_newest", "crm_core_purchase", newest)
    op.create_index("ix_crm_core_purchase_customer", "crm_core_purchase", ["customer_id", *newest])


def _create_purchase_line() -> None:
    op.create_table(
        "crm_core_purchase_line",
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(12, 3), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purchase_id", "position", name=op.f("pk_crm_core_purchase_line")),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["crm_core_purchase.id"],
            name=op.f("fk_crm_core_purchase_line_purchase_id"),
        ),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 200", name=op.f("ck_crm_core_purchase_line_title")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_crm_core_purchase_line_quantity")),
        sa.CheckConstraint(
            "unit_price_minor BETWEEN 0 AND 1000000000000000",
            name=op.f("ck_crm_core_purchase_line_unit_price"),
        ),
    )
    append_only(op, "crm_core_purchase_line")


def _create_refund() -> None:
    op.create_table(
        "crm_core_refund",
        sa.Column("id", sa.Uuid(), server_default=_ID, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_core_refund")),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["crm_core_purchase.id"], name=op.f("fk_crm_core_refund_purchase_id")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_crm_core_refund_amount")),
        sa.CheckConstraint("char_length(reason) <= 500", name=op.f("ck_crm_core_refund_reason")),
    )
    op.create_index(
        "ix_crm_core_refund_purchase", "crm_core_refund", ["purchase_id", sa.text("created_at DESC")]
    )
    append_only(op, "crm_core_refund")
