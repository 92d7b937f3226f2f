"""The door: a host and a credential in, a tenant, a person and what she may do out.

Nothing is believed for a while. A revoked token, an ended session, a changed role or a suspended tenant
counts at the very next request. But an admission read before need not be put together anew where the
database says, by one look at three rows, that nothing it was read from has changed since (decision 0026).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from charsu_tenants.admission import Admission, person_of, tenant_of
from charsu_tenants.context import TENANT_COLUMNS, TENANT_NAMES
from charsu_tenants.database import Database
from charsu_tenants.statements import HotStatement, RawRow
from charsu_tenants.web_sessions import IDLE_LIFETIME, LIFETIME

#: How stale "last seen" and "last used" may be; they are written at most this often.
TOUCH_INTERVAL = timedelta(minutes=1)
#: Admissions kept; all are forgotten when there are more.
MOST_KEPT = 4096

_TENANT = f"""
WITH t AS (
  SELECT xmin AS version, * FROM control.tenant WHERE slug = %(slug)s AND status IN ('active', 'suspended')
  UNION ALL
  SELECT own.xmin, own.* FROM control.domain d JOIN control.tenant own ON own.id = d.tenant_id
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
#: When the passing of time alone will next change what a tenant may do with a module, as the view
#: `control.module_access` has it.
_NEXT_CHANGE = """
  CASE WHEN t.trial_ends_at > now() THEN t.trial_ends_at END,
  (SELECT min(bound.at) FROM control.entitlement e, LATERAL (VALUES (e.starts_at), (e.ends_at)) AS bound(at)
    WHERE e.tenant_id = t.id AND bound.at > now())
"""
_ANONYMOUS = HotStatement(f"{_TENANT} FROM t")


@dataclass(frozen=True, eq=False)
class _Kind:
    """How one kind of credential is looked up, looked at again, and its use noted down.

    `find` gives, after the tenant, whether the visit is to be noted down, the person, and of what its
    answer holds: until when, and the versions of the three rows. A row's `xmin` is the transaction that wrote
    this version of it; any change makes another.
    """

    find: HotStatement
    check: HotStatement
    touch: str


def _kind(table: str, *, used_at: str, is_live: str, scopes: str, touch: str) -> _Kind:
    is_stale = f"(k.{used_at} IS NULL OR k.{used_at} < now() - %(interval)s)"
    return _Kind(
        find=HotStatement(f"""{_TENANT}, p.* FROM t LEFT JOIN LATERAL (
          SELECT {is_stale} AS is_stale, {_PERSON}, {scopes} AS scopes,
                 least(k.{used_at} + %(interval)s, k.expires_at, {_NEXT_CHANGE}) AS until,
                 t.version, k.xmin AS credential_version, u.xmin AS person_version
            FROM {table} k {_MEMBERSHIP}
           WHERE k.token_hash = %(credential)s AND k.tenant_id = t.id AND {is_live}
        ) p ON true"""),
        check=HotStatement(f"""SELECT t.xmin, k.xmin, u.xmin FROM {table} k
          JOIN control.tenant t ON t.id = k.tenant_id
          JOIN control.app_user u ON u.id = k.user_id
         WHERE k.token_hash = %(credential)s AND now() < %(until)s"""),
        # SKIP LOCKED: a request never waits for another one to write down that it was here.
        touch=f"""UPDATE {table} SET {touch}
          WHERE token_hash = (SELECT k.token_hash FROM {table} k
                               WHERE k.token_hash = %(credential)s AND {is_stale}
                                 FOR UPDATE SKIP LOCKED)""",
    )


_SESSION = _kind(
    "control.web_session",
    used_at="last_seen_at",
    is_live="k.expires_at > now()",
    scopes="NULL::text",
    touch="last_seen_at = now(), expires_at = least(now() + %(idle)s, created_at + %(lifetime)s)",
)
_TOKEN = _kind(
    "control.api_token",
    used_at="last_used_at",
    is_live="k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())",
    scopes="to_jsonb(k.scopes)",
    touch="last_used_at = now()",
)
_WIDTH = len(TENANT_NAMES)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An admission, and what must still be so for it to hold."""

    admission: Admission
    era: object
    values: Mapping[str, Any]
    versions: RawRow


class Door:
    """Admits to the tenants of one database; one for a process, shared by its threads.

    `base_host` comes without a port: `acme.<base_host>` is the tenant `acme`.
    """

    def __init__(self, database: Database, base_host: str) -> None:
        self._database = database
        self._base_host = base_host
        self._kept: dict[tuple[_Kind, str, bytes], _Kept] = {}

    def admit(
        self, host: str, *, session_hash: bytes | None = None, token_hash: bytes | None = None
    ) -> Admission | None:
        """Find tenant and person in one prepared autocommit read; None for a host that is no tenant's.

        `host` comes without a port. A token beats a session where a request carries both, so that a program
        never silently acts as the browser's person. `person` is None for an unknown, expired, revoked or
        foreign credential alike. Once a minute the visit is noted down on the side, in a statement of its
        own, and the admission read anew.
        """
        host = host.lower()
        if token_hash is not None:
            return self._admit_by(_TOKEN, host, token_hash)
        if session_hash is not None:
            return self._admit_by(_SESSION, host, session_hash)
        with self._database.control_autocommit() as conn:
            row = _ANONYMOUS.raw_row(conn, self._address(host))
        return None if row is None else Admission(tenant_of(row), None)

    def _admit_by(self, kind: _Kind, host: str, credential: bytes) -> Admission | None:
        key = kind, host, credential
        kept = self._kept.get(key)
        with self._database.control_autocommit() as conn:
            era = self._database.control_era
            if kept is not None:
                if kept.era is era and kind.check.raw_row(conn, kept.values) == kept.versions:
                    return kept.admission
                self._kept.pop(key, None)
            address = self._address(host)
            values = {**address, "interval": TOUCH_INTERVAL, "credential": credential}
            row = kind.find.raw_row(conn, values)
            if row is None:
                return None
            tenant = tenant_of(row[:_WIDTH])
            is_stale, *person, until = row[_WIDTH:-3]
            if person[0] is None:
                return Admission(tenant, None)
            admission = Admission(tenant, person_of(tuple(person), credential))
            if is_stale == b"t":
                _touch(conn, kind, credential)
            # A domain below the base host may any time become the address of a new business.
            elif until is not None and address["slug"] in (None, tenant.slug):
                values = {"credential": credential, "until": datetime.fromisoformat(until.decode())}
                self._keep(key, _Kept(admission, era, values, row[-3:]))
        return admission

    def _keep(self, key: tuple[_Kind, str, bytes], kept: _Kept) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = kept

    def _address(self, host: str) -> dict[str, Any]:
        return {"slug": slug_of(host, self._base_host), "host": host}


def slug_of(host: str, base_host: str) -> str | None:
    """Return `acme` for `acme.example.com` under `example.com`; `None` for any other host."""
    slug, dot, rest = host.partition(".")
    return slug if dot and rest == base_host else None


def _touch(conn: Connection[Any], kind: _Kind, credential: bytes) -> None:
    params = {
        "credential": credential,
        "interval": TOUCH_INTERVAL,
        "idle": IDLE_LIFETIME,
        "lifetime": LIFETIME,
    }
    conn.execute(kind.touch, params, prepare=True)
