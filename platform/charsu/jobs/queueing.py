"""The one door to jobs: by registered name, with JSON arguments, kept in PostgreSQL with the transaction."""

from datetime import datetime
from typing import Any

import orjson
import psycopg

from charsu.db import db
from charsu.events.cause import current_actor
from charsu.events.emission import deliver
from charsu.jobs.spec import JobSpec
from charsu.process import runtime
from charsu_tenants.context import current_tenant


class UnknownJob(LookupError):
    """No module registered a job of that name for that scope; a fault of the program."""


def enqueue(name: str, /, **arguments: object) -> None:
    """Have the job `<module>.<job>` run for the current tenant after this transaction's commit.

    Arguments are JSON values (UUIDs and dates become text). Raises `UnknownJob` for a name nobody registered.
    """
    _enqueue(name, arguments, due_at=None, unique_key=None)


def enqueue_once(name: str, key: str, /, *, due_at: datetime | None = None, **arguments: object) -> None:
    """Like `enqueue`, but only if no job of this tenant with the same `key` still waits or runs."""
    _enqueue(name, arguments, due_at=due_at, unique_key=f"{name}:{key}")


def _enqueue(
    name: str, arguments: dict[str, object], *, due_at: datetime | None, unique_key: str | None
) -> None:
    _check(name, "tenant")
    tenant = current_tenant()
    delivery: dict[str, object] = {
        "handler": name,
        "kind": "job",
        "payload": arguments,
        "actor": current_actor().as_json(),
        "due_at": due_at,
        "unique_key": unique_key,
    }
    deliver(db.session(), tenant, None, [delivery])


def enqueue_platform(connection: psycopg.Connection[Any], name: str, /, **arguments: object) -> None:
    """Have a job of the core itself run once the transaction of this control connection commits.

    The scheduler's sweep rings within a second. A job of that name that still waits is not doubled.
    """
    _insert(connection, name, "", None, arguments)


def enqueue_platform_once(
    connection: psycopg.Connection[Any],
    name: str,
    key: str,
    /,
    *,
    due_at: datetime | None = None,
    **arguments: object,
) -> None:
    """Like `enqueue_platform`, with a `key` of its own: only a waiting job of the same key stands in the
    way.
    """
    _insert(connection, name, key, due_at, arguments)


def cancel_platform(connection: psycopg.Connection[Any], name: str, key: str = "", /) -> bool:
    """Take back a platform job that was not begun yet; return whether there was one."""
    gone = connection.execute(
        "DELETE FROM bus.delivery WHERE unique_key = %s AND claimed_by IS NULL", [_platform_key(name, key)]
    )
    return gone.rowcount > 0


def _insert(
    connection: psycopg.Connection[Any],
    name: str,
    key: str,
    due_at: datetime | None,
    arguments: dict[str, object],
) -> None:
    _check(name, "platform")
    connection.execute(
        "INSERT INTO bus.delivery (handler, kind, payload, unique_key, due_at)"
        " VALUES (%s, 'job', %s::jsonb, %s, coalesce(%s, now())) ON CONFLICT (unique_key) DO NOTHING",
        (name, orjson.dumps(arguments).decode(), _platform_key(name, key), due_at),
    )


def _platform_key(name: str, key: str) -> str:
    return f"platform:{name}:{key}"


def _check(name: str, scope: str) -> None:
    job = runtime().plugins.handlers.get(name)
    if not isinstance(job, JobSpec) or job.scope != scope:
        raise UnknownJob(f"there is no {scope} job {name}")
