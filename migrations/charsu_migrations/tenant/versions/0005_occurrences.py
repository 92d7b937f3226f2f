"""Which records stand for a single day of another one's rule."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE core_occurrence (
  record_type text NOT NULL,
  record_id uuid NOT NULL,
  series_id uuid NOT NULL,
  day date NOT NULL,
  CONSTRAINT pk_core_occurrence PRIMARY KEY (record_type, record_id)
)
"""
OF_SERIES = "CREATE INDEX ix_core_occurrence_series ON core_occurrence (record_type, series_id)"


def upgrade() -> None:
    for statement in (TABLE, OF_SERIES):
        op.execute(statement)
