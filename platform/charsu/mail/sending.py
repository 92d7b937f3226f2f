"""The job that empties the outbox. A letter is sent at least once: a crash between server and row repeats it.

A repeated letter carries the same Message-ID, by which mailboxes recognise it.
"""

import smtplib
from contextlib import ExitStack
from typing import Any

import structlog
from psycopg import Connection
from psycopg.rows import class_row

from charsu.mail.letter import Letter
from charsu.mail.outbox import StoredMail
from charsu.mail.smtp import compose, connect, sender_of
from charsu.process import Runtime

MAX_ATTEMPTS = 10
_BATCH = 50
_ERROR_MAX = 500
# After n failures a letter rests 30 s times 2^n: half a minute at first, four hours at last.
_NEXT = """
SELECT id, to_address, subject, text_body, html_body, created_at, sent_at, attempts, error FROM control.mail
 WHERE sent_at IS NULL AND attempts < %(limit)s
   AND (attempts = 0 OR created_at + interval '30 seconds' * (power(2, attempts) - 1) <= now())
 ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED"""

_log = structlog.get_logger(__name__)


def send_waiting(runtime: Runtime) -> int:
    """Send the letters that are due, each in a transaction of its own; returns how many a server took.

    Two runs at once never take the same letter. A letter that fails waits its turn and holds up no other. Without
    SMTP nothing is sent: the letters stay in the development mailbox.
    """
    settings = runtime.settings
    if not settings.smtp_url:
        return 0
    sent = 0
    with ExitStack() as stack:
        server: smtplib.SMTP | None = None
        for _turn in range(_BATCH):
            with runtime.database.control() as conn:
                mail = (
                    conn.cursor(row_factory=class_row(StoredMail))
                    .execute(_NEXT, {"limit": MAX_ATTEMPTS})
                    .fetchone()
                )
                if mail is None:
                    break
                try:
                    server = server or stack.enter_context(connect(settings.smtp_url))
                    _send(server, mail, settings.smtp_url, settings.base_host)
                except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
                    _note_failure(conn, mail, error)
                    if not isinstance(error, smtplib.SMTPRecipientsRefused | ValueError):
                        server = None
                    continue
                conn.execute(
                    "UPDATE control.mail SET sent_at = now(), attempts = attempts + 1, error = NULL WHERE id = %s",
                    (mail.id,),
                )
                sent += 1
    return sent


def _send(server: smtplib.SMTP, mail: StoredMail, smtp_url: str, base_host: str) -> None:
    letter = Letter(mail.to_address, mail.subject, mail.text_body, mail.html_body)
    sender = sender_of(smtp_url, base_host)
    server.send_message(compose(letter, sender=sender, message_id=f"<{mail.id}@{base_host}>"))


def _note_failure(conn: Connection[Any], mail: StoredMail, error: Exception) -> None:
    _log.warning("mail_failed", mail=str(mail.id), attempt=mail.attempts + 1, error=type(error).__name__)
    conn.execute(
        "UPDATE control.mail SET attempts = attempts + 1, error = %s WHERE id = %s",
        (f"{type(error).__name__}: {error}"[:_ERROR_MAX], mail.id),
    )
