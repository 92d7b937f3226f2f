"""Members, the event log, the inbox, settings, idempotency keys and the checklist of one tenant."""

from alembic import op

from charsu_migrations.operations import append_only, read_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MEMBER = """
CREATE TABLE core_member (
  id uuid CONSTRAINT pk_core_member PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid CONSTRAINT uq_core_member_user_id UNIQUE,
  display_name text NOT NULL CONSTRAINT ck_core_member_display_name
    CHECK (char_length(display_name) BETWEEN 1 AND 200),
  email text NOT NULL CONSTRAINT ck_core_member_email CHECK (email = lower(email)),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now()
)
"""
EVENT = """
CREATE TABLE core_event (
  id uuid CONSTRAINT pk_core_event PRIMARY KEY DEFAULT uuidv7(),
  type text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  occurred_at timestamptz NOT NULL DEFAULT now(),
  actor jsonb NOT NULL DEFAULT '{}',
  subject_type text NOT NULL,
  subject_id text NOT NULL,
  correlation_id uuid,
  causation_id uuid,
  hop integer NOT NULL DEFAULT 0 CONSTRAINT ck_core_event_hop CHECK (hop BETWEEN 0 AND 32),
  data jsonb NOT NULL DEFAULT '{}'
)
"""
EVENT_SUBJECT = "CREATE INDEX ix_core_event_subject ON core_event (subject_type, subject_id, id)"
INBOX = """
CREATE TABLE core_inbox (
  key text CONSTRAINT pk_core_inbox PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT now()
)
"""
SETTING = """
CREATE TABLE core_setting (
  key text CONSTRAINT pk_core_setting PRIMARY KEY,
  value jsonb NOT NULL
)
"""
IDEMPOTENCY = """
CREATE TABLE core_idempotency (
  principal text NOT NULL,
  key text NOT NULL CONSTRAINT ck_core_idempotency_key CHECK (char_length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL,
  status integer NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  body bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_core_idempotency PRIMARY KEY (principal, key)
)
"""
CHECKLIST = """
CREATE TABLE core_checklist (
  key text CONSTRAINT pk_core_checklist PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT now()
)
"""


def upgrade() -> None:
    for statement in (MEMBER, EVENT, EVENT_SUBJECT, INBOX, SETTING, IDEMPOTENCY, CHECKLIST):
        op.execute(statement)
    read_only(op, "core_event")
    append_only(op, "core_inbox")
