"""The outbox of letters: written with what they tell about, read by the job that sends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

#: After so many failures a letter is given up; it stays in the table with its last error.
MAX_ATTEMPTS = 10

_COLUMNS = "id, to_address, subject, text_body, html_body, created_at, sent_at, attempts, error"
# After n failures a letter rests until 30 s times (2^n - 1) have passed since it was written: half a minute
# at first, four hours at last.
_DUE = f"""
SELECT {_COLUMNS} FROM control.mail
 WHERE sent_at IS NULL AND attempts < %(limit)s
   AND created_at + interval '30 seconds' * (power(2, attempts) - 1) <= now()
   AND NOT id = ANY (%(passed)s)
 ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A letter in the outbox; `sent_at` is when a server took it, `error` why the last attempt failed."""

    id: UUID
    to_address: str
    subject: str
    text_body: str
    html_body: str | None
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A letter for the outbox; `id` is chosen by who may try to write the same letter again."""

    to_address: str
    subject: str
    text_body: str
    html_body: str | None
    tenant_id: UUID | None = None
    id: UUID | None = None


def add_mail(conn: Connection[Any], mail: NewMail) -> UUID:
    """Put a letter into the outbox and return its id; one whose own id is there already is not added."""
    stored = (
        conn.cursor(row_factory=scalar_row)
        .execute(
            "INSERT INTO control.mail (id, tenant_id, to_address, subject, text_body, html_body)"
            " VALUES (coalesce(%s, uuidv7()), %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING RETURNING id",
            (mail.id, mail.tenant_id, mail.to_address, mail.subject, mail.text_body, mail.html_body),
        )
        .fetchone()
    ) or mail.id
    if not isinstance(stored, UUID):
        raise LookupError("INSERT … RETURNING gave no row")
    return stored


def lock_due_mail(conn: Connection[Any], passed: list[UUID]) -> StoredMail | None:
    """Return the oldest letter that is due and not among `passed`, locked; those locked elsewhere are left
    out.
    """
    return (
        conn.cursor(row_factory=class_row(StoredMail))
        .execute(_DUE, {"limit": MAX_ATTEMPTS, "passed": passed})
        .fetchone()
    )


def mark_sent(conn: Connection[Any], mail_id: UUID) -> None:
    """Note that a server took the letter."""
    conn.execute(
        "UPDATE control.mail SET sent_at = now(), attempts = attempts + 1, error = NULL WHERE id = %s",
        (mail_id,),
    )


def mark_failed(conn: Connection[Any], mail_id: UUID, error: str) -> None:
    """Count a failed attempt; the letter rests before the next one."""
    conn.execute(
        "UPDATE control.mail SET attempts = attempts + 1, error = %s WHERE id = %s", (error[:500], mail_id)
    )


def list_mails(conn: Connection[Any], limit: int) -> list[StoredMail]:
    """Return the newest letters of the whole platform, sent or not."""
    return (
        conn.cursor(row_factory=class_row(StoredMail))
        .execute(f"SELECT {_COLUMNS} FROM control.mail ORDER BY created_at DESC, id DESC LIMIT %s", (limit,))
        .fetchall()
    )


def find_mail(conn: Connection[Any], mail_id: UUID) -> StoredMail | None:
    """Return one letter."""
    return (
        conn.cursor(row_factory=class_row(StoredMail))
        .execute(f"SELECT {_COLUMNS} FROM control.mail WHERE id = %s", (mail_id,))
        .fetchone()
    )
