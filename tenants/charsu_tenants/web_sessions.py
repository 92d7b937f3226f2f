"""Browser sessions: one row a device, listable and revocable, known only by the digest of the cookie."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

#: A session dies after this long without a visit…
IDLE_LIFETIME = timedelta(days=30)
#: …and after this long in any case.
LIFETIME = timedelta(days=90)

#: How many bytes of the stored digest name a session in lists and URLs; they open nothing.
_ID_BYTES = 16
_COLUMNS = f"""
       encode(substr(s.token_hash, 1, {_ID_BYTES}), 'hex') AS id, s.token_hash, s.user_id, s.tenant_id,
       t.slug AS tenant_slug, t.name AS tenant_name, s.created_at, s.last_seen_at, s.expires_at,
       s.user_agent, s.ip
"""


@dataclass(frozen=True, slots=True)
class WebSession:
    """A logged-in browser on one tenant's host; `id` is safe to show, `token_hash` stays inside."""

    id: str
    token_hash: bytes
    user_id: UUID
    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str | None
    ip: IPv4Address | IPv6Address | None


def create_session(
    conn: Connection[Any],
    *,
    token_hash: bytes,
    user_id: UUID,
    tenant_id: UUID,
    user_agent: str,
    ip: str | None,
) -> datetime:
    """Store a new session and return the moment after which it is dead unless used."""
    expires_at = (
        conn.cursor(row_factory=scalar_row)
        .execute(
            "INSERT INTO control.web_session"
            " (token_hash, user_id, tenant_id, created_at, last_seen_at, expires_at, user_agent, ip)"
            " VALUES (%s, %s, %s, now(), now(), now() + %s, %s, %s) RETURNING expires_at",
            (token_hash, user_id, tenant_id, IDLE_LIFETIME, user_agent, ip),
        )
        .fetchone()
    )
    if not isinstance(expires_at, datetime):
        raise LookupError("INSERT … RETURNING gave no row")
    return expires_at


def list_sessions(conn: Connection[Any], user_id: UUID, *, tenant_id: UUID | None = None) -> list[WebSession]:
    """Return a user's live sessions, last seen first; in all her businesses unless `tenant_id` is given."""
    return (
        conn.cursor(row_factory=class_row(WebSession))
        .execute(
            f"SELECT {_COLUMNS} FROM control.web_session s JOIN control.tenant t ON t.id = s.tenant_id"
            " WHERE s.user_id = %(user_id)s AND s.expires_at > now()"
            " AND (%(tenant_id)s::uuid IS NULL OR s.tenant_id = %(tenant_id)s)"
            " ORDER BY s.last_seen_at DESC, s.token_hash",
            {"user_id": user_id, "tenant_id": tenant_id},
        )
        .fetchall()
    )


def end_session(conn: Connection[Any], token_hash: bytes, *, tenant_id: UUID) -> bool:
    """Log one browser out of one tenant; false when it already was, or is another tenant's."""
    return (
        conn.execute(
            "DELETE FROM control.web_session WHERE token_hash = %s AND tenant_id = %s",
            (token_hash, tenant_id),
        ).rowcount
        == 1
    )


def end_sessions(
    conn: Connection[Any], user_id: UUID, *, keep: bytes | None = None, tenant_id: UUID | None = None
) -> int:
    """End a user's sessions but `keep`; in all her businesses unless `tenant_id` is given. Returns how
    many.
    """
    return conn.execute(
        "DELETE FROM control.web_session WHERE user_id = %(user_id)s"
        " AND (%(keep)s::bytea IS NULL OR token_hash <> %(keep)s)"
        " AND (%(tenant_id)s::uuid IS NULL OR tenant_id = %(tenant_id)s)",
        {"user_id": user_id, "keep": keep, "tenant_id": tenant_id},
    ).rowcount


def delete_expired_sessions(conn: Connection[Any]) -> int:
    """Clear away dead rows; nothing depends on when this runs."""
    return conn.execute("DELETE FROM control.web_session WHERE expires_at <= now()").rowcount
