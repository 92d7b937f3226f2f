"""The rule of what a tenant may do with a module, said so that it is quick: every request asks it.

The same answers as before. Entitlements are looked up one by one by their key, and only as far as needed;
before, each module's were fetched, sorted and cut off, which was half of the work of an admission.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MODULE_ACCESS = """
CREATE OR REPLACE VIEW control.module_access AS
SELECT m.tenant_id, m.module, m.revision,
  CASE
    WHEN m.module = 'core' THEN 'full'
    WHEN m.quarantined_at IS NOT NULL THEN 'quarantined'
    WHEN coalesce(
      (SELECT e.value FROM control.entitlement e
        WHERE e.tenant_id = m.tenant_id AND e.module = m.module AND e.source = 'override'
          AND (e.starts_at IS NULL OR e.starts_at <= now()) AND (e.ends_at IS NULL OR e.ends_at > now())),
      (SELECT e.value FROM control.entitlement e
        WHERE e.tenant_id = m.tenant_id AND e.module = m.module AND e.source = 'subscription'
          AND (e.starts_at IS NULL OR e.starts_at <= now()) AND (e.ends_at IS NULL OR e.ends_at > now())),
      CASE WHEN t.trial_ends_at > now() THEN true END,
      (SELECT e.value FROM control.entitlement e
        WHERE e.tenant_id = m.tenant_id AND e.module = m.module AND e.source = 'free'
          AND (e.starts_at IS NULL OR e.starts_at <= now()) AND (e.ends_at IS NULL OR e.ends_at > now())),
      false
    ) THEN 'full'
    ELSE 'read_only'
  END AS access
FROM control.tenant_module m
JOIN control.tenant t ON t.id = m.tenant_id
WHERE m.state = 'enabled';
"""


def upgrade() -> None:
    op.execute(MODULE_ACCESS)
