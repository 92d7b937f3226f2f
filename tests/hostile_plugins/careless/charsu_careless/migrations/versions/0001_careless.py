"""A table made by hand, without one field and without some of what every record has."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE careless_thing (id uuid PRIMARY KEY, title text, state text, buyer_id uuid,"
        " custom jsonb, owner_id uuid, is_sample boolean, created_at timestamptz, updated_at timestamptz)"
    )
