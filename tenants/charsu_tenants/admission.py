"""The door: one statement turns a host and a credential into a tenant, a person and what she may do.

Nothing is cached. A revoked token, an ended session, a changed role or a suspended tenant counts at the
very next request, for the price of one prepared read on the control database. What is kept is the reading of
its answer: the same bytes of a row are the same tenant, and need not be taken apart again (decision 0020).
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from charsu_tenants.context import TENANT_COLUMNS, TENANT_NAMES, Tenant, tenant_from_row
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
from charsu_tenants.statements import HotStatement
from charsu_tenants.web_sessions import IDLE_LIFETIME, LIFETIME

#: How stale "last seen" and "last used" may be; they are written at most this often.
TOUCH_INTERVAL = timedelta(minutes=1)

RawRow = tuple[bytes | None, ...]

_TENANT = f"""
WITH t AS (
  SELECT * FROM control.tenant WHERE slug = %(slug)s AND status IN ('active', 'suspended')
  UNION ALL
  SELECT own.* FROM control.domain d JOIN control.tenant own ON own.id = d.tenant_id
   WHERE d.host = %(host)s AND own.status IN ('active', 'suspended')
  LIMIT 1
)
SELECT {TENANT_COLUMNS}
"""
_PERSON = """
       u.id, ms.member_id, u.display_name, u.email, u.locale, r.key, to_jsonb(r.permissions), r.field_rules
"""
_MEMBERSHIP = """
  JOIN control.app_user u ON u.id = k.user_id AND u.disabled_at IS NULL
  JOIN control.membership ms ON ms.user_id = k.user_id AND ms.tenant_id = k.tenant_id
  JOIN control.role r ON r.id = ms.role_id
"""
_ANONYMOUS = HotStatement(f"{_TENANT} FROM t")
#: After the tenant: whether the visit is to be noted down, then the person.
_BY_SESSION = HotStatement(f"""{_TENANT}, p.* FROM t LEFT JOIN LATERAL (
  SELECT k.last_seen_at < now() - %(interval)s AS is_stale, {_PERSON}, NULL AS scopes
    FROM control.web_session k {_MEMBERSHIP}
   WHERE k.token_hash = %(credential)s AND k.tenant_id = t.id AND k.expires_at > now()
) p ON true""")
_BY_TOKEN = HotStatement(f"""{_TENANT}, p.* FROM t LEFT JOIN LATERAL (
  SELECT k.last_used_at IS NULL OR k.last_used_at < now() - %(interval)s AS is_stale, {_PERSON},
         to_jsonb(k.scopes) AS scopes
    FROM control.api_token k {_MEMBERSHIP}
   WHERE k.token_hash = %(credential)s AND k.tenant_id = t.id AND k.revoked_at IS NULL
     AND (k.expires_at IS NULL OR k.expires_at > now())
) p ON true""")
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
    values: dict[str, Any] = {"slug": slug_of(host, base_host), "host": host, "interval": TOUCH_INTERVAL}
    statement = _ANONYMOUS
    if token_hash is not None:
        statement, values["credential"] = _BY_TOKEN, token_hash
    elif session_hash is not None:
        statement, values["credential"] = _BY_SESSION, session_hash
    with database.control_autocommit() as conn:
        row = statement.raw_row(conn, values)
        if row is None:
            return None
        tenant, person = row[:_WIDTH], row[_WIDTH + 1 :]
        if not person or person[0] is None:
            return Admission(_tenant(tenant), None)
        if row[_WIDTH] == b"t":
            _touch(conn, statement is _BY_TOKEN, values["credential"])
    return Admission(_tenant(tenant), _person(person, values["credential"]))


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


_WIDTH = len(TENANT_NAMES)


@lru_cache(maxsize=1024)
def _tenant(raw: RawRow) -> Tenant:
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
def _person(raw: RawRow, credential: bytes) -> Person:
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
