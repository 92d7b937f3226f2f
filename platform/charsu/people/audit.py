"""The audit trail of a business's set-up: reading it, and adding to it from tenant work."""

from collections.abc import Sequence
from typing import Any

from charsu.events.cause import current_actor
from charsu.process import runtime
from charsu_tenants.audit import ALL_ENTRIES, AuditEntry, AuditFilter, list_audit, record_audit
from charsu_tenants.context import Tenant, current_tenant

_BIGINT_MAX = 2**63 - 1


def note_setup(action: str, **details: Any) -> None:
    """Note down a change of the set-up that lies in the tenant's own tables, by who acts now.

    In a transaction of its own: call it last, when nothing is left that may refuse the change.
    """
    with runtime().database.control() as conn:
        record_audit(
            conn,
            tenant_id=current_tenant().id,
            actor=current_actor().as_json(),
            action=action,
            details=details,
        )


def list_entries(
    tenant: Tenant, wanted: AuditFilter = ALL_ENTRIES, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Return at most `limit` entries, newest first, those older than the entry `before`.

    Raises: ValueError for a `before` that is no entry's number.
    """
    if before is not None and not 0 < before <= _BIGINT_MAX:
        raise ValueError(before)
    with runtime().database.control() as conn:
        return list_audit(conn, tenant.id, wanted, before=before, limit=limit)
