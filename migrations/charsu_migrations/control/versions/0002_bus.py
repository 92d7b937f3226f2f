"""The bus: deliveries of events and jobs, and the one function by which tenants write there."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BUS = """
CREATE TABLE bus.delivery (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_delivery PRIMARY KEY,
  tenant text,
  handler text NOT NULL,
  kind text NOT NULL CONSTRAINT ck_delivery_kind CHECK (kind IN ('reaction', 'job')),
  event_id uuid,
  payload jsonb,
  job_key uuid NOT NULL DEFAULT uuidv7(),
  actor jsonb,
  state text NOT NULL DEFAULT 'ready' CONSTRAINT ck_delivery_state CHECK (state IN ('ready', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  claimed_by bigint,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  unique_key text CONSTRAINT uq_delivery_unique_key UNIQUE,
  CONSTRAINT ck_delivery_reaction_has_event
    CHECK (kind = 'job' OR (event_id IS NOT NULL AND tenant IS NOT NULL))
);
COMMENT ON TABLE bus.delivery IS 'What is left to run, for tenants and the platform; a row goes when done.';
COMMENT ON COLUMN bus.delivery.tenant IS 'Schema name of the tenant; null for the platform''s own jobs.';
CREATE INDEX ix_delivery_due ON bus.delivery (tenant, due_at, id)
  WHERE state = 'ready' AND claimed_by IS NULL;
CREATE INDEX ix_delivery_claimed ON bus.delivery (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX ix_delivery_dead ON bus.delivery (tenant, id) WHERE state = 'dead';
"""

# The only thing a tenant's role may do in the bus. `session_user` can not be changed by SET ROLE, and the
# platform's own sessions (members of the owner) name their tenant in the setting charsu.tenant.
EMIT = """
CREATE FUNCTION bus.emit(event jsonb, deliveries jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $emit$
DECLARE
  tenant name := session_user;
  event_id uuid := coalesce((event->>'id')::uuid, uuidv7());
BEGIN
  IF pg_has_role(session_user, current_user, 'MEMBER') THEN
    tenant := nullif(current_setting('charsu.tenant', true), '');
    IF tenant IS NULL THEN
      RAISE EXCEPTION 'bus.emit needs a tenant' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF event IS NOT NULL THEN
    EXECUTE format(
      'INSERT INTO %I.core_event (id, type, version, occurred_at, actor, subject_type, subject_id,
         correlation_id, causation_id, hop, data)
       VALUES ($1, $2->>''type'', coalesce(($2->>''version'')::integer, 1),
         coalesce(($2->>''occurred_at'')::timestamptz, now()), coalesce($2->''actor'', ''{}''),
         $2->>''subject_type'', $2->>''subject_id'', ($2->>''correlation_id'')::uuid,
         ($2->>''causation_id'')::uuid, coalesce(($2->>''hop'')::integer, 0),
         coalesce($2->''data'', ''{}''))',
      tenant) USING event_id, event;
  END IF;
  IF jsonb_array_length(coalesce(deliveries, '[]')) > 0 THEN
    INSERT INTO bus.delivery (tenant, handler, kind, event_id, payload, job_key, actor, due_at, unique_key)
    SELECT tenant, d.handler, coalesce(d.kind, 'reaction'),
      CASE WHEN coalesce(d.kind, 'reaction') = 'reaction' THEN event_id END,
      d.payload, coalesce(d.job_key, uuidv7()), d.actor, coalesce(d.due_at, now()),
      tenant || ':' || d.unique_key
    FROM jsonb_to_recordset(deliveries) AS d(handler text, kind text, payload jsonb, job_key uuid,
      actor jsonb, due_at timestamptz, unique_key text)
    ON CONFLICT (unique_key) DO NOTHING;
  END IF;
END $emit$;
COMMENT ON FUNCTION bus.emit(jsonb, jsonb) IS
  'Writes an event (may be null) into core_event of the calling tenant and one delivery per element.';
REVOKE ALL ON FUNCTION bus.emit(jsonb, jsonb) FROM PUBLIC;
"""


def upgrade() -> None:
    op.execute(BUS)
    op.execute(EMIT)
