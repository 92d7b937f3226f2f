import re

import pytest
from tests.people.conftest import PASSWORD, VISITOR

from charsu.errors import NotFound, PermissionDenied, RuleViolated, TooManyRequests
from charsu.people.password_reset import look_at, request_reset, reset_password
from charsu.people.passwords import hash_password, needs_rehash, verify_password
from charsu.people.sessions import (
    change_password,
    change_profile,
    end_other_sessions,
    end_own_session,
    is_current,
    list_own_sessions,
)
from charsu.people.tokens import create_token
from charsu.people.visitors import Visitor
from charsu_tenants.mails import list_mails

NEW = "four quite unrelated words"


@pytest.fixture
def letters(runtime, drain):
    """`letters()`: the letters in the outbox once the jobs at hand have run, newest first."""

    def read():
        drain()
        with runtime.database.control() as conn:
            return list_mails(conn, 50)

    return read


def link_of(letter):
    return re.search(r"/password/reset/(\S+)", letter.text_body)[1]


def test_reset_link_sets_a_new_password_once_and_ends_every_session(crew, tenant, letters, audit):
    email = crew.join(tenant)
    session = crew.log_in(tenant, email)

    request_reset(email=email.upper(), origin_slug=tenant.slug, visitor=VISITOR)
    secret = link_of(letters()[0])
    look_at(secret)
    reset_password(secret, NEW, VISITOR)

    assert crew.at_door(tenant, session=session.token).person is None
    assert crew.log_in(tenant, email, NEW).token
    with pytest.raises(RuleViolated):
        crew.log_in(tenant, email, PASSWORD)
    with pytest.raises(NotFound):
        reset_password(secret, NEW, VISITOR)
    assert {"password.reset_requested", "password.reset"} <= set(audit())


def test_reset_link_leads_to_our_own_host(crew, tenant, letters):
    email = crew.join(tenant)

    request_reset(email=email, origin_slug=tenant.slug, visitor=VISITOR)
    request_reset(email=email, visitor=VISITOR)

    assert f"http://{tenant.slug}.charsu.localhost:8000/password/reset/" in letters()[1].text_body
    assert "http://charsu.localhost:8000/password/reset/" in letters()[0].text_body


def test_nothing_tells_an_unknown_address_from_a_known_one(crew, tenant, runtime, letters):
    known, disabled = crew.join(tenant), crew.join(tenant)
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.app_user SET disabled_at = now() WHERE email = %s", [disabled])

    for email in (known, disabled, "nobody@example.com", "nonsense", "", "a@b.example\nBcc: x@y.example"):
        assert request_reset(email=email, visitor=VISITOR) is None

    assert [letter.to_address for letter in letters()] == [known]


def test_the_same_is_done_for_an_unknown_address_while_somebody_waits(crew, tenant, runtime, letters):
    emails = [crew.join(tenant), "nobody@example.com"]
    for email in emails:
        request_reset(email=email, visitor=VISITOR)

    with runtime.database.control() as conn:
        waiting = conn.execute(
            "SELECT payload FROM bus.delivery WHERE handler = 'core.write_reset_letter' ORDER BY id"
        ).fetchall()
        assert conn.execute("SELECT count(*) AS found FROM control.one_time").fetchone()["found"] == 0
        assert list_mails(conn, 50) == []
    assert [row["payload"].pop("email") for row in waiting] == emails
    assert len({row["payload"].pop("mail_id") for row in waiting}) == 2
    assert waiting[0] == waiting[1]
    assert [letter.to_address for letter in letters()] == emails[:1]


def test_reset_letters_of_one_account_are_limited_silently(crew, tenant, letters):
    email = crew.join(tenant)

    for number in range(10):
        request_reset(email=email, visitor=Visitor(f"198.51.100.{number}"))

    assert len(letters()) == 3


def test_reset_requests_of_one_network_are_limited(crew, tenant):
    for number in range(30):
        request_reset(email=f"nobody{number}@example.com", visitor=VISITOR)

    with pytest.raises(TooManyRequests):
        request_reset(email="nobody@example.com", visitor=VISITOR)


def test_an_old_reset_link_is_dead(crew, tenant, runtime, letters):
    request_reset(email=crew.join(tenant), visitor=VISITOR)
    secret = link_of(letters()[0])
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.one_time SET expires_at = now()")

    with pytest.raises(NotFound):
        reset_password(secret, NEW, VISITOR)


def test_a_used_link_kills_her_other_links(crew, tenant, letters):
    email = crew.join(tenant)
    request_reset(email=email, visitor=VISITOR)
    request_reset(email=email, visitor=VISITOR)
    newest, oldest = map(link_of, letters())

    reset_password(newest, NEW, VISITOR)

    with pytest.raises(NotFound):
        reset_password(oldest, NEW, VISITOR)


def test_a_bad_new_password_keeps_the_link(crew, tenant, letters):
    request_reset(email=crew.join(tenant), visitor=VISITOR)
    secret = link_of(letters()[0])

    with pytest.raises(RuleViolated):
        reset_password(secret, "short", VISITOR)

    reset_password(secret, NEW, VISITOR)


def test_changed_password_logs_the_others_out(crew, tenant, other_tenant, audit):
    email = crew.join(tenant)
    crew.join(other_tenant, email=email)
    here, there = crew.log_in(tenant, email), crew.log_in(other_tenant, email)
    person = crew.at_door(tenant, session=here.token).person

    change_password(tenant, person, current=PASSWORD, new=NEW, visitor=VISITOR)

    assert crew.at_door(tenant, session=here.token).person
    assert crew.at_door(other_tenant, session=there.token).person is None
    assert crew.log_in(other_tenant, email, NEW).token
    assert "password.changed" in audit()


def test_changing_a_password_asks_for_the_old_one(crew, tenant):
    person = crew.person(tenant)

    with pytest.raises(RuleViolated) as caught:
        change_password(tenant, person, current="wrong", new=NEW, visitor=VISITOR)

    assert caught.value.field == "current"


def test_a_token_changes_no_password(crew, tenant):
    made = create_token(tenant, crew.person(tenant), title="till")
    program = crew.at_door(tenant, token=made.secret).person

    with pytest.raises(PermissionDenied):
        change_password(tenant, program, current=PASSWORD, new=NEW, visitor=VISITOR)


def test_own_sessions_name_the_device_and_the_place(crew, tenant):
    email = crew.join(tenant)
    first, second = crew.log_in(tenant, email), crew.log_in(tenant, email)
    person = crew.at_door(tenant, session=second.token).person
    crew.person(tenant)

    listed = list_own_sessions(tenant, person)

    assert [(one.user_agent, str(one.ip)) for one in listed] == [("Mozilla/5.0 (test)", "203.0.113.7")] * 2
    assert [is_current(one, person) for one in listed].count(True) == 1
    assert end_other_sessions(tenant, person) == 1
    assert crew.at_door(tenant, session=first.token).person is None
    assert crew.at_door(tenant, session=second.token).person


def test_one_session_can_be_ended_only_by_its_own_person(crew, tenant):
    person, other = crew.person(tenant), crew.person(tenant)
    [session] = list_own_sessions(tenant, person)

    with pytest.raises(NotFound):
        end_own_session(tenant, other, session.id)
    end_own_session(tenant, person, session.id)

    assert list_own_sessions(tenant, person) == []


def test_profile_is_the_persons_own(crew, tenant):
    email = crew.join(tenant)
    session = crew.log_in(tenant, email)
    change_profile(tenant, crew.at_door(tenant, session=session.token).person, name="مینا", locale="fa")

    person = crew.at_door(tenant, session=session.token).person
    assert (person.name, person.locale) == ("مینا", "fa")


@pytest.mark.parametrize(
    ("typed", "meant"), [("ﬁve ﬁne words", "five fine words"), ("pa\u0301sswo\u0301rd", "pásswórd")]
)
def test_a_password_is_the_same_however_the_keyboard_composes_it(runtime, tenant, typed, meant):
    assert verify_password(hash_password(typed), meant)


def test_passwords_are_hashed_by_argon2id_with_the_stated_cost(runtime, tenant):
    hashed = hash_password(PASSWORD)

    assert hashed.startswith("$argon2id$")
    assert not needs_rehash(hashed)
    assert needs_rehash("$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHRzb21l$tYmFzZTY0ZW5jb2RlZGhhc2g")
    assert not verify_password("not a hash", PASSWORD)
    assert not verify_password(None, PASSWORD)
