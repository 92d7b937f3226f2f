import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from charsu.errors import NotFound
from charsu.mail.letter import Letter
from charsu.mail.letters import invitation_letter, reset_letter
from charsu.mail.outbox import has_dev_mailbox, list_mails, read_mail, send_mail
from charsu.mail.sending import send_waiting
from charsu.mail.smtp import compose, sender_of
from charsu.runtime import use_runtime

LETTER = Letter("to@example.com", "سلام دنیا", "متن نامه\n", "<p>متن نامه</p>")


class Sink:
    """An SMTP server's memory: what it took, and what it refuses."""

    def __init__(self) -> None:
        self.messages = []
        self.answers: list[str] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        self.messages.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def smtp_server(**options) -> Iterator[tuple[Sink, str]]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield sink, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@pytest.fixture
def post(runtime, tenant):
    """`post(letter)`: put a letter into the outbox."""

    def put(letter=LETTER):
        with runtime.database.control() as conn:
            return send_mail(conn, letter)

    return put


def with_smtp(runtime, url):
    return replace(runtime, settings=replace(runtime.settings, smtp_url=url))


def outbox(runtime):
    with use_runtime(with_smtp(runtime, "")):
        return list_mails()


def test_a_letter_arrives_with_both_bodies(runtime, post):
    post()
    with smtp_server() as (sink, url):
        assert send_waiting(with_smtp(runtime, url)) == 1
        assert send_waiting(with_smtp(runtime, url)) == 0

    envelope, message = sink.messages[0]
    assert envelope.rcpt_tos == ["to@example.com"]
    assert message["Subject"] == "سلام دنیا"
    assert message["From"].addresses[0].addr_spec == "no-reply@charsu.localhost"
    assert message.get_body(("plain",)).get_content().strip() == "متن نامه"
    assert message.get_body(("html",)).get_content().strip() == "<p>متن نامه</p>"
    assert outbox(runtime)[0].sent_at


def test_a_letter_of_a_rolled_back_transaction_never_was(runtime, tenant):
    def fail():
        with runtime.database.control() as conn:
            send_mail(conn, LETTER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert outbox(runtime) == []


def test_a_letter_brings_its_job_along(runtime, post):
    post()

    with runtime.database.control() as conn:
        [job] = conn.execute("SELECT tenant, kind FROM bus.delivery WHERE handler = 'core.send_mail'")
    assert job == {"tenant": None, "kind": "job"}


def test_a_refused_letter_rests_and_holds_up_no_other(runtime, post):
    first, second = post(), post()
    with smtp_server() as (sink, url):
        sink.answers = ["451 later"]
        assert send_waiting(with_smtp(runtime, url)) in (0, 1)
        assert send_waiting(with_smtp(runtime, url)) in (0, 1)

        states = {mail.id: mail for mail in outbox(runtime)}
        assert (states[first].sent_at, states[first].attempts) == (None, 1)
        assert "451" in states[first].error
        assert states[second].sent_at
        with runtime.database.control() as conn:
            conn.execute("UPDATE control.mail SET created_at = now() - interval '31 seconds'")
        assert send_waiting(with_smtp(runtime, url)) == 1

    ids = [message["Message-ID"] for _envelope, message in sink.messages]
    assert sorted(ids) == sorted(f"<{one}@charsu.localhost>" for one in (first, second))


def test_a_server_that_is_away_costs_one_attempt_a_round(runtime, post):
    post()
    post()

    assert send_waiting(with_smtp(runtime, "smtp://127.0.0.1:1")) == 0

    assert sorted(mail.attempts for mail in outbox(runtime)) == [0, 1]


def test_a_letter_is_given_up_in_the_end(runtime, post):
    post()
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.mail SET attempts = 10, created_at = now() - interval '1 year'")

    with smtp_server() as (sink, url):
        assert send_waiting(with_smtp(runtime, url)) == 0
    assert sink.messages == []


def test_two_rounds_at_once_send_each_letter_once(runtime, post):
    for _ in range(10):
        post()
    with smtp_server() as (sink, url), ThreadPoolExecutor(3) as pool:
        sent = sum(pool.map(lambda _: send_waiting(with_smtp(runtime, url)), range(3)))

    assert sent == len(sink.messages) == 10


def test_smtp_with_a_password_logs_in(runtime, post):
    seen = []

    def check(server, session, envelope, mechanism, auth_data):
        assert isinstance(auth_data, LoginPassword)
        seen.append((auth_data.login, auth_data.password))
        return AuthResult(success=True)

    post()
    with smtp_server(authenticator=check, auth_require_tls=False) as (sink, url):
        plain = url.replace("smtp://", "smtp://user:p%40ss@") + "?starttls=0&from=shop@example.com"
        assert send_waiting(with_smtp(runtime, plain)) == 1

    assert seen == [(b"user", b"p@ss")]
    assert sink.messages[0][1]["From"].addresses[0].addr_spec == "shop@example.com"


def test_a_password_is_not_sent_where_tls_is_asked_for_and_missing(runtime, post):
    seen = []

    def check(server, session, envelope, mechanism, auth_data):
        seen.append(auth_data)
        return AuthResult(success=True)

    post()
    with smtp_server(authenticator=check, auth_require_tls=False) as (sink, url):
        asking = url.replace("smtp://", "smtp://user:pass@") + "?starttls=1"
        assert send_waiting(with_smtp(runtime, asking)) == 0

    assert seen == []
    assert sink.messages == []


@pytest.mark.parametrize(
    "to",
    ["", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example", "A <a@b.example>", "a b@c.example"],
)
def test_a_letter_goes_to_one_plain_address(to):
    with pytest.raises(ValueError, match="one plain address"):
        Letter(to, "s", "t")


def test_no_text_becomes_a_header():
    letter = Letter("a@b.example", "Hello\r\nBcc: x@y.example\x00\u2028!", "text\r\nBcc: z@y.example")

    message = compose(letter, sender="no-reply@example.com", message_id="<1@example.com>")

    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: x@y.example !"
    assert b"\nBcc:" not in message.as_bytes().split(b"\n\n")[0]


def test_the_dev_mailbox_exists_on_a_laptop_without_smtp_only(runtime, post):
    mail_id = post()
    assert has_dev_mailbox()
    assert read_mail(mail_id).subject == "سلام دنیا"
    with pytest.raises(NotFound):
        read_mail(uuid4())

    for change in ({"smtp_url": "smtp://mail.example.com"}, {"base_url": "https://charsu.example.com"}):
        with use_runtime(replace(runtime, settings=replace(runtime.settings, **change))):
            assert not has_dev_mailbox()
            with pytest.raises(NotFound):
                list_mails()
            with pytest.raises(NotFound):
                read_mail(mail_id)


def test_letters_are_written_in_the_readers_language(runtime, tenant):
    english = reset_letter(locale="en", to="a@b.example", name="<b>Mina</b>", url="http://x.example/y")
    persian = reset_letter(locale="fa", to="a@b.example", name="مینا", url="http://x.example/y")
    invited = invitation_letter(tenant, to="a@b.example", inviter="مینا", url="http://x.example/y")

    assert 'dir="ltr"' in english.html
    assert "<b>Mina</b>" not in english.html
    assert 'lang="fa" dir="rtl"' in persian.html
    assert persian.subject != english.subject
    assert tenant.name in invited.subject
    assert "http://x.example/y" in invited.text


def test_sender_defaults_to_the_bare_host():
    assert sender_of("smtp://mail.example.com", "charsu.example.com") == "no-reply@charsu.example.com"
