"""The job that empties the outbox. A letter is sent at least once: a crash between server and row repeats it.

A repeated letter carries the same Message-ID, by which mailboxes recognise it.
"""

import smtplib
from contextlib import ExitStack
from uuid import UUID

import structlog

from charsu.mail.letter import Letter
from charsu.mail.smtp import compose, connect, sender_of
from charsu.process import Runtime
from charsu_tenants.mails import StoredMail, lock_due_mail, mark_failed, mark_sent

_BATCH = 50

_log = structlog.get_logger(__name__)


class Postman:
    """One round: a connection to the SMTP server, opened for the first letter and kept for the rest."""

    def __init__(self, runtime: Runtime, stack: ExitStack) -> None:
        self._settings = runtime.settings
        self._stack = stack
        self._server: smtplib.SMTP | None = None
        #: The server can not be reached or hung up: the rest waits for the next round.
        self.is_stuck = False

    def deliver(self, mail: StoredMail) -> str | None:
        """Hand one letter over; returns why that failed, `None` when the server took it."""
        try:
            if self._server is None:
                self._server = self._stack.enter_context(connect(self._settings.smtp_url))
            letter = Letter(mail.to_address, mail.subject, mail.text_body, mail.html_body)
            host = self._settings.base_host
            sender = sender_of(self._settings.smtp_url, host)
            self._server.send_message(compose(letter, sender=sender, message_id=f"<{mail.id}@{host}>"))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, ValueError) as error:
            return _reason(error)
        except OSError as error:  # smtplib's own errors are OSErrors; the connection may be gone
            self.is_stuck = True
            return _reason(error)
        return None


def send_waiting(runtime: Runtime) -> int:
    """Send the letters that are due, each in a transaction of its own; returns how many a server took.

    Two runs at once never take the same letter. A letter that fails rests, and holds up no other. A round
    ends when the server can not be reached. Without SMTP nothing is sent: the letters stay in the
    development mailbox.
    """
    if not runtime.settings.smtp_url:
        return 0
    sent = 0
    passed: list[UUID] = []
    with ExitStack() as stack:
        postman = Postman(runtime, stack)
        while len(passed) < _BATCH and not postman.is_stuck:
            with runtime.database.control() as conn:
                mail = lock_due_mail(conn, passed)
                if mail is None:
                    break
                passed.append(mail.id)
                failure = postman.deliver(mail)
                if failure is None:
                    mark_sent(conn, mail.id)
                    sent += 1
                else:
                    _log.warning("mail_failed", mail=str(mail.id), attempt=mail.attempts + 1, reason=failure)
                    mark_failed(conn, mail.id, failure)
    return sent


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
