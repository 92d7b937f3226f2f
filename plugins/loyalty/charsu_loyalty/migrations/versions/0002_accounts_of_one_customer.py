"""One customer may own several accounts of points: those of customers that were merged."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE loyalty_member ADD COLUMN merged_into uuid")
    op.execute("ALTER TABLE loyalty_member ADD COLUMN absorbed uuid[] NOT NULL DEFAULT '{}'")
    op.execute(
        "ALTER TABLE loyalty_member ADD CONSTRAINT fk_loyalty_member_merged_into_loyalty_member"
        " FOREIGN KEY (merged_into) REFERENCES loyalty_member (customer_id)"
    )
    op.execute(
        "ALTER TABLE loyalty_member ADD CONSTRAINT ck_loyalty_member_merged_into"
        " CHECK (merged_into IS NULL OR merged_into <> customer_id AND absorbed = '{}')"
    )
    op.execute(
        "CREATE INDEX ix_loyalty_member_merged_into ON loyalty_member (merged_into)"
        " WHERE merged_into IS NOT NULL"
    )
