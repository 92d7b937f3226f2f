"""Roles of a tenant: the built-in ones every business has, and those it makes itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from charsu_tenants.grants import FieldRules, Grant

OWNER = "owner"

_ROLES = """
SELECT r.id, r.key, r.title, r.permissions, r.field_rules, r.is_builtin,
       (SELECT count(*) FROM control.membership ms WHERE ms.role_id = r.id) AS member_count
  FROM control.role r WHERE r.tenant_id = %(tenant_id)s
"""
#: Tenants that wait for the same commit when what modules propose is added to the roles of all.
_AT_A_TIME = 500
_ADD_ROLES = """
INSERT INTO control.role (tenant_id, key, title, permissions, is_builtin)
SELECT t.id, %(key)s, %(title)s, %(wanted)s, true FROM control.tenant t
 WHERE t.status IN ('active', 'suspended')
   AND NOT EXISTS (SELECT FROM control.role r WHERE r.tenant_id = t.id AND r.key = %(key)s)
 LIMIT %(most)s
ON CONFLICT (tenant_id, key) DO NOTHING
"""
_ADD_PERMISSIONS = """
UPDATE control.role SET permissions =
  ARRAY(SELECT DISTINCT p FROM unnest(permissions || %(wanted)s::text[]) AS p ORDER BY p)
 WHERE id IN (
   SELECT r.id FROM control.role r
    WHERE r.is_builtin AND r.key = %(key)s AND NOT r.permissions @> %(wanted)s::text[] LIMIT %(most)s)
"""


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions and of rules about fields; built-in ones follow the installed modules, have
    no such rules and can not be edited.
    """

    id: UUID
    key: str
    title: str
    permissions: list[str]
    field_rules: FieldRules
    is_builtin: bool
    member_count: int

    @property
    def grant(self) -> Grant:
        """What the role gives to whoever has it."""
        return Grant(self.permissions, self.field_rules)


def create_builtin_roles(
    conn: Connection[Any], tenant_id: UUID, catalogue: Mapping[str, tuple[str, Iterable[str]]]
) -> None:
    """Write the built-in roles of a new tenant: `{key: (title, permissions)}`."""
    conn.cursor().executemany(
        "INSERT INTO control.role (tenant_id, key, title, permissions, is_builtin)"
        " VALUES (%s, %s, %s, %s, true)"
        " ON CONFLICT (tenant_id, key) DO NOTHING",
        [(tenant_id, key, title, sorted(permissions)) for key, (title, permissions) in catalogue.items()],
    )


def sync_builtin_roles(conn: Connection[Any], catalogue: Mapping[str, tuple[str, Iterable[str]]]) -> int:
    """Add what built-in roles of any tenant lack of the installed modules, and built-in roles that came since
    its sign-up (unless it has one of its own of that key); returns how many rows changed.

    Nothing is taken away: a module that failed to load in one process must not cost anybody her permissions.
    `conn` is in autocommit: each tenant whose role changed is locked until the commit, so some go at a time.
    """
    changed = 0
    for key, (title, permissions) in catalogue.items():
        values = {"key": key, "title": title, "wanted": sorted(permissions), "most": _AT_A_TIME}
        for statement in (_ADD_ROLES, _ADD_PERMISSIONS):
            while done := conn.execute(statement, values).rowcount:
                changed += done
    return changed


def list_roles(conn: Connection[Any], tenant_id: UUID) -> list[Role]:
    """Return the roles of a tenant, built-in ones first, in the order they were made."""
    return (
        conn.cursor(row_factory=class_row(Role))
        .execute(f"{_ROLES} ORDER BY r.is_builtin DESC, r.id", {"tenant_id": tenant_id})
        .fetchall()
    )


def find_role(conn: Connection[Any], tenant_id: UUID, *, key: str) -> Role | None:
    """Return the role of this key in this tenant."""
    return (
        conn.cursor(row_factory=class_row(Role))
        .execute(f"{_ROLES} AND r.key = %(key)s", {"tenant_id": tenant_id, "key": key})
        .fetchone()
    )


def lock_role(conn: Connection[Any], tenant_id: UUID, role_id: UUID) -> Role | None:
    """Return a role of this tenant by id, locked until the transaction ends."""
    return (
        conn.cursor(row_factory=class_row(Role))
        .execute(
            f"{_ROLES} AND r.id = %(role_id)s FOR UPDATE OF r", {"tenant_id": tenant_id, "role_id": role_id}
        )
        .fetchone()
    )


def create_role(conn: Connection[Any], tenant_id: UUID, *, key: str, title: str, grant: Grant) -> Role | None:
    """Add a role of the tenant's own; `None` when the key is taken."""
    row = conn.execute(
        "INSERT INTO control.role (tenant_id, key, title, permissions, field_rules, is_builtin)"
        " VALUES (%s, %s, %s, %s, %s, false)"
        " ON CONFLICT (tenant_id, key) DO NOTHING RETURNING id",
        (tenant_id, key, title, sorted(grant.permissions), Jsonb(grant.field_rules)),
    ).fetchone()
    return find_role(conn, tenant_id, key=key) if row else None


def update_role(conn: Connection[Any], role_id: UUID, *, title: str, grant: Grant) -> None:
    """Rename a role of the tenant's own and replace what it gives; in force at the next request."""
    conn.execute(
        "UPDATE control.role SET title = %s, permissions = %s, field_rules = %s"
        " WHERE id = %s AND NOT is_builtin",
        (title, sorted(grant.permissions), Jsonb(grant.field_rules), role_id),
    )


def delete_role(conn: Connection[Any], role_id: UUID) -> None:
    """Delete a role nobody has; open invitations to it go along."""
    conn.execute("DELETE FROM control.invitation WHERE role_id = %s", (role_id,))
    conn.execute("DELETE FROM control.role WHERE id = %s AND NOT is_builtin", (role_id,))
