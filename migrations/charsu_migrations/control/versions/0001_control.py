"""The control plane: tenants and domains, people and their keys, modules, runs and mail."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANTS = """
CREATE TABLE control.tenant (
  id uuid CONSTRAINT pk_tenant PRIMARY KEY DEFAULT uuidv7(),
  slug text CONSTRAINT uq_tenant_slug UNIQUE
    CONSTRAINT ck_tenant_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' AND char_length(slug) <= 63),
  name text NOT NULL DEFAULT '' CONSTRAINT ck_tenant_name CHECK (char_length(name) <= 200),
  schema_name text NOT NULL CONSTRAINT uq_tenant_schema_name UNIQUE
    CONSTRAINT ck_tenant_schema_name CHECK (schema_name ~ '^t_[a-z2-7]+$'),
  status text NOT NULL
    CONSTRAINT ck_tenant_status CHECK (status IN ('spare', 'active', 'suspended', 'erasing')),
  locale text NOT NULL DEFAULT 'fa' CONSTRAINT ck_tenant_locale CHECK (locale IN ('fa', 'en')),
  calendar text NOT NULL DEFAULT 'jalali'
    CONSTRAINT ck_tenant_calendar CHECK (calendar IN ('jalali', 'gregorian')),
  timezone text NOT NULL DEFAULT 'Asia/Tehran',
  currency character(3) NOT NULL DEFAULT 'IRR' CONSTRAINT ck_tenant_currency CHECK (currency ~ '^[A-Z]{3}$'),
  money_display text NOT NULL DEFAULT 'toman'
    CONSTRAINT ck_tenant_money_display CHECK (money_display IN ('toman', 'rial')),
  trial_ends_at timestamptz,
  database_id integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  suspended_at timestamptz,
  CONSTRAINT ck_tenant_spare_has_no_slug CHECK ((status = 'spare') = (slug IS NULL))
);
COMMENT ON TABLE control.tenant IS 'One business, or a spare: a schema and role that wait for one.';
COMMENT ON COLUMN control.tenant.schema_name IS 'Schema and LOGIN role of the tenant carry this one name.';
CREATE INDEX ix_tenant_spare ON control.tenant (created_at) WHERE status = 'spare';

CREATE TABLE control.domain (
  host text CONSTRAINT pk_domain PRIMARY KEY CONSTRAINT ck_domain_host CHECK (host = lower(host)),
  tenant_id uuid NOT NULL CONSTRAINT fk_domain_tenant REFERENCES control.tenant ON DELETE CASCADE
);
COMMENT ON TABLE control.domain IS 'Own domains of tenants; <slug>.<base host> needs no row.';
CREATE INDEX ix_domain_tenant ON control.domain (tenant_id);
"""

PEOPLE = """
CREATE TABLE control.app_user (
  id uuid CONSTRAINT pk_app_user PRIMARY KEY DEFAULT uuidv7(),
  email text NOT NULL CONSTRAINT uq_app_user_email UNIQUE
    CONSTRAINT ck_app_user_email CHECK (email = lower(email) AND char_length(email) <= 254),
  password_hash text,
  display_name text NOT NULL DEFAULT ''
    CONSTRAINT ck_app_user_display_name CHECK (char_length(display_name) <= 200),
  locale text NOT NULL DEFAULT 'fa' CONSTRAINT ck_app_user_locale CHECK (locale IN ('fa', 'en')),
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz
);
COMMENT ON TABLE control.app_user IS 'A person; one login for every business she belongs to.';

CREATE TABLE control.role (
  id uuid CONSTRAINT pk_role PRIMARY KEY DEFAULT uuidv7(),
  tenant_id uuid NOT NULL CONSTRAINT fk_role_tenant REFERENCES control.tenant ON DELETE CASCADE,
  key text NOT NULL,
  title text NOT NULL,
  permissions text[] NOT NULL DEFAULT '{}',
  is_builtin boolean NOT NULL DEFAULT false,
  CONSTRAINT uq_role_tenant_id_key UNIQUE (tenant_id, key),
  CONSTRAINT uq_role_tenant_id_id UNIQUE (tenant_id, id)
);
COMMENT ON COLUMN control.role.permissions IS 'Names such as crm.customer.read; the owner''s {*} means all.';

CREATE TABLE control.membership (
  id uuid CONSTRAINT pk_membership PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL CONSTRAINT fk_membership_user REFERENCES control.app_user ON DELETE CASCADE,
  tenant_id uuid NOT NULL CONSTRAINT fk_membership_tenant REFERENCES control.tenant ON DELETE CASCADE,
  role_id uuid NOT NULL,
  member_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_membership_user_id_tenant_id UNIQUE (user_id, tenant_id),
  CONSTRAINT fk_membership_role FOREIGN KEY (tenant_id, role_id) REFERENCES control.role (tenant_id, id)
);
COMMENT ON COLUMN control.membership.member_id IS 'core_member.id in the schema of the tenant.';
CREATE INDEX ix_membership_tenant_role ON control.membership (tenant_id, role_id);
"""

KEYS = """
CREATE TABLE control.web_session (
  token_hash bytea CONSTRAINT pk_web_session PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT fk_web_session_user REFERENCES control.app_user ON DELETE CASCADE,
  tenant_id uuid CONSTRAINT fk_web_session_tenant REFERENCES control.tenant ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  user_agent text NOT NULL DEFAULT '',
  ip inet
);
COMMENT ON TABLE control.web_session IS 'A signed-in browser on one host: cookies are host-only.';
CREATE INDEX ix_web_session_user ON control.web_session (user_id);
CREATE INDEX ix_web_session_tenant ON control.web_session (tenant_id);
CREATE INDEX ix_web_session_expires_at ON control.web_session (expires_at);

CREATE TABLE control.api_token (
  id uuid CONSTRAINT pk_api_token PRIMARY KEY DEFAULT uuidv7(),
  token_hash bytea NOT NULL CONSTRAINT uq_api_token_token_hash UNIQUE,
  tenant_id uuid NOT NULL CONSTRAINT fk_api_token_tenant REFERENCES control.tenant ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT fk_api_token_user REFERENCES control.app_user ON DELETE CASCADE,
  title text NOT NULL DEFAULT '',
  scopes text[] NOT NULL DEFAULT '{}',
  prefix text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX ix_api_token_tenant ON control.api_token (tenant_id);
CREATE INDEX ix_api_token_user ON control.api_token (user_id);

CREATE TABLE control.invitation (
  id uuid CONSTRAINT pk_invitation PRIMARY KEY DEFAULT uuidv7(),
  token_hash bytea NOT NULL CONSTRAINT uq_invitation_token_hash UNIQUE,
  tenant_id uuid NOT NULL CONSTRAINT fk_invitation_tenant REFERENCES control.tenant ON DELETE CASCADE,
  role_id uuid NOT NULL,
  email text,
  invited_by uuid CONSTRAINT fk_invitation_invited_by REFERENCES control.app_user ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT fk_invitation_role FOREIGN KEY (tenant_id, role_id)
    REFERENCES control.role (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_invitation_tenant_role ON control.invitation (tenant_id, role_id);

CREATE TABLE control.one_time (
  token_hash bytea CONSTRAINT pk_one_time PRIMARY KEY,
  purpose text NOT NULL CONSTRAINT ck_one_time_purpose CHECK (purpose IN ('password_reset', 'arrival')),
  user_id uuid NOT NULL CONSTRAINT fk_one_time_user REFERENCES control.app_user ON DELETE CASCADE,
  tenant_id uuid CONSTRAINT fk_one_time_tenant REFERENCES control.tenant ON DELETE CASCADE,
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
COMMENT ON TABLE control.one_time IS 'Links that work once: a new password, the arrival on a new host.';
CREATE INDEX ix_one_time_user ON control.one_time (user_id);
CREATE INDEX ix_one_time_tenant ON control.one_time (tenant_id);
"""

MODULES = """
CREATE TABLE control.tenant_module (
  tenant_id uuid NOT NULL CONSTRAINT fk_tenant_module_tenant REFERENCES control.tenant ON DELETE CASCADE,
  module text NOT NULL,
  state text NOT NULL CONSTRAINT ck_tenant_module_state CHECK (state IN ('enabled', 'disabled')),
  revision text NOT NULL,
  enabled_at timestamptz,
  disabled_at timestamptz,
  quarantined_at timestamptz,
  fault_count integer NOT NULL DEFAULT 0,
  fault_at timestamptz,
  CONSTRAINT pk_tenant_module PRIMARY KEY (tenant_id, module)
);
COMMENT ON TABLE control.tenant_module IS 'Modules whose tables a tenant has; the core is one of them.';
COMMENT ON COLUMN control.tenant_module.revision IS 'Mirror of v_<module> in the tenant schema.';
COMMENT ON COLUMN control.tenant_module.enabled_at IS 'Null until the module is enabled for the first time.';
CREATE INDEX ix_tenant_module_revision ON control.tenant_module (module, revision);

CREATE TABLE control.module_fault (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_module_fault PRIMARY KEY,
  tenant_id uuid CONSTRAINT fk_module_fault_tenant REFERENCES control.tenant ON DELETE CASCADE,
  module text NOT NULL,
  hook text NOT NULL,
  error text NOT NULL,
  happened_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_module_fault_tenant ON control.module_fault (tenant_id, module, happened_at);

CREATE TABLE control.entitlement (
  tenant_id uuid NOT NULL CONSTRAINT fk_entitlement_tenant REFERENCES control.tenant ON DELETE CASCADE,
  module text NOT NULL,
  source text NOT NULL
    CONSTRAINT ck_entitlement_source CHECK (source IN ('override', 'subscription', 'free')),
  value boolean NOT NULL DEFAULT true,
  starts_at timestamptz,
  ends_at timestamptz,
  CONSTRAINT pk_entitlement PRIMARY KEY (tenant_id, module, source)
);
COMMENT ON TABLE control.entitlement IS 'Override, else subscription, else the tenant''s trial, else free.';

CREATE VIEW control.module_access AS
SELECT m.tenant_id, m.module, m.revision,
  CASE
    WHEN m.module = 'core' THEN 'full'
    WHEN m.quarantined_at IS NOT NULL THEN 'quarantined'
    WHEN CASE
      WHEN e.source IN ('override', 'subscription') THEN e.value
      WHEN t.trial_ends_at > now() THEN true
      ELSE coalesce(e.value, false)
    END THEN 'full'
    ELSE 'read_only'
  END AS access
FROM control.tenant_module m
JOIN control.tenant t ON t.id = m.tenant_id
LEFT JOIN LATERAL (
  SELECT source, value FROM control.entitlement e
  WHERE e.tenant_id = m.tenant_id AND e.module = m.module
    AND (e.starts_at IS NULL OR e.starts_at <= now()) AND (e.ends_at IS NULL OR e.ends_at > now())
  ORDER BY array_position(ARRAY['override', 'subscription', 'free'], e.source)
  LIMIT 1
) e ON true
WHERE m.state = 'enabled';
COMMENT ON VIEW control.module_access IS 'What a tenant may do with each module it enabled, now.';
"""

RUNS = """
CREATE TABLE control.migration_run (
  id uuid CONSTRAINT pk_migration_run PRIMARY KEY DEFAULT uuidv7(),
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  heads jsonb NOT NULL DEFAULT '{}',
  planned_count integer NOT NULL DEFAULT 0,
  done_count integer NOT NULL DEFAULT 0,
  failed_count integer NOT NULL DEFAULT 0
);
CREATE TABLE control.migration_item (
  run_id uuid NOT NULL CONSTRAINT fk_migration_item_run REFERENCES control.migration_run ON DELETE CASCADE,
  tenant_id uuid NOT NULL CONSTRAINT fk_migration_item_tenant REFERENCES control.tenant ON DELETE CASCADE,
  module text NOT NULL,
  state text NOT NULL CONSTRAINT ck_migration_item_state CHECK (state IN ('done', 'failed', 'passed')),
  attempts integer NOT NULL DEFAULT 1,
  error text,
  finished_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_migration_item PRIMARY KEY (run_id, tenant_id, module)
);
COMMENT ON TABLE control.migration_item IS 'Ledger of a run; what is left to do is read from tenant_module.';
CREATE INDEX ix_migration_item_tenant ON control.migration_item (tenant_id);

CREATE TABLE control.schedule (
  name text CONSTRAINT pk_schedule PRIMARY KEY,
  next_at timestamptz NOT NULL,
  last_at timestamptz
);
CREATE TABLE control.audit (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit PRIMARY KEY,
  tenant_id uuid CONSTRAINT fk_audit_tenant REFERENCES control.tenant ON DELETE CASCADE,
  actor jsonb NOT NULL DEFAULT '{}',
  action text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  happened_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_audit_tenant ON control.audit (tenant_id, id);

CREATE TABLE control.mail (
  id uuid CONSTRAINT pk_mail PRIMARY KEY DEFAULT uuidv7(),
  tenant_id uuid CONSTRAINT fk_mail_tenant REFERENCES control.tenant ON DELETE CASCADE,
  to_address text NOT NULL,
  subject text NOT NULL,
  text_body text NOT NULL,
  html_body text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  error text
);
CREATE INDEX ix_mail_unsent ON control.mail (created_at) WHERE sent_at IS NULL;
CREATE INDEX ix_mail_tenant ON control.mail (tenant_id);

CREATE TABLE control.heartbeat (
  process text CONSTRAINT pk_heartbeat PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);
"""

# The first statement of a migration of one tenant: locks its row for the module, and refuses to go on from a
# revision that is not the planned one any more, because another runner was there first. A row and no advisory
# lock: any role may hold those.
BEGIN_STEP = """
CREATE FUNCTION control.begin_step(tenant uuid, step_module text, expected text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
DECLARE
  found_revision text;
BEGIN
  SELECT m.revision INTO found_revision FROM control.tenant_module m
  WHERE m.tenant_id = tenant AND m.module = step_module FOR UPDATE;
  IF found_revision IS DISTINCT FROM expected THEN
    RAISE EXCEPTION 'module % of tenant % is at %, not at %', step_module, tenant, found_revision, expected
      USING ERRCODE = 'CH001';
  END IF;
END $step$;
REVOKE ALL ON FUNCTION control.begin_step(uuid, text, text) FROM PUBLIC;
"""


def upgrade() -> None:
    for script in (TENANTS, PEOPLE, KEYS, MODULES, RUNS, BEGIN_STEP):
        op.execute(script)
