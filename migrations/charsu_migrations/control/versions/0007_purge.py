"""When the data of a module that is turned off is to be removed for good."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PURGE = """
ALTER TABLE control.tenant_module ADD COLUMN purge_at timestamptz,
  ADD CONSTRAINT ck_tenant_module_purge_at CHECK (purge_at IS NULL OR state = 'disabled');
COMMENT ON COLUMN control.tenant_module.purge_at IS 'From when on its data may be removed; null: kept.';
CREATE INDEX ix_tenant_module_purge_at ON control.tenant_module (purge_at) WHERE purge_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(PURGE)
