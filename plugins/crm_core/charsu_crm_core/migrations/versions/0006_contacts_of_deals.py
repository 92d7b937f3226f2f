"""Deals name the person one talks to about them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crm_core_deal", sa.Column("contact_id", sa.Uuid()))
    op.create_foreign_key(
        "fk_crm_core_deal_contact_id",
        "crm_core_deal",
        "crm_core_customer",
        ["contact_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_crm_core_deal_contact",
        "crm_core_deal",
        ["contact_id"],
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )
