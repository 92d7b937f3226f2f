"""Invitations: a link that lets one person into one tenant with one role, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from charsu_tenants.grants import FieldRules, Grant

LIFETIME = timedelta(days=7)

_COLUMNS = """
       i.id, i.tenant_id, i.role_id, r.key AS role_key, r.title AS role_title,
       r.permissions AS role_permissions, r.field_rules AS role_field_rules,
       i.email, i.invited_by, i.expires_at, i.accepted_at, i.revoked_at
  FROM control.invitation i JOIN control.role r ON r.id = i.role_id
"""
_IS_OPEN = "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An offer of membership; with an `email`, only that address may take it."""

    id: UUID
    tenant_id: UUID
    role_id: UUID
    role_key: str
    role_title: str
    role_permissions: list[str]
    role_field_rules: FieldRules
    email: str | None
    invited_by: UUID | None
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    @property
    def role_grant(self) -> Grant:
        """What whoever takes the link will have."""
        return Grant(self.role_permissions, self.role_field_rules)


def create_invitation(
    conn: Connection[Any],
    *,
    tenant_id: UUID,
    role_id: UUID,
    token_hash: bytes,
    email: str | None,
    invited_by: UUID,
) -> Invitation:
    """Store an invitation for seven days; `invited_by` is a user id."""
    conn.execute(
        "INSERT INTO control.invitation (tenant_id, role_id, token_hash, email, invited_by, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, now() + %s)",
        (tenant_id, role_id, token_hash, email, invited_by, LIFETIME),
    )
    found = find_open_invitation(conn, tenant_id, token_hash)
    if found is None:
        raise LookupError("INSERT gave no row")
    return found


def find_open_invitation(conn: Connection[Any], tenant_id: UUID, token_hash: bytes) -> Invitation | None:
    """Return the invitation behind a link if it can still be taken in this tenant."""
    return (
        conn.cursor(row_factory=class_row(Invitation))
        .execute(
            f"SELECT {_COLUMNS} WHERE i.token_hash = %s AND i.tenant_id = %s AND {_IS_OPEN}",
            (token_hash, tenant_id),
        )
        .fetchone()
    )


def take_invitation(conn: Connection[Any], tenant_id: UUID, token_hash: bytes) -> bool:
    """Mark an open invitation as accepted; of many at once exactly one gets true (the others wait, then
    false).
    """
    return (
        conn.execute(
            "UPDATE control.invitation i SET accepted_at = now()"
            f" WHERE i.token_hash = %s AND i.tenant_id = %s AND {_IS_OPEN}",
            (token_hash, tenant_id),
        ).rowcount
        == 1
    )


def list_open_invitations(conn: Connection[Any], tenant_id: UUID) -> list[Invitation]:
    """Return the invitations that can still be taken, oldest first."""
    return (
        conn.cursor(row_factory=class_row(Invitation))
        .execute(f"SELECT {_COLUMNS} WHERE i.tenant_id = %s AND {_IS_OPEN} ORDER BY i.id", (tenant_id,))
        .fetchall()
    )


def revoke_invitation(conn: Connection[Any], tenant_id: UUID, invitation_id: UUID) -> bool:
    """Make an open link worthless; false when it is not open or not of this tenant."""
    return (
        conn.execute(
            "UPDATE control.invitation i SET revoked_at = now()"
            f" WHERE i.id = %s AND i.tenant_id = %s AND {_IS_OPEN}",
            (invitation_id, tenant_id),
        ).rowcount
        == 1
    )


def revoke_invitations_by(conn: Connection[Any], tenant_id: UUID, user_id: UUID) -> int:
    """Close the links a person handed out, for when she leaves the tenant."""
    return conn.execute(
        "UPDATE control.invitation i SET revoked_at = now()"
        f" WHERE i.tenant_id = %s AND i.invited_by = %s AND {_IS_OPEN}",
        (tenant_id, user_id),
    ).rowcount
