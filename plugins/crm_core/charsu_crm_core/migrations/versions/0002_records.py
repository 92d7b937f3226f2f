"""Customers and purchases become records: owner, custom fields, further contacts, stage, company's facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STAGES = ("lead", "prospect", "customer", "loyal", "lapsed")
_SOURCES = (
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


def upgrade() -> None:
    _widen_customer()
    _widen_purchase()


def _widen_customer() -> None:
    table = "crm_core_customer"
    for name in ("other_phones", "other_emails", "interests"):
        op.add_column(table, _list(name))
    op.add_column(
        table, sa.Column("addresses", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False)
    )
    for name in ("national_id", "gender", "source", "industry", "website", "economic_code"):
        op.add_column(table, sa.Column(name, sa.Text()))
    # Who is there already has bought, as far as anybody knows; who comes from now on begins as a lead.
    op.add_column(table, sa.Column("stage", sa.Text(), server_default="customer", nullable=False))
    op.alter_column(table, "stage", server_default="lead")
    _add_owner(table)
    for name, condition in (
        ("stage", _one_of("stage", _STAGES)),
        ("source", _one_of("source", _SOURCES)),
        ("gender", _one_of("gender", ("female", "male"))),
        ("other_phones", "cardinality(other_phones) <= 10"),
        ("other_emails", "cardinality(other_emails) <= 10"),
        ("interests", "cardinality(interests) <= 20"),
    ):
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.create_index(f"ix_{table}_national_id", table, ["national_id"])
    for name in ("other_phones", "other_emails"):
        op.create_index(f"ix_{table}_{name}", table, [name], postgresql_using="gin")
    newest = [sa.text("created_at DESC"), sa.text("id DESC")]
    for name, column in (("owner", "owner_id"), ("stage", "stage")):
        op.create_index(
            f"ix_{table}_{name}", table, [column, *newest], postgresql_where=sa.text("deleted_at IS NULL")
        )


def _widen_purchase() -> None:
    table = "crm_core_purchase"
    op.add_column(table, sa.Column("title", sa.Text(), server_default="", nullable=False))
    op.add_column(table, sa.Column("search_text", sa.Text(), server_default="", nullable=False))
    op.add_column(
        table, sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        table,
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column(table, sa.Column("deleted_at", sa.DateTime(timezone=True)))
    _add_owner(table)
    op.create_index(f"ix_{table}_owner", table, ["owner_id", sa.text("occurred_at DESC"), sa.text("id DESC")])
    op.create_index(
        f"ix_{table}_search",
        table,
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "ext.gin_trgm_ops"},
    )


def _add_owner(table: str) -> None:
    op.add_column(table, sa.Column("owner_id", sa.Uuid()))
    op.add_column(
        table, sa.Column("custom", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    )


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
