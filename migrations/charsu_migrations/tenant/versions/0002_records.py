"""What the record kit keeps beside the records: teams, changes, batches, files, views, custom fields, a bin,
duplicates; and notifications, reminders and holidays.
"""

from alembic import op

from charsu_migrations.operations import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEAM = """
CREATE TABLE core_team (
  id uuid CONSTRAINT pk_core_team PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL CONSTRAINT ck_core_team_name CHECK (char_length(name) BETWEEN 1 AND 100),
  name_key text NOT NULL CONSTRAINT uq_core_team_name_key UNIQUE,
  kind text NOT NULL DEFAULT 'team' CONSTRAINT ck_core_team_kind CHECK (kind IN ('team', 'branch', 'dealer')),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE core_team_member (
  team_id uuid NOT NULL CONSTRAINT fk_core_team_member_team_id REFERENCES core_team (id) ON DELETE CASCADE,
  member_id uuid NOT NULL CONSTRAINT fk_core_team_member_member_id REFERENCES core_member (id),
  CONSTRAINT pk_core_team_member PRIMARY KEY (team_id, member_id)
);
CREATE INDEX ix_core_team_member_member ON core_team_member (member_id)
"""
CHANGE = """
CREATE TABLE core_change (
  id uuid CONSTRAINT pk_core_change PRIMARY KEY DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT now(),
  record_type text NOT NULL,
  record_id uuid NOT NULL,
  action text NOT NULL CONSTRAINT ck_core_change_action
    CHECK (action IN ('create', 'update', 'delete', 'restore', 'purge', 'merge', 'unmerge')),
  actor jsonb NOT NULL DEFAULT '{}',
  source text NOT NULL CONSTRAINT ck_core_change_source
    CHECK (source IN ('page', 'api', 'import', 'bulk', 'merge', 'automation', 'system', 'undo')),
  batch_id uuid,
  before jsonb,
  after jsonb
);
CREATE INDEX ix_core_change_record ON core_change (record_type, record_id, id DESC);
CREATE INDEX ix_core_change_batch ON core_change (batch_id, id) WHERE batch_id IS NOT NULL
"""
BATCH = """
CREATE TABLE core_batch (
  id uuid CONSTRAINT pk_core_batch PRIMARY KEY DEFAULT uuidv7(),
  kind text NOT NULL CONSTRAINT ck_core_batch_kind CHECK (kind IN ('import', 'bulk', 'merge')),
  record_type text NOT NULL,
  state text NOT NULL DEFAULT 'draft' CONSTRAINT ck_core_batch_state CHECK
    (state IN ('draft', 'waiting', 'running', 'done', 'failed', 'undoing', 'undone')),
  options jsonb NOT NULL DEFAULT '{}',
  total_count integer NOT NULL DEFAULT 0,
  done_count integer NOT NULL DEFAULT 0,
  refused_count integer NOT NULL DEFAULT 0,
  kept_count integer NOT NULL DEFAULT 0,
  member_id uuid CONSTRAINT fk_core_batch_member_id REFERENCES core_member (id),
  actor jsonb NOT NULL DEFAULT '{}',
  error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  undone_at timestamptz
);
CREATE INDEX ix_core_batch_newest ON core_batch (record_type, id DESC);
CREATE TABLE core_batch_item (
  batch_id uuid NOT NULL CONSTRAINT fk_core_batch_item_batch_id REFERENCES core_batch (id) ON DELETE CASCADE,
  position integer NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT ck_core_batch_item_state CHECK
    (state IN ('waiting', 'done', 'same', 'refused', 'undone', 'kept')),
  action text,
  record_id uuid,
  data jsonb,
  reasons jsonb,
  CONSTRAINT pk_core_batch_item PRIMARY KEY (batch_id, position)
);
CREATE INDEX ix_core_batch_item_waiting ON core_batch_item (batch_id, position) WHERE state = 'waiting';
CREATE INDEX ix_core_batch_item_refused ON core_batch_item (batch_id, position) WHERE state = 'refused'
"""
FILE = """
CREATE TABLE core_file (
  id uuid CONSTRAINT pk_core_file PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL CONSTRAINT ck_core_file_name CHECK (char_length(name) BETWEEN 1 AND 255),
  media_type text NOT NULL,
  byte_count bigint NOT NULL CONSTRAINT ck_core_file_byte_count CHECK (byte_count >= 0),
  sha256 bytea NOT NULL,
  member_id uuid CONSTRAINT fk_core_file_member_id REFERENCES core_member (id),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE core_file_part (
  file_id uuid NOT NULL CONSTRAINT fk_core_file_part_file_id REFERENCES core_file (id) ON DELETE CASCADE,
  position integer NOT NULL,
  content bytea NOT NULL,
  CONSTRAINT pk_core_file_part PRIMARY KEY (file_id, position)
);
CREATE TABLE core_attachment (
  id uuid CONSTRAINT pk_core_attachment PRIMARY KEY DEFAULT uuidv7(),
  record_type text NOT NULL,
  record_id uuid NOT NULL,
  file_id uuid NOT NULL CONSTRAINT fk_core_attachment_file_id REFERENCES core_file (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ix_core_attachment_record ON core_attachment (record_type, record_id, id DESC)
"""
VIEW = """
CREATE TABLE core_saved_view (
  id uuid CONSTRAINT pk_core_saved_view PRIMARY KEY DEFAULT uuidv7(),
  record_type text NOT NULL,
  name text NOT NULL CONSTRAINT ck_core_saved_view_name CHECK (char_length(name) BETWEEN 1 AND 100),
  layout text NOT NULL DEFAULT 'list' CONSTRAINT ck_core_saved_view_layout
    CHECK (layout IN ('list', 'board', 'calendar')),
  query jsonb NOT NULL DEFAULT '{}',
  member_id uuid NOT NULL CONSTRAINT fk_core_saved_view_member_id REFERENCES core_member (id),
  is_shared boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_core_saved_view_type ON core_saved_view (record_type, name)
"""
CUSTOM_FIELD = """
CREATE TABLE core_custom_field (
  id uuid CONSTRAINT pk_core_custom_field PRIMARY KEY DEFAULT uuidv7(),
  record_type text NOT NULL,
  key text NOT NULL CONSTRAINT ck_core_custom_field_key CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  title text NOT NULL CONSTRAINT ck_core_custom_field_title CHECK (char_length(title) BETWEEN 1 AND 100),
  kind text NOT NULL,
  options jsonb NOT NULL DEFAULT '{}',
  is_required boolean NOT NULL DEFAULT false,
  position integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz,
  CONSTRAINT uq_core_custom_field_key UNIQUE (record_type, key)
)
"""
DELETION = """
CREATE TABLE core_deletion (
  id uuid CONSTRAINT pk_core_deletion PRIMARY KEY DEFAULT uuidv7(),
  record_type text NOT NULL,
  record_id uuid NOT NULL,
  title text NOT NULL,
  owner_id uuid,
  along jsonb NOT NULL DEFAULT '[]',
  actor jsonb NOT NULL DEFAULT '{}',
  deleted_at timestamptz NOT NULL DEFAULT now(),
  restored_at timestamptz
);
CREATE INDEX ix_core_deletion_open ON core_deletion (id DESC) WHERE restored_at IS NULL;
CREATE INDEX ix_core_deletion_record ON core_deletion (record_type, record_id)
"""
DUPLICATE = """
CREATE TABLE core_duplicate (
  id uuid CONSTRAINT pk_core_duplicate PRIMARY KEY DEFAULT uuidv7(),
  record_type text NOT NULL,
  first_id uuid NOT NULL,
  second_id uuid NOT NULL,
  confidence smallint NOT NULL CONSTRAINT ck_core_duplicate_confidence CHECK (confidence BETWEEN 1 AND 100),
  reasons text[] NOT NULL,
  state text NOT NULL DEFAULT 'open' CONSTRAINT ck_core_duplicate_state
    CHECK (state IN ('open', 'dismissed', 'merged')),
  found_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_core_duplicate_pair UNIQUE (record_type, first_id, second_id),
  CONSTRAINT ck_core_duplicate_order CHECK (first_id < second_id)
)
"""
NOTIFICATION = """
CREATE TABLE core_notification (
  id uuid CONSTRAINT pk_core_notification PRIMARY KEY DEFAULT uuidv7(),
  member_id uuid NOT NULL CONSTRAINT fk_core_notification_member_id REFERENCES core_member (id),
  title text NOT NULL,
  body text NOT NULL DEFAULT '',
  path text NOT NULL DEFAULT '',
  icon text NOT NULL DEFAULT 'bell',
  source_key text CONSTRAINT uq_core_notification_source_key UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at timestamptz
);
CREATE INDEX ix_core_notification_member ON core_notification (member_id, id DESC);
CREATE TABLE core_reminder (
  id uuid CONSTRAINT pk_core_reminder PRIMARY KEY DEFAULT uuidv7(),
  record_type text NOT NULL,
  record_id uuid NOT NULL,
  member_id uuid NOT NULL CONSTRAINT fk_core_reminder_member_id REFERENCES core_member (id),
  minutes_before integer NOT NULL,
  channels text[] NOT NULL DEFAULT '{app}',
  remind_at timestamptz NOT NULL,
  sent_at timestamptz,
  CONSTRAINT uq_core_reminder UNIQUE (record_type, record_id, member_id, minutes_before)
);
CREATE INDEX ix_core_reminder_due ON core_reminder (remind_at) WHERE sent_at IS NULL
"""
HOLIDAY = """
CREATE TABLE core_holiday (
  held_on date CONSTRAINT pk_core_holiday PRIMARY KEY,
  title text NOT NULL CONSTRAINT ck_core_holiday_title CHECK (char_length(title) BETWEEN 1 AND 100)
)
"""


def upgrade() -> None:
    for statements in (
        TEAM,
        CHANGE,
        BATCH,
        FILE,
        VIEW,
        CUSTOM_FIELD,
        DELETION,
        DUPLICATE,
        NOTIFICATION,
        HOLIDAY,
    ):
        for statement in statements.split(";"):
            op.execute(statement)
    append_only(op, "core_change")
