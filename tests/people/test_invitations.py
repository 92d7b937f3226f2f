from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.people.conftest import PASSWORD, VISITOR

from charsu.errors import Conflict, DomainError, NotFound, PermissionDenied, RuleViolated
from charsu.people.invitations import Acceptance, accept, invite, list_open, look_at, revoke
from charsu.people.members import change_role, list_members, remove_member
from charsu.people.visitors import Visitor
from charsu_tenants.mails import list_mails


def secret_of(issued):
    return issued.url.rpartition("/")[2]


def newcomer(number=1):
    return Acceptance(email=f"new{number}@example.com", password=PASSWORD, name=f"New {number}", locale="en")


def test_a_newcomer_joins_with_the_role_and_is_logged_in(crew, tenant, audit):
    issued = invite(tenant, crew.person(tenant), role_key="staff")

    session = accept(tenant, secret_of(issued), newcomer(), VISITOR)

    person = crew.at_door(tenant, session=session.token).person
    assert (person.role_key, person.name, person.email) == ("staff", "New 1", "new1@example.com")
    assert audit()[-3:] == ["invitation.created", "member.joined", "session.opened"]
    assert list_open(tenant) == []


def test_a_link_works_once(crew, tenant):
    issued = invite(tenant, crew.person(tenant), role_key="staff")
    accept(tenant, secret_of(issued), newcomer(), VISITOR)

    with pytest.raises(NotFound):
        accept(tenant, secret_of(issued), newcomer(2), VISITOR)
    with pytest.raises(NotFound):
        look_at(tenant, secret_of(issued))


def test_one_who_was_removed_can_be_invited_back(crew, tenant):
    accept(tenant, secret_of(invite(tenant, crew.person(tenant), role_key="staff")), newcomer(), VISITOR)
    gone = next(member for member in list_members(tenant) if member.email == "new1@example.com")
    remove_member(tenant, crew.person(tenant), gone.member_id)

    back = invite(tenant, crew.person(tenant), role_key="viewer")
    session = accept(tenant, secret_of(back), newcomer(), VISITOR)

    assert crew.at_door(tenant, session=session.token).person.role_key == "viewer"


def test_of_parallel_acceptances_one_wins(crew, tenant, runtime):
    issued = invite(tenant, crew.person(tenant), role_key="staff")

    def attempt(number):
        try:
            return accept(tenant, secret_of(issued), newcomer(number), Visitor(f"198.51.100.{number}"))
        except NotFound:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [session for session in pool.map(attempt, range(8)) if session]

    assert len(winners) == 1
    assert len(list_members(tenant)) == 2
    with runtime.database.control() as conn:
        made = conn.execute("SELECT count(*) AS n FROM control.app_user WHERE email LIKE 'new%'").fetchone()
    assert made["n"] == 1


def test_an_account_joins_with_its_own_password(crew, tenant, other_tenant):
    email = crew.join(other_tenant)
    issued = invite(tenant, crew.person(tenant), role_key="viewer")

    with pytest.raises(RuleViolated):
        accept(tenant, secret_of(issued), Acceptance(email=email, password="wrong password"), VISITOR)
    session = accept(tenant, secret_of(issued), Acceptance(email=email, password=PASSWORD), VISITOR)

    assert crew.at_door(tenant, session=session.token).person.email == email


def test_a_member_can_not_join_again_and_does_not_use_the_link_up(crew, tenant):
    owner = crew.person(tenant)
    issued = invite(tenant, owner, role_key="viewer")

    with pytest.raises(Conflict):
        accept(tenant, secret_of(issued), Acceptance(email=owner.email, password=PASSWORD), VISITOR)

    assert len(list_open(tenant)) == 1


def test_a_link_for_an_address_is_for_that_address(crew, tenant, runtime):
    issued = invite(tenant, crew.person(tenant), role_key="staff", email=" New1@Example.com ")

    with pytest.raises(RuleViolated):
        accept(tenant, secret_of(issued), newcomer(2), VISITOR)
    assert accept(tenant, secret_of(issued), newcomer(1), VISITOR).token

    with runtime.database.control() as conn:
        [letter] = list_mails(conn, 10)
    assert letter.to_address == "new1@example.com"
    assert issued.url in letter.text_body
    assert 'dir="rtl"' in (letter.html_body or "")


@pytest.mark.parametrize("change", ["expires_at = now()", "revoked_at = now()", "accepted_at = now()"])
def test_a_dead_link_opens_nothing(crew, tenant, runtime, change):
    issued = invite(tenant, crew.person(tenant), role_key="staff")
    with runtime.database.control() as conn:
        conn.execute(f"UPDATE control.invitation SET {change}")

    with pytest.raises(NotFound):
        accept(tenant, secret_of(issued), newcomer(), VISITOR)


def test_a_link_of_another_business_opens_nothing_here(crew, tenant, other_tenant):
    issued = invite(tenant, crew.person(tenant), role_key="staff")

    with pytest.raises(NotFound):
        accept(other_tenant, secret_of(issued), newcomer(), VISITOR)


def test_nobody_invites_above_her_own_role(crew, tenant):
    with pytest.raises(PermissionDenied):
        invite(tenant, crew.person(tenant, "manager"), role_key="owner")


def test_a_link_is_worth_no_more_than_its_giver_is_now(crew, tenant):
    owner, manager = crew.person(tenant), crew.person(tenant, "manager")
    issued = invite(tenant, manager, role_key="manager")
    change_role(tenant, owner, member_id=manager.member_id, role_key="viewer")

    with pytest.raises(NotFound):
        accept(tenant, secret_of(issued), newcomer(), VISITOR)


def test_a_revoked_link_is_closed(crew, tenant, audit):
    owner = crew.person(tenant)
    issued = invite(tenant, owner, role_key="staff")

    revoke(tenant, owner, issued.invitation.id)

    with pytest.raises(NotFound):
        look_at(tenant, secret_of(issued))
    with pytest.raises(NotFound):
        revoke(tenant, owner, issued.invitation.id)
    assert audit()[-1] == "invitation.revoked"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "nonsense"}, "email"), ({"name": " "}, "name"), ({"password": "short"}, "password")],
)
def test_a_bad_acceptance_names_its_field_and_keeps_the_link(crew, tenant, change, field):
    issued = invite(tenant, crew.person(tenant), role_key="staff")
    given = {"email": "new@example.com", "password": PASSWORD, "name": "New"} | change

    with pytest.raises(DomainError) as caught:
        accept(tenant, secret_of(issued), Acceptance(**given), VISITOR)

    assert caught.value.field == field
    assert len(list_open(tenant)) == 1
