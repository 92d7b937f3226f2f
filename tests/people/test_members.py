from concurrent.futures import ThreadPoolExecutor

import pytest

from charsu.errors import Conflict, NotFound, PermissionDenied
from charsu.people.invitations import invite, list_open
from charsu.people.members import change_role, get_member, list_members, remove_member


def test_changed_role_counts_at_the_next_request(crew, tenant, audit):
    owner = crew.person(tenant)
    session = crew.log_in(tenant, crew.join(tenant, "staff"))
    assert not crew.at_door(tenant, session=session.token).person.can("core.member.manage")

    change_role(tenant, owner, member_id=session.member_id, role_key="manager")

    assert crew.at_door(tenant, session=session.token).person.can("core.member.manage")
    assert "member.role_changed" in audit()


def test_nobody_grants_a_role_above_her_own(crew, tenant, digest):
    manager, staff = crew.person(tenant, "manager"), crew.person(tenant, "staff")
    before = digest(tenant)

    with pytest.raises(PermissionDenied):
        change_role(tenant, manager, member_id=staff.member_id, role_key="owner")
    with pytest.raises(PermissionDenied):
        change_role(tenant, manager, member_id=manager.member_id, role_key="owner")

    assert digest(tenant) == before


def test_nobody_touches_a_member_above_her(crew, tenant):
    crew.person(tenant)
    owner, manager = crew.person(tenant), crew.person(tenant, "manager")

    with pytest.raises(PermissionDenied):
        change_role(tenant, manager, member_id=owner.member_id, role_key="viewer")
    with pytest.raises(PermissionDenied):
        remove_member(tenant, manager, owner.member_id)


def test_the_last_owner_stays(crew, tenant, digest):
    owner = crew.person(tenant)
    before = digest(tenant)

    with pytest.raises(Conflict) as demoted:
        change_role(tenant, owner, member_id=owner.member_id, role_key="viewer")
    with pytest.raises(Conflict) as removed:
        remove_member(tenant, owner, owner.member_id)

    assert {demoted.value.code, removed.value.code} == {"last_owner"}
    assert digest(tenant) == before


def test_a_disabled_owner_does_not_count(crew, tenant, runtime):
    owner, other = crew.person(tenant), crew.person(tenant)
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.app_user SET disabled_at = now() WHERE id = %s", [other.user_id])

    with pytest.raises(Conflict):
        remove_member(tenant, owner, owner.member_id)


def test_two_owners_who_remove_each_other_at_once_leave_one(crew, tenant):
    first, second = crew.person(tenant), crew.person(tenant)

    def attempt(pair):
        actor, victim = pair
        try:
            remove_member(tenant, actor, victim.member_id)
        except (Conflict, NotFound):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, [(first, second), (second, first)]))

    assert sorted(outcomes) == [False, True]
    assert [member.role_key for member in list_members(tenant)] == ["owner"]


def test_a_removed_member_is_out_at_once_and_everything_of_hers_is_closed(crew, tenant, tenant_work, audit):
    owner, manager = crew.person(tenant), crew.person(tenant, "manager")
    session = crew.log_in(tenant, manager.email)
    invite(tenant, manager, role_key="staff")

    remove_member(tenant, owner, manager.member_id)

    assert crew.at_door(tenant, session=session.token).person is None
    assert list_open(tenant) == []
    with pytest.raises(NotFound):
        get_member(tenant, manager.member_id)
    with tenant_work(tenant) as work:
        rows = work.connection().exec_driver_sql(
            "SELECT is_active FROM core_member WHERE id = %(id)s", {"id": manager.member_id}
        )
        assert rows.scalar() is False
    assert audit()[-1] == "member.removed"


def test_removal_does_not_reach_her_other_businesses(crew, tenant, other_tenant):
    owner, member = crew.person(tenant), crew.person(tenant, "staff")
    crew.join(other_tenant, "owner", email=member.email)
    elsewhere = crew.log_in(other_tenant, member.email)

    remove_member(tenant, owner, member.member_id)

    assert crew.at_door(other_tenant, session=elsewhere.token).person


def test_members_of_another_business_are_unknown_here(crew, tenant, other_tenant, digest):
    owner, stranger = crew.person(tenant), crew.person(other_tenant, "staff")
    before = digest(other_tenant)

    with pytest.raises(NotFound):
        remove_member(tenant, owner, stranger.member_id)
    with pytest.raises(NotFound):
        change_role(tenant, owner, member_id=stranger.member_id, role_key="viewer")

    assert digest(other_tenant) == before
