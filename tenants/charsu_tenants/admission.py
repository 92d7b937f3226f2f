"""Who is let into which tenant, and what she may do there: what the door reads from the control plane.

The reading of a row is kept: the same bytes are the same tenant and person, and need not be taken apart again
(decision 0020).
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from charsu_tenants.context import TENANT_NAMES, Tenant, tenant_from_row
from charsu_tenants.grants import (
    FieldAccess,
    FieldRules,
    Grant,
    Scope,
    effective_permissions,
    field_access,
    holds,
    widest_scope,
)
from charsu_tenants.statements import RawRow


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the tenant, signed in by browser session or API token.

    `permissions` is what this request may do: the role's, cut down to the token's scopes; `*` holds them all.
    `field_rules` are the role's, for her tokens too.
    `credential` is the digest of the session or token itself, to tell "this device" from others.
    """

    user_id: UUID
    member_id: UUID
    name: str
    email: str
    locale: str
    role_key: str
    permissions: frozenset[str]
    via: Literal["session", "token"]
    credential: bytes
    field_rules: FieldRules = field(default_factory=dict, hash=False)

    @property
    def grant(self) -> Grant:
        """What she may hand out at most."""
        return Grant(self.permissions, self.field_rules)

    def can(self, permission: str) -> bool:
        """Tell whether she holds the permission in any scope, or `*`."""
        return holds(self.permissions, permission)

    def scope(self, permission: str) -> Scope | None:
        """Return the widest scope in which she holds the permission: whose records it is for."""
        return widest_scope(self.permissions, permission)

    def field_access(self, record_type: str, name: str) -> FieldAccess:
        """Return what she may do with one field of a record type (`crm.customer`, `phone`)."""
        return field_access(self.field_rules, record_type, name)


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is at the door of which tenant; a suspended tenant is reported as such by `tenant.status`."""

    tenant: Tenant
    person: Person | None


@lru_cache(maxsize=1024)
def tenant_of(raw: RawRow) -> Tenant:
    """The tenant in its columns as the server writes them, which `raw` holds all of."""
    row: dict[str, Any] = dict(zip(TENANT_NAMES, map(_text, raw), strict=True))
    ends_at = row["trial_ends_at"]
    row |= {
        "id": UUID(row["id"]),
        "trial_ends_at": datetime.fromisoformat(ends_at) if ends_at else None,
        "modules": json.loads(row["modules"]),
    }
    return tenant_from_row(row)


@lru_cache(maxsize=4096)
def person_of(raw: RawRow, credential: bytes) -> Person:
    """The person in the columns of the door's statement, her token's scopes last; None there is a session."""
    user_id, member_id, name, email, locale, role_key, permissions, rules, scopes = map(_text, raw)
    return Person(
        user_id=UUID(user_id),
        member_id=UUID(member_id),
        name=name or "",
        email=email or "",
        locale=locale or "",
        role_key=role_key or "",
        permissions=effective_permissions(
            json.loads(permissions or "[]"), json.loads(scopes) if scopes else None
        ),
        via="token" if scopes else "session",
        credential=credential,
        field_rules=json.loads(rules or "{}"),
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
