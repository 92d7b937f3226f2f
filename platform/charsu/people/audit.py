"""Reading the audit trail of a business."""

from collections.abc import Sequence

from charsu.process import runtime
from charsu_tenants.audit import AuditEntry, list_audit
from charsu_tenants.context import Tenant

_BIGINT_MAX = 2**63 - 1


def list_entries(tenant: Tenant, *, before: int | None = None, limit: int = 50) -> Sequence[AuditEntry]:
    """Return at most `limit` entries, newest first, those older than the entry `before`.

    Raises: ValueError for a `before` that is no entry's number.
    """
    if before is not None and not 0 < before <= _BIGINT_MAX:
        raise ValueError(before)
    with runtime().database.control() as conn:
        return list_audit(conn, tenant.id, before=before, limit=limit)
