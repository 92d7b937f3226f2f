import time
from statistics import median

import pytest

from charsu.people.login import log_out
from charsu.people.members import change_role, remove_member
from charsu.people.tokens import create_token, revoke_token
from charsu_tenants.door import slug_of
from charsu_tenants.grants import effective_permissions
from charsu_tenants.registry import suspend_tenant


def test_unknown_host_is_nobodys(crew, tenant, runtime):
    base = runtime.settings.base_host

    for host in (f"nosuch.{base}", "evil.example", base, f"a.{tenant.slug}.{base}", "", "%00", "x" * 300):
        assert crew.door.admit(host) is None


def test_host_is_compared_without_case(crew, runtime, tenant):
    base = runtime.settings.base_host

    assert crew.door.admit(f"{tenant.slug.upper()}.{base}").tenant.id == tenant.id


def test_own_domain_leads_to_its_tenant(crew, runtime, tenant):
    with runtime.database.control() as conn:
        conn.execute("INSERT INTO control.domain VALUES ('crm.example.com', %s)", [tenant.id])

    found = crew.door.admit("CRM.example.com")

    assert found.tenant.id == tenant.id


def test_spare_schemas_are_nobodys_host(runtime):
    assert slug_of(".localhost", "localhost") == ""
    assert slug_of("localhost", "localhost") is None
    assert slug_of("a.b.localhost", "localhost") is None


def test_session_admits_on_its_own_host_only(crew, tenant, other_tenant):
    session = crew.log_in(tenant, crew.join(tenant))

    assert crew.at_door(tenant, session=session.token).person.via == "session"
    assert crew.at_door(other_tenant, session=session.token).person is None


def test_who_works_at_both_needs_a_credential_of_each(crew, tenant, other_tenant):
    person = crew.person(tenant)
    crew.join(other_tenant, email=person.email)
    session = crew.log_in(tenant, person.email)
    made = create_token(tenant, person, title="till")

    assert crew.at_door(other_tenant, session=session.token).person is None
    assert crew.at_door(other_tenant, token=made.secret).person is None


def test_ended_session_is_refused_at_the_next_request(crew, tenant):
    session = crew.log_in(tenant, crew.join(tenant))
    log_out(tenant, token=session.token)

    assert crew.at_door(tenant, session=session.token).person is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE control.web_session SET expires_at = now()",
        "UPDATE control.app_user SET disabled_at = now()",
        "DELETE FROM control.membership",
    ],
)
def test_session_of_one_who_may_not_come_in_is_refused_at_once(crew, tenant, runtime, change):
    session = crew.log_in(tenant, crew.join(tenant))

    with runtime.database.control() as conn:
        conn.execute(change)

    assert crew.at_door(tenant, session=session.token).person is None


def test_revoked_token_is_refused_at_the_next_request(crew, tenant):
    owner = crew.person(tenant)
    made = create_token(tenant, owner, title="till")
    assert crew.at_door(tenant, token=made.secret).person.user_id == owner.user_id

    revoke_token(tenant, owner, made.token.id)

    assert crew.at_door(tenant, token=made.secret).person is None


def test_expired_token_is_refused(crew, tenant, runtime):
    made = create_token(tenant, crew.person(tenant), title="till")

    with runtime.database.control() as conn:
        conn.execute("UPDATE control.api_token SET expires_at = now() - interval '1 second'")

    assert crew.at_door(tenant, token=made.secret).person is None


def test_token_of_another_tenant_is_refused(crew, tenant, other_tenant):
    made = create_token(tenant, crew.person(tenant), title="till")

    assert crew.at_door(other_tenant, token=made.secret).person is None


def test_token_may_do_what_role_and_scopes_both_allow(crew, tenant):
    manager = crew.person(tenant, "manager")
    narrow = create_token(tenant, manager, title="narrow", scopes=["core.member.read"])
    whole = create_token(tenant, manager, title="whole")

    assert crew.at_door(tenant, token=narrow.secret).person.permissions == {"core.member.read"}
    assert crew.at_door(tenant, token=whole.secret).person.permissions == manager.permissions


def test_token_loses_what_its_owner_loses(crew, tenant):
    owner, member = crew.person(tenant), crew.person(tenant, "manager")
    made = create_token(tenant, member, title="till", scopes=["core.member.read", "core.member.manage"])

    change_role(tenant, owner, member_id=member.member_id, role_key="viewer")

    assert crew.at_door(tenant, token=made.secret).person.permissions == {"core.member.read"}


def test_tokens_of_a_removed_member_die(crew, tenant, runtime):
    owner, member = crew.person(tenant), crew.person(tenant, "manager")
    made = create_token(tenant, member, title="till")

    remove_member(tenant, owner, member.member_id)
    assert crew.at_door(tenant, token=made.secret).person is None
    crew.join(tenant, "owner", email=member.email)

    assert crew.at_door(tenant, token=made.secret).person is None


def test_token_beats_session(crew, tenant):
    session = crew.log_in(tenant, crew.join(tenant))
    made = create_token(tenant, crew.person(tenant, "manager"), title="till")

    assert crew.at_door(tenant, session=session.token, token=made.secret).person.via == "token"
    assert crew.at_door(tenant, session=session.token, token="charsu_wrong").person is None


def test_suspended_tenant_is_reported_as_such(crew, tenant, runtime):
    suspend_tenant(runtime.database, tenant.id)

    assert crew.at_door(tenant).tenant.status == "suspended"


def test_visit_is_written_down_once_a_minute(crew, tenant, runtime):
    session = crew.log_in(tenant, crew.join(tenant))

    def seen(age):
        with runtime.database.control() as conn:
            conn.execute("UPDATE control.web_session SET last_seen_at = now() - %s::interval", [age])
        crew.at_door(tenant, session=session.token)
        with runtime.database.control() as conn:
            return conn.execute(
                "SELECT extract(epoch FROM now() - last_seen_at)::float AS age FROM control.web_session"
            ).fetchone()["age"]

    assert seen("30 seconds") > 29
    assert seen("90 seconds") < 5


def test_first_use_of_a_token_is_written_down(crew, tenant, runtime):
    made = create_token(tenant, crew.person(tenant), title="till")

    crew.at_door(tenant, token=made.secret)

    with runtime.database.control() as conn:
        assert conn.execute("SELECT last_used_at FROM control.api_token").fetchone()["last_used_at"]


@pytest.mark.parametrize(
    ("role", "scopes", "effective"),
    [
        (["a", "b"], None, {"a", "b"}),
        (["a", "b"], ["*"], {"a", "b"}),
        (["*"], ["a"], {"a"}),
        (["*"], ["*"], {"*"}),
        (["a", "b"], ["b", "c"], {"b"}),
        (["a"], [], set()),
    ],
)
def test_effective_permissions_never_exceed_role_or_scopes(role, scopes, effective):
    assert effective_permissions(role, scopes) == effective


def test_admission_is_one_quick_read(crew, tenant, runtime):
    session = crew.log_in(tenant, crew.join(tenant))
    times, bare = [], []

    for _ in range(300):
        start = time.perf_counter()
        crew.at_door(tenant, session=session.token)
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        with runtime.database.control_autocommit() as conn:
            conn.execute("SELECT 1")
        bare.append(time.perf_counter() - start)

    # On a busy machine the barest statement takes its time as well.
    assert median(times) < max(0.005, 15 * median(bare))
