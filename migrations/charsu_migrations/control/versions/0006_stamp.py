"""A stamp on each tenant, raised by whatever else decides who may come in and what she may do.

An admission that was read before still holds when three rows are the very same versions: the tenant's, the
credential's and the person's (`charsu_tenants.door`). What stands elsewhere gives the tenant a new version.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Deferred: the tenant's row is locked as the last of a transaction's. Two that change rows of one tenant in
# different orders would else wait for each other. One new version a transaction is enough.
STAMP = """
ALTER TABLE control.tenant ADD COLUMN stamp bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN control.tenant.stamp IS
  'Raised by changes of modules, entitlements, roles, memberships, domains.';
CREATE FUNCTION control.stamp_tenant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $stamp$
BEGIN
  UPDATE control.tenant SET stamp = stamp + 1
  WHERE id IN (OLD.tenant_id, NEW.tenant_id) AND xmin <> pg_current_xact_id()::xid;
  RETURN NULL;
END $stamp$;
COMMENT ON FUNCTION control.stamp_tenant() IS
  'Makes a new version of the row of the tenant whose row elsewhere changed, at the end of the transaction.';
REVOKE ALL ON FUNCTION control.stamp_tenant() FROM PUBLIC;
"""

# Faults are counted in tenant_module: that does not change what a tenant may do.
EVENTS = {
    "tenant_module": "INSERT OR DELETE OR UPDATE OF tenant_id, module, state, revision, quarantined_at",
    "entitlement": "INSERT OR DELETE OR UPDATE",
    "role": "INSERT OR DELETE OR UPDATE",
    "membership": "INSERT OR DELETE OR UPDATE",
    "domain": "INSERT OR DELETE OR UPDATE",
}


def upgrade() -> None:
    op.execute(STAMP)
    for table, events in EVENTS.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER tr_{table}_stamp AFTER {events} ON control.{table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control.stamp_tenant()"
        )
