"""The door: one statement turns a host and a credential into a tenant, a person and what she may do.

Nothing is cached. A revoked token, an ended session, a changed role or a suspended tenant counts at the
very next request, for the price of one prepared read on the control database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from charsu_tenants.context import TENANT_COLUMNS, Tenant, tenant_from_row
from charsu_tenants.database import Database
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
from charsu_tenants.web_sessions import IDLE_LIFETIME, LIFETIME

#: The module that is always there and never for sale.
CORE = "core"
#: How stale "last seen" and "last used" may be; they are written at most this often.
TOUCH_INTERVAL = timedelta(minutes=1)

Row = Mapping[str, Any]

_TENANT = f"""
WITH t AS (
  SELECT * FROM control.tenant WHERE slug = %(slug)s AND status IN ('active', 'suspended')
  UNION ALL
  SELECT own.* FROM control.domain d JOIN control.tenant own ON own.id = d.tenant_id
   WHERE d.host = %(host)s AND own.status IN ('active', 'suspended')
  LIMIT 1
)
SELECT {TENANT_COLUMNS}, now() AS moment
"""
_PERSON = """
       u.id AS user_id, u.display_name, u.email, u.locale AS person_locale, ms.member_id, r.key AS role_key,
       r.permissions, r.field_rules
"""
_MEMBERSHIP = """
  JOIN control.app_user u ON u.id = k.user_id AND u.disabled_at IS NULL
  JOIN control.membership ms ON ms.user_id = k.user_id AND ms.tenant_id = k.tenant_id
  JOIN control.role r ON r.id = ms.role_id
"""
_ANONYMOUS = f"{_TENANT} FROM t"
_BY_SESSION = f"""{_TENANT}, p.* FROM t LEFT JOIN LATERAL (
  SELECT {_PERSON}, NULL::text[] AS scopes, k.last_seen_at AS touched_at
    FROM control.web_session k {_MEMBERSHIP}
   WHERE k.token_hash = %(credential)s AND k.tenant_id = t.id AND k.expires_at > now()
) p ON true"""
_BY_TOKEN = f"""{_TENANT}, p.* FROM t LEFT JOIN LATERAL (
  SELECT {_PERSON}, k.scopes, k.last_used_at AS touched_at
    FROM control.api_token k {_MEMBERSHIP}
   WHERE k.token_hash = %(credential)s AND k.tenant_id = t.id AND k.revoked_at IS NULL
     AND (k.expires_at IS NULL OR k.expires_at > now())
) p ON true"""
# SKIP LOCKED: a request never waits for another one to write down that it was here.
_TOUCH_SESSION = """
UPDATE control.web_session
   SET last_seen_at = now(), expires_at = least(now() + %(idle)s, created_at + %(lifetime)s)
 WHERE token_hash = (SELECT token_hash FROM control.web_session
                      WHERE token_hash = %(credential)s AND last_seen_at < now() - %(interval)s
                        FOR UPDATE SKIP LOCKED)"""
_TOUCH_PROGRAM = """
UPDATE control.api_token SET last_used_at = now()
 WHERE token_hash = (SELECT token_hash FROM control.api_token
                      WHERE token_hash = %(credential)s
                        AND (last_used_at IS NULL OR last_used_at < now() - %(interval)s)
                        FOR UPDATE SKIP LOCKED)"""


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


def admit(
    database: Database,
    *,
    host: str,
    base_host: str,
    session_hash: bytes | None = None,
    token_hash: bytes | None = None,
) -> Admission | None:
    """Look up tenant and person in one prepared autocommit read; `None` for a host that is no tenant's.

    `host` and `base_host` come without a port. A token beats a session where a request carries both, so
    that a program never silently acts as the browser's person. `person` is `None` for an unknown, expired,
    revoked or foreign credential alike. Once a minute the visit is noted down on the side, in a statement
    of its own.
    """
    host = host.lower()
    params: dict[str, Any] = {"slug": slug_of(host, base_host), "host": host}
    statement = _ANONYMOUS
    if token_hash is not None:
        statement, params["credential"] = _BY_TOKEN, token_hash
    elif session_hash is not None:
        statement, params["credential"] = _BY_SESSION, session_hash
    with database.control_autocommit() as conn:
        row = conn.cursor(row_factory=dict_row).execute(statement, params, prepare=True).fetchone()
        if row is None:
            return None
        if row.get("user_id") is None:
            return Admission(tenant_from_row(row), None)
        if row["touched_at"] is None or row["moment"] - row["touched_at"] > TOUCH_INTERVAL:
            _touch(conn, statement is _BY_TOKEN, params["credential"])
    return Admission(tenant_from_row(row), _person(row, params["credential"]))


def slug_of(host: str, base_host: str) -> str | None:
    """Return `acme` for `acme.example.com` under `example.com`; `None` for any other host."""
    slug, dot, rest = host.partition(".")
    return slug if dot and rest == base_host else None


def _touch(conn: Connection[Any], is_token: bool, credential: bytes) -> None:
    params = {
        "credential": credential,
        "interval": TOUCH_INTERVAL,
        "idle": IDLE_LIFETIME,
        "lifetime": LIFETIME,
    }
    conn.execute(_TOUCH_PROGRAM if is_token else _TOUCH_SESSION, params, prepare=True)


def _person(row: Row, credential: bytes) -> Person:
    return Person(
        user_id=row["user_id"],
        member_id=row["member_id"],
        name=row["display_name"],
        email=row["email"],
        locale=row["person_locale"],
        role_key=row["role_key"],
        permissions=effective_permissions(row["permissions"], row["scopes"]),
        via="session" if row["scopes"] is None else "token",
        credential=credential,
        field_rules=row["field_rules"],
    )
