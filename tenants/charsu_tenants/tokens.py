"""API tokens: a member's own key to one tenant, never stronger than her role."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

_TOKENS = """
SELECT k.id, k.user_id, u.display_name AS owner_name, u.email AS owner_email, k.title, k.prefix, k.scopes,
       k.created_at, k.expires_at, k.last_used_at, k.revoked_at
  FROM control.api_token k JOIN control.app_user u ON u.id = k.user_id
 WHERE k.tenant_id = %(tenant_id)s
"""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as lists show it: `prefix` is all that is left of its text."""

    id: UUID
    user_id: UUID
    owner_name: str
    owner_email: str
    title: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to be stored: its digest, whose it is, and its scopes (`*` for whatever her role allows)."""

    tenant_id: UUID
    user_id: UUID
    token_hash: bytes
    prefix: str
    title: str
    scopes: frozenset[str]
    expires_at: datetime | None


def create_token(conn: Connection[Any], new: NewToken) -> ApiToken:
    """Store a token and return it as lists show it."""
    token_id = (
        conn.cursor(row_factory=scalar_row)
        .execute(
            "INSERT INTO control.api_token"
            " (tenant_id, user_id, token_hash, prefix, title, scopes, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
            (
                new.tenant_id,
                new.user_id,
                new.token_hash,
                new.prefix,
                new.title,
                sorted(new.scopes),
                new.expires_at,
            ),
        )
        .fetchone()
    )
    found = find_token(conn, new.tenant_id, token_id)
    if found is None:
        raise LookupError("INSERT … RETURNING gave no row")
    return found


def expiry_of(conn: Connection[Any], token_hash: bytes) -> datetime | None:
    """Return when the token of this digest ends; `None` for never and for one that is not there."""
    row = conn.execute(
        "SELECT expires_at FROM control.api_token WHERE token_hash = %s", [token_hash]
    ).fetchone()
    return row["expires_at"] if row else None


def find_token(conn: Connection[Any], tenant_id: UUID, token_id: UUID | None) -> ApiToken | None:
    """Return a token of this tenant by id, revoked or not."""
    return (
        conn.cursor(row_factory=class_row(ApiToken))
        .execute(f"{_TOKENS} AND k.id = %(token_id)s", {"tenant_id": tenant_id, "token_id": token_id})
        .fetchone()
    )


def list_tokens(
    conn: Connection[Any],
    tenant_id: UUID,
    *,
    user_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 200,
) -> list[ApiToken]:
    """Return live tokens (not revoked, not expired), oldest first; of one user where `user_id` is given."""
    return (
        conn.cursor(row_factory=class_row(ApiToken))
        .execute(
            f"{_TOKENS} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())"
            " AND (%(user_id)s::uuid IS NULL OR k.user_id = %(user_id)s)"
            " AND (%(after)s::uuid IS NULL OR k.id > %(after)s) ORDER BY k.id LIMIT %(limit)s",
            {"tenant_id": tenant_id, "user_id": user_id, "after": after, "limit": limit},
        )
        .fetchall()
    )


def revoke_token(conn: Connection[Any], tenant_id: UUID, token_id: UUID) -> bool:
    """Refuse a token from its next request on; false when it was dead or is not of this tenant."""
    return (
        conn.execute(
            "UPDATE control.api_token SET revoked_at = now()"
            " WHERE id = %s AND tenant_id = %s AND revoked_at IS NULL",
            (token_id, tenant_id),
        ).rowcount
        == 1
    )


def revoke_tokens_of(conn: Connection[Any], tenant_id: UUID, user_id: UUID) -> int:
    """Revoke all tokens of a person in a tenant, for when she leaves it; returns how many died."""
    return conn.execute(
        "UPDATE control.api_token SET revoked_at = now()"
        " WHERE tenant_id = %s AND user_id = %s AND revoked_at IS NULL",
        (tenant_id, user_id),
    ).rowcount
