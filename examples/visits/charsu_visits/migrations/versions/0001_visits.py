"""The table of visits."""

from alembic import op
from sqlalchemy import Column, Date, Text

from charsu_migrations.operations import record_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table, with the columns and indexes every record has."""
    title = Column("title", Text(), nullable=False)
    state = Column("state", Text(), server_default="planned", nullable=False)
    record_table(op, "visits_visit", title, state, Column("phone", Text()), Column("visits_on", Date()))
