"""The development mailbox: letters that would have been sent, on a laptop without SMTP and only there."""

from uuid import UUID

from flask import Blueprint, Response

from charsu.mail.outbox import list_mails, read_mail
from charsu.web.access import public
from charsu.web.rendering import render

mailbox = Blueprint("mailbox", __name__)


@mailbox.get("/dev/mailbox")
@public
def list_letters() -> Response:
    """The newest letters."""
    return render("pages/mailbox.html", mails=list_mails())


@mailbox.get("/dev/mailbox/<uuid:mail_id>")
@public
def show_letter(mail_id: UUID) -> Response:
    """One letter, as text."""
    return render("pages/letter.html", mail=read_mail(mail_id))
