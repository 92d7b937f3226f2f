"""The audit trail of the control plane: one row for every change to people, roles, tokens, modules and
settings.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what and when; `action` is `noun.past_tense`, `details` hold names and ids, never a secret."""

    id: int
    actor: dict[str, Any]
    action: str
    details: dict[str, Any]
    happened_at: datetime


def record_audit(
    conn: Connection[Any],
    *,
    tenant_id: UUID | None,
    actor: Mapping[str, Any],
    action: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction, so that it stands exactly when the change does."""
    conn.execute(
        "INSERT INTO control.audit (tenant_id, actor, action, details) VALUES (%s, %s, %s, %s)",
        (tenant_id, Jsonb(dict(actor)), action, Jsonb(dict(details or {}))),
    )


_LIST = """
    SELECT id, actor, action, details, happened_at FROM control.audit
     WHERE tenant_id = %(tenant_id)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
       AND (%(person)s = '' OR coalesce(actor ->> 'id', 'system') = %(person)s)
       AND (%(noun)s = '' OR starts_with(action, %(noun)s || '.'))
       AND (%(since)s::timestamptz IS NULL OR happened_at >= %(since)s)
       AND (%(until)s::timestamptz IS NULL OR happened_at < %(until)s)
     ORDER BY id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; what is None or empty leaves none out."""

    #: The id of an acting member, or `system`.
    person: str = ""
    #: What stands before the dot of an action.
    noun: str = ""
    #: From this moment on, and before that one.
    since: datetime | None = None
    until: datetime | None = None


#: Every entry of a tenant.
ALL_ENTRIES = AuditFilter()


def list_audit(
    conn: Connection[Any],
    tenant_id: UUID,
    wanted: AuditFilter = ALL_ENTRIES,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """Return at most `limit` entries of a tenant, newest first, those older than the entry `before`."""
    asked = {**asdict(wanted), "tenant_id": tenant_id, "before": before, "limit": limit}
    return conn.cursor(row_factory=class_row(AuditEntry)).execute(_LIST, asked).fetchall()
