"""The outbox: letters are rows first, in the transaction of what they tell about; a job sends them
afterwards.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from charsu.errors import NotFound
from charsu.jobs.queueing import enqueue_platform
from charsu.mail.letter import Letter
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import mails
from charsu_tenants.mails import StoredMail

SEND_JOB = "core.send_mail"


def send_mail(
    conn: Connection[Any], letter: Letter, *, tenant_id: UUID | None = None, mail_id: UUID | None = None
) -> UUID:
    """Put a letter into the outbox of this control transaction; it leaves once that commits. Returns its
    id.

    With a `mail_id` made of what the letter tells about, trying again adds no second one.
    """
    mail = mails.NewMail(
        id=mail_id,
        tenant_id=tenant_id,
        to_address=letter.to,
        subject=letter.subject,
        text_body=letter.text,
        html_body=letter.html,
    )
    stored = mails.add_mail(conn, mail)
    enqueue_platform(conn, SEND_JOB)
    return stored


def has_dev_mailbox() -> bool:
    """Tell whether letters are read on a page of the bare host: on a laptop without SMTP, and only there."""
    settings = runtime().settings
    return settings.is_local and not settings.smtp_url


def list_mails(limit: int = 50) -> Sequence[StoredMail]:
    """Return the newest letters of the development mailbox. Raises: NotFound where there is none."""
    _check_dev_mailbox()
    with runtime().database.control() as conn:
        return mails.list_mails(conn, limit)


def read_mail(mail_id: UUID) -> StoredMail:
    """Return one letter of the development mailbox. Raises: NotFound."""
    _check_dev_mailbox()
    with runtime().database.control() as conn:
        mail = mails.find_mail(conn, mail_id)
    if mail is None:
        raise NotFound(_("There is no such letter."))
    return mail


def _check_dev_mailbox() -> None:
    if not has_dev_mailbox():
        raise NotFound(_("There is no such page."))
