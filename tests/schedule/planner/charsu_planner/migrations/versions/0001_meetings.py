"""Meetings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from charsu_migrations.operations import record_table

revision = "0001"
down_revision = None
branch_labels = ("planner",)
depends_on = None


def upgrade() -> None:
    record_table(
        op,
        "planner_meeting",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True)),
        sa.Column("end_at", sa.DateTime(timezone=True)),
        sa.Column("is_all_day", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("repeat", postgresql.JSONB()),
    )
    record_table(
        op,
        "planner_birthday",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date()),
    )
