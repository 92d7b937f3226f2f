"""One-time secrets: password reset links and the tickets that carry a login from the bare host to a
tenant's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

Purpose = Literal["password_reset", "arrival"]

_COLUMNS = "purpose, user_id, tenant_id, data, expires_at"
_IS_OPEN = "token_hash = %s AND purpose = %s AND used_at IS NULL AND expires_at > now()"


@dataclass(frozen=True, slots=True)
class OneTime:
    """What a one-time secret stands for; `tenant_id` is `None` where it is not bound to a business."""

    purpose: Purpose
    user_id: UUID
    tenant_id: UUID | None
    data: dict[str, Any]
    expires_at: datetime


def issue(
    conn: Connection[Any],
    *,
    token_hash: bytes,
    purpose: Purpose,
    user_id: UUID,
    lifetime: timedelta,
    tenant_id: UUID | None = None,
) -> None:
    """Store a secret's digest for `lifetime` from now on."""
    conn.execute(
        "INSERT INTO control.one_time (token_hash, purpose, user_id, tenant_id, data, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, now() + %s)",
        (token_hash, purpose, user_id, tenant_id, Jsonb({}), lifetime),
    )


def find_open(conn: Connection[Any], token_hash: bytes, purpose: Purpose) -> OneTime | None:
    """Look at a secret without using it up."""
    return (
        conn.cursor(row_factory=class_row(OneTime))
        .execute(f"SELECT {_COLUMNS} FROM control.one_time WHERE {_IS_OPEN}", (token_hash, purpose))
        .fetchone()
    )


def use_up(conn: Connection[Any], token_hash: bytes, purpose: Purpose) -> OneTime | None:
    """Use a secret up and return what it stands for; of many at once exactly one gets it."""
    return (
        conn.cursor(row_factory=class_row(OneTime))
        .execute(
            f"UPDATE control.one_time SET used_at = now() WHERE {_IS_OPEN} RETURNING {_COLUMNS}",
            (token_hash, purpose),
        )
        .fetchone()
    )


def void(conn: Connection[Any], user_id: UUID, purpose: Purpose) -> int:
    """Make all open secrets of a user for a purpose worthless, as after a password change."""
    return conn.execute(
        "UPDATE control.one_time SET used_at = now() WHERE user_id = %s AND purpose = %s AND used_at IS NULL",
        (user_id, purpose),
    ).rowcount


def delete_stale(conn: Connection[Any], age: timedelta = timedelta(days=1)) -> int:
    """Clear away secrets that ended more than `age` ago."""
    return conn.execute("DELETE FROM control.one_time WHERE expires_at < now() - %s", (age,)).rowcount
