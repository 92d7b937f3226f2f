"""Earning rule, members, ledger entries with lots and allocations, purchases heard of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from charsu_migrations.operations import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.text("uuidv7()")
_ZERO = sa.text("0")


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), server_default=_ZERO, nullable=False)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    parent = target.split(".", maxsplit=1)[0]
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}_{parent}")


def upgrade() -> None:
    _create_rule()
    _create_member()
    _create_entry()
    _create_lot()
    _create_allocation()
    _create_purchase()


def _create_rule() -> None:
    op.create_table(
        "loyalty_rule",
        sa.Column("id", sa.Uuid(), server_default=_ID, nullable=False),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("step_minor", sa.BigInteger(), nullable=False),
        sa.Column("points_per_step", sa.Integer(), nullable=False),
        sa.Column("rounding", sa.Text(), nullable=False),
        sa.Column("expires_after_months", sa.Integer()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _instant("valid_from"),
        sa.Column("actor", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("id", name="pk_loyalty_rule"),
        sa.UniqueConstraint("lineage", "version", name="uq_loyalty_rule_lineage_version"),
        sa.CheckConstraint("version > 0", name="ck_loyalty_rule_version"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="ck_loyalty_rule_currency"),
        sa.CheckConstraint("step_minor BETWEEN 1 AND 1000000000000000", name="ck_loyalty_rule_step"),
        sa.CheckConstraint("points_per_step BETWEEN 1 AND 1000000", name="ck_loyalty_rule_points_per_step"),
        sa.CheckConstraint("rounding IN ('whole_steps', 'proportional')", name="ck_loyalty_rule_rounding"),
        sa.CheckConstraint(
            "expires_after_months BETWEEN 1 AND 120", name="ck_loyalty_rule_expires_after_months"
        ),
    )
    append_only(op, "loyalty_rule")


def _create_member() -> None:
    op.create_table(
        "loyalty_member",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        _count("balance"),
        _count("earned_total"),
        _count("redeemed_total"),
        _count("reversed_total"),
        _count("expired_total"),
        _count("entry_count"),
        _instant("last_entry_at", nullable=True),
        _instant("joined_at"),
        _instant("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name="pk_loyalty_member"),
        _foreign("loyalty_member", "customer_id", "crm_core_customer.id"),
        sa.CheckConstraint("balance >= 0", name="ck_loyalty_member_balance"),
        sa.CheckConstraint(
            "balance = earned_total - redeemed_total - reversed_total - expired_total",
            name="ck_loyalty_member_totals",
        ),
        sa.CheckConstraint(
            "least(earned_total, redeemed_total, reversed_total, expired_total, entry_count) >= 0",
            name="ck_loyalty_member_not_negative",
        ),
        postgresql_with={"fillfactor": 70},
    )


def _create_entry() -> None:
    op.create_table(
        "loyalty_entry",
        sa.Column("id", sa.Uuid(), server_default=_ID, nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        _count("shortfall"),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("reverses_entry_id", sa.Uuid()),
        sa.Column("basis", postgresql.JSONB()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", postgresql.JSONB()),
        _instant("occurred_at"),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_loyalty_entry"),
        sa.UniqueConstraint("source_key", name="uq_loyalty_entry_source_key"),
        sa.UniqueConstraint("customer_id", "seq", name="uq_loyalty_entry_customer_id_seq"),
        _foreign("loyalty_entry", "customer_id", "loyalty_member.customer_id"),
        _foreign("loyalty_entry", "reverses_entry_id", "loyalty_entry.id"),
        sa.CheckConstraint("kind IN ('earn', 'redeem', 'reverse', 'expire')", name="ck_loyalty_entry_kind"),
        sa.CheckConstraint(
            "CASE kind WHEN 'earn' THEN points > 0 WHEN 'reverse' THEN points <= 0 AND points < shortfall "
            "ELSE points < 0 END",
            name="ck_loyalty_entry_points",
        ),
        sa.CheckConstraint(
            "shortfall = 0 OR shortfall > 0 AND kind = 'reverse'", name="ck_loyalty_entry_shortfall"
        ),
        sa.CheckConstraint("balance_after >= 0", name="ck_loyalty_entry_balance_after"),
        sa.CheckConstraint(
            "(kind = 'reverse') = (reverses_entry_id IS NOT NULL)", name="ck_loyalty_entry_reverses"
        ),
        sa.CheckConstraint("char_length(reason) <= 500", name="ck_loyalty_entry_reason"),
    )
    op.create_index("ix_loyalty_entry_occurred_at", "loyalty_entry", ["occurred_at"])
    op.create_index(
        "ix_loyalty_entry_reverses",
        "loyalty_entry",
        ["reverses_entry_id"],
        postgresql_where=sa.text("reverses_entry_id IS NOT NULL"),
    )
    append_only(op, "loyalty_entry")


def _create_lot() -> None:
    op.create_table(
        "loyalty_lot",
        sa.Column("id", sa.Uuid(), server_default=_ID, nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        _instant("earned_at"),
        sa.Column("expires_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_loyalty_lot"),
        sa.UniqueConstraint("entry_id", name="uq_loyalty_lot_entry_id"),
        _foreign("loyalty_lot", "customer_id", "loyalty_member.customer_id"),
        _foreign("loyalty_lot", "entry_id", "loyalty_entry.id"),
        sa.CheckConstraint("points > 0", name="ck_loyalty_lot_points"),
        sa.CheckConstraint("remaining BETWEEN 0 AND points", name="ck_loyalty_lot_remaining"),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_loyalty_lot_member",
        "loyalty_lot",
        ["customer_id", "expires_on", "earned_at", "id"],
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_loyalty_lot_expiry", "loyalty_lot", ["expires_on"], postgresql_where=sa.text("remaining > 0")
    )


def _create_allocation() -> None:
    op.create_table(
        "loyalty_allocation",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "lot_id", name="pk_loyalty_allocation"),
        _foreign("loyalty_allocation", "entry_id", "loyalty_entry.id"),
        _foreign("loyalty_allocation", "lot_id", "loyalty_lot.id"),
        sa.CheckConstraint("points > 0", name="ck_loyalty_allocation_points"),
    )
    op.create_index("ix_loyalty_allocation_lot", "loyalty_allocation", ["lot_id"])
    append_only(op, "loyalty_allocation")


def _create_purchase() -> None:
    op.create_table(
        "loyalty_purchase",
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        _count("refunded_minor"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("earn_entry_id", sa.Uuid()),
        sa.Column("basis", postgresql.JSONB()),
        _instant("noted_at"),
        sa.PrimaryKeyConstraint("purchase_id", name="pk_loyalty_purchase"),
        _foreign("loyalty_purchase", "customer_id", "loyalty_member.customer_id"),
        _foreign("loyalty_purchase", "earn_entry_id", "loyalty_entry.id"),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'earned', 'inactive_rule', 'other_currency', 'below_step')",
            name="ck_loyalty_purchase_outcome",
        ),
        sa.CheckConstraint(
            "(outcome = 'earned') = (earn_entry_id IS NOT NULL)", name="ck_loyalty_purchase_earned"
        ),
        sa.CheckConstraint("refunded_minor >= 0", name="ck_loyalty_purchase_refunded"),
    )
    op.create_index("ix_loyalty_purchase_customer", "loyalty_purchase", ["customer_id"])
