"""The outbox: letters are rows first, in the transaction of what they tell about, and leave by a job afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from charsu.errors import NotFound
from charsu.jobs.queueing import enqueue_platform
from charsu.mail.letter import Letter
from charsu.process import runtime
from charsu.text.i18n import _

SEND_JOB = "core.send_mail"
_COLUMNS = "id, to_address, subject, text_body, html_body, created_at, sent_at, attempts, error"


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


def send_mail(conn: Connection[Any], letter: Letter, *, tenant_id: UUID | None = None) -> UUID:
    """Put a letter into the outbox of this control transaction; it leaves once that commits. Returns its id."""
    mail_id = (
        conn.cursor(row_factory=scalar_row)
        .execute(
            "INSERT INTO control.mail (tenant_id, to_address, subject, text_body, html_body)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            (tenant_id, letter.to, letter.subject, letter.text, letter.html),
        )
        .fetchone()
    )
    if not isinstance(mail_id, UUID):
        raise LookupError("INSERT … RETURNING gave no row")
    enqueue_platform(conn, SEND_JOB)
    return mail_id


def has_dev_mailbox() -> bool:
    """Tell whether letters are read on a page of the bare host: on a laptop without SMTP, and only there."""
    settings = runtime().settings
    return settings.is_local and not settings.smtp_url


def list_mails(limit: int = 50) -> list[StoredMail]:
    """Return the newest letters of the development mailbox. Raises: NotFound where there is none."""
    _check_dev_mailbox()
    with runtime().database.control() as conn:
        return (
            conn.cursor(row_factory=class_row(StoredMail))
            .execute(f"SELECT {_COLUMNS} FROM control.mail ORDER BY id DESC LIMIT %s", (limit,))
            .fetchall()
        )


def read_mail(mail_id: UUID) -> StoredMail:
    """Return one letter of the development mailbox. Raises: NotFound."""
    _check_dev_mailbox()
    with runtime().database.control() as conn:
        mail = (
            conn.cursor(row_factory=class_row(StoredMail))
            .execute(f"SELECT {_COLUMNS} FROM control.mail WHERE id = %s", (mail_id,))
            .fetchone()
        )
    if mail is None:
        raise NotFound(_("There is no such letter."))
    return mail


def _check_dev_mailbox() -> None:
    if not has_dev_mailbox():
        raise NotFound(_("There is no such page."))
