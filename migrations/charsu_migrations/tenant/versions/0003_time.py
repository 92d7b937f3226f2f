"""What the calendar keeps besides: who may read a member's feed, and a quick way to unread notifications."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FEED = """
CREATE TABLE core_calendar_feed (
  member_id uuid CONSTRAINT pk_core_calendar_feed PRIMARY KEY
    CONSTRAINT fk_core_calendar_feed_member_id REFERENCES core_member (id) ON DELETE CASCADE,
  token_hash bytea NOT NULL CONSTRAINT uq_core_calendar_feed_token_hash UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
)
"""
UNREAD = """
CREATE INDEX ix_core_notification_unread ON core_notification (member_id) WHERE read_at IS NULL
"""


def upgrade() -> None:
    for statement in (FEED, UNREAD):
        op.execute(statement)
