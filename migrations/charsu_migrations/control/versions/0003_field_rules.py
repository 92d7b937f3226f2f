"""Roles say which fields of which records they hide or lock."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FIELD_RULES = """
ALTER TABLE control.role ADD COLUMN field_rules jsonb NOT NULL DEFAULT '{}'
  CONSTRAINT ck_role_field_rules CHECK (jsonb_typeof(field_rules) = 'object');
COMMENT ON COLUMN control.role.field_rules IS
  'Fields that are not open, by record type: {"crm.customer": {"phone": "none", "note": "read"}}.';
COMMENT ON COLUMN control.role.permissions IS
  'Names such as crm.customer.read, with @team or @own where narrowed; the owner''s {*} means all.';
"""


def upgrade() -> None:
    op.execute(FIELD_RULES)
