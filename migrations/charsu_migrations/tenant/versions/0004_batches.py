"""Exports in the background and what automations do are batches too."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE core_batch DROP CONSTRAINT ck_core_batch_kind, ADD CONSTRAINT ck_core_batch_kind"
        " CHECK (kind IN ('import', 'bulk', 'merge', 'export', 'automation'))"
    )
