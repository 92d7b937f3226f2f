"""The steps of a deal go with it when it is removed for good."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE crm_core_deal_stage DROP CONSTRAINT fk_crm_core_deal_stage_deal_id,"
        " ADD CONSTRAINT fk_crm_core_deal_stage_deal_id FOREIGN KEY (deal_id)"
        " REFERENCES crm_core_deal (id) ON DELETE CASCADE"
    )
