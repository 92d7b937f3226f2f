"""What a business has set for its modules: one row a module, only what differs from how it was delivered."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE core_module_settings (
  module text CONSTRAINT pk_core_module_settings PRIMARY KEY,
  version integer NOT NULL,
  stored jsonb NOT NULL
)
"""


def upgrade() -> None:
    op.execute(TABLE)
