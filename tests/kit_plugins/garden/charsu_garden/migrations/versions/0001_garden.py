"""Beds and plants."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from charsu_migrations.operations import record_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    record_table(
        op,
        "garden_bed",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("soil", sa.Text(), server_default="clay", nullable=False),
        sa.Column("area", sa.Integer()),
    )
    instant = sa.DateTime(timezone=True)
    lists = postgresql.ARRAY(sa.Text())
    record_table(
        op,
        "garden_plant",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("bed_id", sa.Uuid()),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("stage", sa.Text(), server_default="seed", nullable=False),
        sa.Column("uses", lists, server_default="{}", nullable=False),
        sa.Column("tags", lists, server_default="{}", nullable=False),
        sa.Column("phones", lists, server_default="{}", nullable=False),
        sa.Column("addresses", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("height", sa.Numeric()),
        sa.Column("price_minor", sa.BigInteger()),
        sa.Column("planted_on", sa.Date()),
        sa.Column("watered_at", instant),
        sa.Column("is_rare", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("national_id", sa.Text()),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("done_at", instant),
    )
