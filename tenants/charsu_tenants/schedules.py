"""Jobs by the clock: `control.schedule`, moved on by compare-and-set, so that of several schedulers one
starts a job.
"""

from dataclasses import asdict, dataclass
from datetime import time, timedelta
from typing import Any, Literal

from psycopg import Connection


def add_schedule(conn: Connection[Any], name: str, *, first_in: timedelta) -> None:
    """Note down a job of the clock; one that is known stays as it is."""
    conn.execute(
        "INSERT INTO control.schedule (name, next_at) VALUES (%s, now() + %s) ON CONFLICT DO NOTHING",
        [name, first_in],
    )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When a job of the clock runs."""

    every: timedelta
    scope: Literal["tenant", "platform"]
    #: A tenant's run begins at random within this time.
    spread: timedelta
    #: Time of day of each tenant; None: as soon as it is started.
    at: time | None = None


def start_due(conn: Connection[Any], name: str, plan: Plan) -> bool:
    """Start a job whose time has come, in one statement; False where it has not, or another scheduler was
    first.

    Missed runs are not made up for: the next one is an interval from now. A tenant's job goes to every
    active tenant that may act with the module, `spread` at random, at once or when her clock says `at` the
    next time; a run that still waits is not doubled.
    """
    fan_out = _PLATFORM if plan.scope == "platform" else _TENANTS
    row = conn.execute(
        f"""WITH due AS (
          UPDATE control.schedule SET last_at = now(), next_at = now() + %(every)s
          WHERE name = %(name)s AND next_at <= now() RETURNING name
        ), started AS ({fan_out} ON CONFLICT (unique_key) DO NOTHING RETURNING 1)
        SELECT (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM started) AS started""",
        {**asdict(plan), "name": name, "module": name.partition(".")[0]},
    ).fetchone()
    return bool(row and row["due"])


_TENANTS = """
INSERT INTO bus.delivery (tenant, handler, kind, payload, due_at, unique_key)
SELECT t.schema_name, due.name, 'job', '{}', random() * %(spread)s + CASE WHEN %(at)s::time IS NULL THEN now()
  ELSE (local::date + (local::time >= %(at)s)::int + %(at)s::time) AT TIME ZONE t.timezone END,
  t.schema_name || ':clock:' || due.name
FROM due, control.tenant t JOIN control.module_access a ON a.tenant_id = t.id,
  LATERAL (SELECT now() AT TIME ZONE t.timezone AS local) clock
WHERE t.status = 'active' AND a.module = %(module)s AND a.access = 'full'"""
_PLATFORM = """
INSERT INTO bus.delivery (handler, kind, payload, unique_key)
SELECT due.name, 'job', '{}', 'platform:' || due.name || ':' FROM due"""
