"""Who belongs to which business, in which role. Removing a membership is what locks a person out of a
tenant.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from charsu_tenants.grants import FieldRules, Grant

_MEMBERS = """
SELECT ms.id, ms.user_id, ms.member_id, u.display_name AS name, u.email, ms.role_id, r.key AS role_key,
       r.title AS role_title, r.permissions AS role_permissions, r.field_rules AS role_field_rules,
       ms.created_at, u.locale
  FROM control.membership ms
  JOIN control.app_user u ON u.id = ms.user_id
  JOIN control.role r ON r.id = ms.role_id
 WHERE ms.tenant_id = %(tenant_id)s
"""


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in one tenant; `member_id` is her row in the tenant's own `core_member`."""

    id: UUID
    user_id: UUID
    member_id: UUID
    name: str
    email: str
    role_id: UUID
    role_key: str
    role_title: str
    role_permissions: list[str]
    role_field_rules: FieldRules
    created_at: datetime
    #: The language she reads.
    locale: str

    @property
    def role_grant(self) -> Grant:
        """What her role gives her."""
        return Grant(self.role_permissions, self.role_field_rules)


@dataclass(frozen=True, slots=True)
class Business:
    """A tenant as its member sees it in the list after logging in on the bare host."""

    tenant_id: UUID
    slug: str
    name: str
    status: str


def create_membership(
    conn: Connection[Any], *, tenant_id: UUID, user_id: UUID, role_id: UUID
) -> Membership | None:
    """Let a user in with a role and a new `member_id`; `None` when she already belongs to the tenant."""
    row = conn.execute(
        "INSERT INTO control.membership (tenant_id, user_id, role_id, member_id)"
        " VALUES (%s, %s, %s, uuidv7())"
        " ON CONFLICT (user_id, tenant_id) DO NOTHING RETURNING id",
        (tenant_id, user_id, role_id),
    ).fetchone()
    return find_by_user(conn, tenant_id, user_id) if row else None


def find_by_user(conn: Connection[Any], tenant_id: UUID, user_id: UUID) -> Membership | None:
    """Return a user's membership in a tenant."""
    return (
        conn.cursor(row_factory=class_row(Membership))
        .execute(f"{_MEMBERS} AND ms.user_id = %(user_id)s", {"tenant_id": tenant_id, "user_id": user_id})
        .fetchone()
    )


def find_by_member(conn: Connection[Any], tenant_id: UUID, member_id: UUID) -> Membership | None:
    """Return the membership behind a `core_member` id of this tenant."""
    return (
        conn.cursor(row_factory=class_row(Membership))
        .execute(
            f"{_MEMBERS} AND ms.member_id = %(member_id)s", {"tenant_id": tenant_id, "member_id": member_id}
        )
        .fetchone()
    )


def find_owner(conn: Connection[Any], tenant_id: UUID) -> Membership | None:
    """Return the first owner of a tenant, the one who signed it up."""
    return (
        conn.cursor(row_factory=class_row(Membership))
        .execute(f"{_MEMBERS} AND r.key = 'owner' ORDER BY ms.id LIMIT 1", {"tenant_id": tenant_id})
        .fetchone()
    )


def list_members(
    conn: Connection[Any], tenant_id: UUID, *, after: UUID | None = None, limit: int = 200
) -> list[Membership]:
    """Return at most `limit` memberships in the order of joining, those after the membership id `after`."""
    return (
        conn.cursor(row_factory=class_row(Membership))
        .execute(
            f"{_MEMBERS} AND (%(after)s::uuid IS NULL OR ms.id > %(after)s) ORDER BY ms.id LIMIT %(limit)s",
            {"tenant_id": tenant_id, "after": after, "limit": limit},
        )
        .fetchall()
    )


def list_businesses(conn: Connection[Any], user_id: UUID) -> list[Business]:
    """Return the active and suspended tenants a user belongs to, by name."""
    return (
        conn.cursor(row_factory=class_row(Business))
        .execute(
            "SELECT t.id AS tenant_id, t.slug, t.name, t.status FROM control.membership ms"
            " JOIN control.tenant t ON t.id = ms.tenant_id"
            " WHERE ms.user_id = %s AND t.status IN ('active', 'suspended') ORDER BY t.name, t.id",
            (user_id,),
        )
        .fetchall()
    )


def set_role(conn: Connection[Any], membership_id: UUID, role_id: UUID) -> None:
    """Give a member another role; in force at her next request."""
    conn.execute("UPDATE control.membership SET role_id = %s WHERE id = %s", (role_id, membership_id))


def remove_membership(conn: Connection[Any], membership_id: UUID) -> None:
    """Take a person out of a tenant; her row in `core_member` stays, for history points at it."""
    conn.execute("DELETE FROM control.membership WHERE id = %s", (membership_id,))


def lock_owner_count(conn: Connection[Any], tenant_id: UUID) -> int:
    """Count the owners who can log in, locking the owner role so that two removals can not both pass."""
    conn.execute("SELECT 1 FROM control.role WHERE tenant_id = %s AND key = 'owner' FOR UPDATE", (tenant_id,))
    return (
        conn.cursor(row_factory=scalar_row)
        .execute(
            "SELECT count(*) FROM control.membership ms JOIN control.role r ON r.id = ms.role_id"
            " JOIN control.app_user u ON u.id = ms.user_id"
            " WHERE ms.tenant_id = %s AND r.key = 'owner' AND u.disabled_at IS NULL",
            (tenant_id,),
        )
        .fetchone()
    ) or 0
