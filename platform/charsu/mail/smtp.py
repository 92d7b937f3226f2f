"""The way out: one SMTP connection from `CHARSU_SMTP_URL` for a batch of letters."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from urllib.parse import parse_qs, unquote, urlsplit

from charsu.mail.letter import Letter

_TIMEOUT_SECONDS = 15.0
_SMTPS_PORT = 465
_SUBMISSION_PORT = 587
_PLAIN_PORT = 25


def compose(letter: Letter, *, sender: str, message_id: str) -> EmailMessage:
    """Build the message; the headers come from parsed addresses, so no text can add a header of its own."""
    message = EmailMessage()
    message["From"] = Address(display_name="Charsu", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    return message


@contextmanager
def connect(smtp_url: str) -> Iterator[smtplib.SMTP]:
    """Open a connection to the server of an address and close it after the block.

    `smtps://` speaks TLS from the start. `smtp://` with a name and password, on port 587, or with
    `?starttls=1` must go over to TLS, or the connection is given up: a password never travels in the clear,
    except to this machine.
    """
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    client: smtplib.SMTP
    if parts.scheme == "smtps":
        client = smtplib.SMTP_SSL(host, parts.port or _SMTPS_PORT, timeout=_TIMEOUT_SECONDS, context=context)
    else:
        port = parts.port or (_SUBMISSION_PORT if parts.username else _PLAIN_PORT)
        client = smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
    with client:
        if parts.scheme == "smtp" and _wants_tls(smtp_url):
            client.starttls(context=context)
        if parts.username:
            client.login(unquote(parts.username), unquote(parts.password or ""))
        yield client


def sender_of(smtp_url: str, base_host: str) -> str:
    """Return the address letters come from: `?from=` of the SMTP address, else no-reply at the bare host."""
    given = parse_qs(urlsplit(smtp_url).query).get("from")
    return given[0] if given else f"no-reply@{base_host}"


def _wants_tls(smtp_url: str) -> bool:
    parts = urlsplit(smtp_url)
    flag = parse_qs(parts.query).get("starttls")
    if flag:
        return flag[0] not in ("0", "no", "false")
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return False
    return parts.port == _SUBMISSION_PORT or parts.username is not None
