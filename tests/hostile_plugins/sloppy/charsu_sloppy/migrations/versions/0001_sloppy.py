"""Its own table, another one's and the core's."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE sloppy_item (id uuid PRIMARY KEY)")
    op.execute("CREATE TABLE elsewhere_thing (id uuid PRIMARY KEY)")
    op.execute("ALTER TABLE core_setting ADD COLUMN sloppy boolean")


def downgrade() -> None:
    op.execute("DROP TABLE sloppy_item")
