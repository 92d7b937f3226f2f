"""The bus as workers and operators see it: claiming, finishing, failing and replaying deliveries.

A claim is the number of a worker that holds the advisory lock of that number in its own session. When the
worker dies, however it dies, PostgreSQL drops the lock, and `free_orphans` gives its claims back at once.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

#: After so many attempts a delivery waits as a dead letter.
MAX_ATTEMPTS = 8
#: Class ids of the two families of advisory locks: live workers, and tenants whose reactions are being run.
_WORKERS = 0x43485557
_TENANTS = 0x43485554
_BACKOFF = "interval '1 second' * power(4, least(attempts, 7) - 1)"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to run: a reaction to an event, or a job with its arguments."""

    id: int
    tenant: str | None
    handler: str
    kind: Literal["reaction", "job"]
    event_id: UUID | None
    payload: dict[str, Any] | None
    job_key: UUID
    actor: dict[str, Any] | None

    @property
    def module(self) -> str:
        """The module whose code it is."""
        return self.handler.partition(".")[0]

    @property
    def inbox_key(self) -> str:
        """What marks it as done in the tenant's schema."""
        return f"{self.handler}:{self.event_id}" if self.kind == "reaction" else f"job:{self.job_key}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that failed too often, for the operator."""

    id: int
    tenant: str | None
    slug: str | None
    handler: str
    kind: str
    event_id: UUID | None
    attempts: int
    last_error: str | None
    created_at: datetime


_OF_ACTIVE = """LEFT JOIN control.tenant t ON t.schema_name = d.tenant
WHERE (d.tenant IS NULL OR t.status = 'active')"""
_COLUMNS = "id, tenant, handler, kind, event_id, payload, job_key, actor"


def sign_on(conn: Connection[Any]) -> int:
    """Take a worker's number on this connection, which must live as long as the worker works."""
    while True:
        number = secrets.randbelow(2**31 - 1) + 1
        row = conn.cursor(row_factory=scalar_row).execute(
            "SELECT pg_try_advisory_lock(%s, %s)", [_WORKERS, number]
        )
        if row.fetchone():
            return number


def sign_off(conn: Connection[Any], worker: int) -> None:
    """Give the number back; claims that are still held under it are free from now on."""
    conn.execute("SELECT pg_advisory_unlock(%s, %s)", [_WORKERS, worker])


def try_lock_tenant(conn: Connection[Any], tenant: str) -> bool:
    """Become the one worker that runs the tenant's reactions; False while another one is."""
    return bool(
        conn.cursor(row_factory=scalar_row)
        .execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_TENANTS, tenant])
        .fetchone()
    )


def unlock_tenant(conn: Connection[Any], tenant: str) -> None:
    """Leave the tenant's reactions to the next worker."""
    conn.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_TENANTS, tenant])


def claim(conn: Connection[Any], worker: int, tenant: str | None, kind: str, limit: int) -> list[Delivery]:
    """Claim due deliveries of a tenant (None: the platform's own jobs), oldest first."""
    whose = "tenant IS NULL" if tenant is None else "tenant = %(tenant)s"
    rows = conn.cursor(row_factory=class_row(Delivery)).execute(
        f"""WITH next AS (
          SELECT id FROM bus.delivery
          WHERE {whose} AND kind = %(kind)s AND state = 'ready' AND claimed_by IS NULL AND due_at <= now()
          ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        UPDATE bus.delivery d SET claimed_by = %(worker)s FROM next WHERE d.id = next.id
        RETURNING {", ".join(f"d.{name}" for name in _COLUMNS.split(", "))}""",
        {"tenant": tenant, "kind": kind, "limit": limit, "worker": worker},
    )
    return sorted(rows.fetchall(), key=lambda delivery: delivery.id)


def begin(conn: Connection[Any], worker: int, delivery_id: int) -> int | None:
    """Count the attempt that begins now; None where the claim is gone.

    It is counted before the handler runs, so that one which kills its worker each time still comes to an end.
    """
    row = conn.cursor(row_factory=scalar_row).execute(
        "UPDATE bus.delivery SET attempts = attempts + 1"
        " WHERE id = %s AND claimed_by = %s RETURNING attempts",
        [delivery_id, worker],
    )
    return row.fetchone()


def finish(conn: Connection[Any], delivery_id: int) -> None:
    """Remove a delivery whose work is committed, or that is not to be run at all."""
    conn.execute("DELETE FROM bus.delivery WHERE id = %s", [delivery_id])


def fail(conn: Connection[Any], delivery_id: int, error: str, *, delay: float | None = None) -> bool:
    """Put a failed delivery back for later, or among the dead letters after its last attempt; True for those.

    Without `delay` (seconds) it waits 1, 4, 16, … seconds. A dead letter gives its unique key back, so that
    the clock can start the same job again.
    """
    row = conn.cursor(row_factory=scalar_row).execute(
        f"""UPDATE bus.delivery SET claimed_by = NULL, last_error = %(error)s,
          state = CASE WHEN attempts >= %(limit)s THEN 'dead' ELSE 'ready' END,
          unique_key = CASE WHEN attempts < %(limit)s THEN unique_key END,
          due_at = now() + coalesce(make_interval(secs => %(delay)s), {_BACKOFF})
        WHERE id = %(id)s RETURNING state = 'dead'""",
        {"id": delivery_id, "error": _storable(error), "limit": MAX_ATTEMPTS, "delay": delay},
    )
    return bool(row.fetchone())


def postpone(conn: Connection[Any], delivery_id: int, reason: str, *, seconds: float | None) -> None:
    """Have a delivery wait that could not be tried: so many seconds, or (None) until `release_parked`.

    It was no attempt, so the one that `begin` counted is taken back.
    """
    conn.execute(
        """UPDATE bus.delivery SET claimed_by = NULL, last_error = %s, attempts = greatest(attempts - 1, 0),
          due_at = coalesce(now() + make_interval(secs => %s), 'infinity') WHERE id = %s""",
        [_storable(reason), seconds, delivery_id],
    )


def drop_parked(conn: Connection[Any], schema: str, module: str) -> int:
    """Forget what a tenant's module left parked when it is turned off, as what is due then is dropped too."""
    return conn.execute(
        """DELETE FROM bus.delivery WHERE tenant = %s AND split_part(handler, '.', 1) = %s
          AND due_at = 'infinity' AND state = 'ready' AND claimed_by IS NULL""",
        [schema, module],
    ).rowcount


def release_parked(conn: Connection[Any]) -> int:
    """Make parked deliveries due whose module may act again; return how many."""
    return conn.execute(
        """UPDATE bus.delivery d SET due_at = now() FROM control.tenant t, control.module_access a
        WHERE d.due_at = 'infinity' AND d.state = 'ready' AND t.schema_name = d.tenant AND t.status = 'active'
          AND a.tenant_id = t.id AND a.module = split_part(d.handler, '.', 1) AND a.access = 'full'"""
    ).rowcount


def let_go(conn: Connection[Any], worker: int, delivery_ids: Iterable[int]) -> None:
    """Give back claims that were not begun."""
    conn.execute(
        "UPDATE bus.delivery SET claimed_by = NULL WHERE claimed_by = %s AND id = ANY (%s)",
        [worker, list(delivery_ids)],
    )


def free_orphans(conn: Connection[Any]) -> int:
    """Give back the claims of workers that are gone; return how many.

    One that was begun waits as after a failure, so that what kills workers does not kill all of them in a
    row.
    """
    return conn.execute(
        f"""UPDATE bus.delivery d SET claimed_by = NULL,
          last_error = CASE WHEN attempts > 0 THEN 'its worker died' ELSE last_error END,
          state = CASE WHEN attempts >= %(limit)s THEN 'dead' ELSE state END,
          unique_key = CASE WHEN attempts < %(limit)s THEN unique_key END,
          due_at = CASE WHEN attempts > 1 THEN now() + {_BACKOFF} ELSE due_at END
        WHERE claimed_by IS NOT NULL AND NOT EXISTS (
          SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = %(workers)s
            AND l.objid::bigint = d.claimed_by
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))""",
        {"limit": MAX_ATTEMPTS, "workers": _WORKERS},
    ).rowcount


def due_tenants(conn: Connection[Any], kind: str, *, limit: int = 500) -> list[str | None]:
    """Return the schemas of active tenants with due, unclaimed work of a kind; None stands for the
    platform.
    """
    return (
        conn.cursor(row_factory=scalar_row)
        .execute(
            f"""SELECT d.tenant FROM bus.delivery d {_OF_ACTIVE}
            AND d.kind = %s AND d.state = 'ready' AND d.claimed_by IS NULL AND d.due_at <= now()
            GROUP BY d.tenant ORDER BY min(d.id) LIMIT %s""",
            [kind, limit],
        )
        .fetchall()
    )


def has_due(conn: Connection[Any], tenant: str | None, kind: str) -> bool:
    """Whether the tenant (None: the platform) has work of this kind that is due and unclaimed."""
    whose = "tenant IS NULL" if tenant is None else "tenant = %(tenant)s"
    return bool(
        conn.cursor(row_factory=scalar_row)
        .execute(
            f"""SELECT EXISTS (SELECT FROM bus.delivery WHERE {whose} AND kind = %(kind)s
            AND state = 'ready' AND claimed_by IS NULL AND due_at <= now())""",
            {"tenant": tenant, "kind": kind},
        )
        .fetchone()
    )


def count_unsettled(conn: Connection[Any]) -> int:
    """Count what is left to run: due, running, or waiting to be tried again.

    What is planned for later, parked, or of a suspended tenant is not counted.
    """
    count: int | None = (
        conn.cursor(row_factory=scalar_row)
        .execute(
            f"""SELECT count(*) FROM bus.delivery d {_OF_ACTIVE}
            AND d.state = 'ready' AND isfinite(d.due_at)
            AND (d.due_at <= now() OR d.last_error IS NOT NULL OR d.claimed_by IS NOT NULL)"""
        )
        .fetchone()
    )
    return count or 0


def dead_letters(conn: Connection[Any], limit: int = 1000) -> list[DeadLetter]:
    """Return the dead letters, oldest first."""
    return (
        conn.cursor(row_factory=class_row(DeadLetter))
        .execute(
            """SELECT d.id, d.tenant, t.slug, d.handler, d.kind, d.event_id, d.attempts, d.last_error,
            d.created_at FROM bus.delivery d LEFT JOIN control.tenant t ON t.schema_name = d.tenant
            WHERE d.state = 'dead' ORDER BY d.id LIMIT %s""",
            [limit],
        )
        .fetchall()
    )


def replay(conn: Connection[Any], delivery_id: int | None = None) -> int:
    """Make a dead letter, or all of them, due again with their attempts forgotten; return how many."""
    return conn.execute(
        """UPDATE bus.delivery SET state = 'ready', attempts = 0, due_at = now(), claimed_by = NULL
        WHERE state = 'dead' AND (%(id)s::bigint IS NULL OR id = %(id)s)""",
        {"id": delivery_id},
    ).rowcount


def _storable(error: str) -> str:
    return error[:2000].replace("\x00", "")
