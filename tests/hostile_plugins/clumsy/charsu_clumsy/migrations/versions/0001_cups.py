"""The table of cups."""

from alembic import op
from sqlalchemy import Column, Text

from charsu_migrations.operations import record_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    record_table(op, "clumsy_cup", Column("title", Text(), nullable=False))
