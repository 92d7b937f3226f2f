"""A door through which the values of what was removed for good go out of the audit, and nothing else."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Who changed which fields when, and that the record was removed, stays. As in bus.emit the tenant is whoever
# logged in. Only records whose removal stands in the audit itself are touched.
BLANK = """
CREATE FUNCTION bus.blank_changes(of_type text, of_records uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $blank$
DECLARE
  tenant name := session_user;
  blanked bigint;
BEGIN
  IF pg_has_role(session_user, current_user, 'MEMBER') THEN
    tenant := nullif(current_setting('charsu.tenant', true), '');
    IF tenant IS NULL THEN
      RAISE EXCEPTION 'bus.blank_changes needs a tenant' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  EXECUTE format(
    'UPDATE %1$I.core_change c SET
       before = (SELECT jsonb_object_agg(key, NULL::text) FROM jsonb_object_keys(c.before) AS key),
       after = (SELECT jsonb_object_agg(key, NULL::text) FROM jsonb_object_keys(c.after) AS key)
      WHERE c.record_type = $1 AND c.record_id = ANY($2) AND (c.before IS NOT NULL OR c.after IS NOT NULL)
        AND EXISTS (SELECT FROM %1$I.core_change p WHERE p.record_type = c.record_type
                     AND p.record_id = c.record_id AND p.action = ''purge'')',
    tenant) USING of_type, of_records;
  GET DIAGNOSTICS blanked = ROW_COUNT;
  RETURN blanked;
END $blank$;
COMMENT ON FUNCTION bus.blank_changes(text, uuid[]) IS
  'Takes the values, not the names of fields, out of core_change of the calling tenant for purged records.';
REVOKE ALL ON FUNCTION bus.blank_changes(text, uuid[]) FROM PUBLIC;
"""


def upgrade() -> None:
    op.execute(BLANK)
