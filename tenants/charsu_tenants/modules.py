"""Which modules a tenant has: the rows of `control.tenant_module`, changed by compare-and-set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from charsu_tenants.database import Database

#: So many faults of a module within `FAULT_WINDOW` switch it off for the tenant.
FAULT_LIMIT = 5
FAULT_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """How a tenant stands with one module, as an admin sees it."""

    module: str
    state: str
    revision: str
    access: str | None
    enabled_at: datetime | None
    disabled_at: datetime | None
    quarantined_at: datetime | None
    #: From when on its data may be removed for good.
    purge_at: datetime | None
    last_fault: str | None

    @property
    def is_enabled(self) -> bool:
        """Whether the module is turned on, quarantined or not."""
        return self.state == "enabled"


def list_modules(conn: Connection[Any], tenant_id: UUID) -> list[ModuleRow]:
    """Return every module whose tables the tenant has, the core among them, by name."""
    return (
        conn.cursor(row_factory=class_row(ModuleRow))
        .execute(
            """SELECT m.module, m.state, m.revision, a.access, m.enabled_at, m.disabled_at, m.quarantined_at,
              m.purge_at,
              CASE WHEN m.quarantined_at IS NOT NULL THEN (
                SELECT f.error FROM control.module_fault f
                WHERE f.tenant_id = m.tenant_id AND f.module = m.module
                ORDER BY f.id DESC LIMIT 1) END AS last_fault
            FROM control.tenant_module m LEFT JOIN control.module_access a USING (tenant_id, module)
            WHERE m.tenant_id = %s ORDER BY m.module""",
            [tenant_id],
        )
        .fetchall()
    )


def lock_modules(conn: Connection[Any], tenant_id: UUID) -> None:
    """Wait until no one else turns modules of this tenant on or off; held until the connection unlocks it."""
    conn.execute("SELECT pg_advisory_lock(hashtextextended('charsu.modules.' || %s::text, 0))", [tenant_id])


def unlock_modules(conn: Connection[Any], tenant_id: UUID) -> None:
    """Let the next one go on."""
    conn.execute("SELECT pg_advisory_unlock(hashtextextended('charsu.modules.' || %s::text, 0))", [tenant_id])


def add_row(conn: Connection[Any], tenant_id: UUID, module: str) -> None:
    """Note down a module that owns no tables, not yet turned on."""
    conn.execute(
        """INSERT INTO control.tenant_module (tenant_id, module, state, revision) VALUES (%s, %s, 'disabled',
        '') ON CONFLICT DO NOTHING""",
        [tenant_id, module],
    )


def enable_row(conn: Connection[Any], tenant_id: UUID, module: str) -> bool:
    """Turn a module from disabled to enabled, and keep its data; False where it was not disabled."""
    done = conn.execute(
        """UPDATE control.tenant_module SET state = 'enabled', enabled_at = now(), disabled_at = NULL,
          purge_at = NULL, quarantined_at = NULL, fault_count = 0, fault_at = NULL
        WHERE tenant_id = %s AND module = %s AND state = 'disabled'""",
        [tenant_id, module],
    )
    return done.rowcount == 1


def disable_row(conn: Connection[Any], tenant_id: UUID, module: str) -> bool:
    """Turn a module from enabled to disabled; its data stays. False where it was not enabled."""
    done = conn.execute(
        """UPDATE control.tenant_module SET state = 'disabled', disabled_at = now()
        WHERE tenant_id = %s AND module = %s AND state = 'enabled'""",
        [tenant_id, module],
    )
    return done.rowcount == 1


def grant_permissions(conn: Connection[Any], tenant_id: UUID, wanted: Mapping[str, Sequence[str]]) -> None:
    """Add permissions to built-in roles of the tenant, `{key: names}`; those they have stay as they are."""
    conn.execute(
        """UPDATE control.role AS r SET permissions = r.permissions || ARRAY(
            SELECT p FROM jsonb_array_elements_text(new.value) AS p WHERE NOT p = ANY (r.permissions))
        FROM jsonb_each(%(wanted)s) AS new
        WHERE r.tenant_id = %(tenant)s AND r.key = new.key AND r.is_builtin AND NOT '*' = ANY (r.permissions)
        """,
        {"tenant": tenant_id, "wanted": Jsonb({key: list(names) for key, names in wanted.items()})},
    )


def grant_free(conn: Connection[Any], tenant_id: UUID, module: str) -> None:
    """Note down that the tenant may use a module without paying."""
    conn.execute(
        """INSERT INTO control.entitlement (tenant_id, module, source) VALUES (%s, %s, 'free')
        ON CONFLICT DO NOTHING""",
        [tenant_id, module],
    )


def record_fault(database: Database, tenant_id: UUID, module: str, hook: str, error: str) -> bool:
    """Write down a fault and count it; True when this one was the fifth in five minutes and quarantines the
    module.

    The count stands in the module's own row, which every fault locks, so that two at once are two.
    """
    with database.control() as conn:
        conn.execute(
            "INSERT INTO control.module_fault (tenant_id, module, hook, error) VALUES (%s, %s, %s, %s)",
            [tenant_id, module, hook, error[:1000].replace("\x00", "")],
        )
        row = conn.execute(
            """UPDATE control.tenant_module SET
              fault_count = CASE WHEN fault_at > now() - %(window)s THEN fault_count + 1 ELSE 1 END,
              fault_at = CASE WHEN fault_at > now() - %(window)s THEN fault_at ELSE now() END
            WHERE tenant_id = %(tenant)s AND module = %(module)s AND state = 'enabled' AND quarantined_at IS
            NULL RETURNING fault_count""",
            {"window": FAULT_WINDOW, "tenant": tenant_id, "module": module},
        ).fetchone()
        if row is None or row["fault_count"] < FAULT_LIMIT:
            return False
        _quarantine(conn, tenant_id, module, hook, error)
        return True


def _quarantine(conn: Connection[Any], tenant_id: UUID, module: str, hook: str, error: str) -> None:
    conn.execute(
        "UPDATE control.tenant_module SET quarantined_at = now() WHERE tenant_id = %s AND module = %s",
        [tenant_id, module],
    )
    conn.execute(
        """INSERT INTO control.audit (tenant_id, actor, action, details)
        VALUES (%s, %s, 'module.quarantined', %s)""",
        [tenant_id, Jsonb({"kind": "system"}), Jsonb({"module": module, "hook": hook, "error": error[:500]})],
    )


def lift_row(conn: Connection[Any], tenant_id: UUID, module: str) -> bool:
    """Let a quarantined module work again, its faults forgotten; False where it was not quarantined."""
    done = conn.execute(
        """UPDATE control.tenant_module SET quarantined_at = NULL, fault_count = 0, fault_at = NULL
        WHERE tenant_id = %s AND module = %s AND quarantined_at IS NOT NULL""",
        [tenant_id, module],
    )
    return done.rowcount == 1
