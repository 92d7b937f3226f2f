import pytest

from charsu.errors import Conflict, NotFound, PermissionDenied, RuleViolated
from charsu.people.members import change_role
from charsu.people.permissions import all_permissions, builtin_roles, refresh_builtin_roles
from charsu.people.roles import create_role, delete_role, list_roles, update_role
from charsu_tenants.grants import Grant
from charsu_tenants.roles import create_builtin_roles


def test_builtin_roles_widen_from_viewer_to_owner(runtime, tenant):
    granted = {key: permissions for key, (_title, permissions) in builtin_roles().items()}

    assert granted["viewer"] < granted["staff"] < granted["manager"]
    assert granted["owner"] == {"*"}
    assert not any(
        name.endswith((".write", ".manage", ".delete"))
        for name in granted["viewer"] - {"core.session.manage"}
    )


def test_default_roles_of_every_permission_are_known(runtime, tenant):
    known = set(builtin_roles())

    proposed = {role for item in all_permissions().values() for role in item.default_roles}
    assert {role.partition("@")[0] for role in proposed} <= known


def test_role_of_ones_own_is_in_force_at_once(crew, tenant, audit):
    owner = crew.person(tenant)
    session = crew.log_in(tenant, crew.join(tenant, "staff"))
    role = create_role(tenant, owner, key="buyer", title="Buyer", grant=Grant(["core.audit.read"]))
    change_role(tenant, owner, member_id=session.member_id, role_key="buyer")
    assert crew.at_door(tenant, session=session.token).person.permissions == {"core.audit.read"}

    update_role(tenant, owner, role.id, permissions=[])

    assert crew.at_door(tenant, session=session.token).person.permissions == set()
    assert [action for action in audit() if action.startswith("role.")] == ["role.created", "role.changed"]


def test_nobody_makes_or_changes_a_role_beyond_her_own_permissions(crew, tenant):
    owner, manager = crew.person(tenant), crew.person(tenant, "manager")
    strong = create_role(tenant, owner, key="strong", title="Strong", grant=Grant(["core.role.manage"]))
    weak = create_role(tenant, owner, key="weak", title="Weak", grant=Grant([]))

    with pytest.raises(PermissionDenied):
        create_role(tenant, manager, key="mine", title="Mine", grant=Grant(["core.role.manage"]))
    with pytest.raises(PermissionDenied):
        create_role(tenant, manager, key="mine", title="Mine", grant=Grant(["*"]))
    with pytest.raises(PermissionDenied):
        update_role(tenant, manager, weak.id, permissions=["core.role.manage"])
    with pytest.raises(PermissionDenied):
        update_role(tenant, manager, strong.id, permissions=[])
    with pytest.raises(PermissionDenied):
        delete_role(tenant, manager, strong.id)


def test_unknown_permission_is_refused(crew, tenant):
    with pytest.raises(RuleViolated) as caught:
        create_role(tenant, crew.person(tenant), key="x", title="X", grant=Grant(["core.nosuch.thing"]))

    assert caught.value.field == "permissions"


@pytest.mark.parametrize("key", ["", "Big", "1st", "with space", "نقش", "x" * 41])
def test_bad_key_is_refused(crew, tenant, key):
    with pytest.raises(RuleViolated) as caught:
        create_role(tenant, crew.person(tenant), key=key, title="X", grant=Grant([]))

    assert caught.value.field == "key"


def test_builtin_roles_stay_as_they_are(crew, tenant):
    owner = crew.person(tenant)
    builtin = next(role for role in list_roles(tenant) if role.key == "staff")

    with pytest.raises(Conflict):
        update_role(tenant, owner, builtin.id, permissions=[])
    with pytest.raises(Conflict):
        delete_role(tenant, owner, builtin.id)
    with pytest.raises(Conflict):
        create_role(tenant, owner, key="staff", title="Mine", grant=Grant([]))


def test_role_that_somebody_has_stays(crew, tenant):
    owner, member = crew.person(tenant), crew.person(tenant, "staff")
    role = create_role(tenant, owner, key="buyer", title="Buyer", grant=Grant([]))
    change_role(tenant, owner, member_id=member.member_id, role_key="buyer")

    with pytest.raises(Conflict):
        delete_role(tenant, owner, role.id)


def test_role_of_another_business_is_unknown_here(crew, tenant, other_tenant):
    theirs = create_role(other_tenant, crew.person(other_tenant), key="x", title="X", grant=Grant([]))

    with pytest.raises(NotFound):
        delete_role(tenant, crew.person(tenant), theirs.id)


def test_new_builtin_role_comes_to_tenants_that_signed_up_before(crew, tenant, other_tenant, runtime):
    crew.person(tenant)
    owner = crew.person(other_tenant)
    with runtime.database.control() as conn:
        conn.execute("DELETE FROM control.role WHERE key = 'dealer'")
    own = create_role(other_tenant, owner, key="dealer", title="Mine", grant=Grant([]))

    refresh_builtin_roles()

    assert {role.key for role in list_roles(tenant)} == set(builtin_roles())
    dealers = [role for role in list_roles(other_tenant) if role.key == "dealer"]
    assert [(role.id, role.is_builtin, role.permissions) for role in dealers] == [(own.id, False, [])]
    assert refresh_builtin_roles() == 0


def test_dealer_sees_no_further_than_her_team(crew, tenant):
    dealer = crew.person(tenant, "dealer")

    assert not dealer.can("core.member.manage")
    assert not dealer.can("core.role.manage")
    scoped = {name for name, item in all_permissions().items() if item.is_scoped}
    assert all(dealer.scope(name) in {None, "team", "own"} for name in scoped)
    # Pipelines and their stages say how the business works, not with whom: everybody sees them all.
    assert dealer.scope("crm.stage.read") == dealer.scope("crm.pipeline.read") == "all"
    assert not dealer.can("crm.stage.write")


def test_scope_of_what_nobody_owns_is_refused_with_a_reason(api, client):
    for scope in ("own", "team"):
        body = {"key": f"half_{scope}", "title": "Half", "permissions": [f"crm.stage.write@{scope}"]}
        refused = api.post("/api/v1/core/roles", json=body)
        page = client.post("/roles", data={"title": "Half", "permissions": [f"crm.stage.write@{scope}"]})

        assert (refused.status_code, refused.json["code"]) == (422, "permission_not_scoped")
        assert page.status_code == 422
        assert "for all or not at all" in page.text
    form = client.get("/roles/new").text
    assert 'value="crm.stage.write"' in form
    assert "crm.stage.write@own" not in form
    assert "crm.deal.write@own" in form


def test_scope_of_the_set_up_from_before_counts_for_reading_alone(client, people, tenant):
    keeper = people.member(tenant, ["crm.stage.read@own", "crm.stage.write@own", "crm.pipeline.read@team"])
    program = people.program(keeper)

    stages = program.get("/api/v1/crm/stages").json["items"]
    pipelines = program.get("/api/v1/crm/pipelines").json["items"]
    changed = program.patch(f"/api/v1/crm/stages/{stages[0]['id']}", json={"name": "x"})

    assert stages
    assert pipelines
    assert changed.status_code == 403


def test_builtin_roles_gain_what_installed_modules_bring_and_lose_nothing(crew, tenant, runtime):
    session = crew.log_in(tenant, crew.join(tenant, "staff"))
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.role SET permissions = '{old.module.read}' WHERE key = 'staff'")

    refresh_builtin_roles()

    assert crew.at_door(tenant, session=session.token).person.permissions == {
        "old.module.read",
        *builtin_roles()["staff"][1],
    }
    assert refresh_builtin_roles() == 0


def test_more_tenants_than_go_at_a_time_all_gain_it(tenant, other_tenant, runtime, monkeypatch):
    with runtime.database.control() as conn:
        for shop in (tenant, other_tenant):
            create_builtin_roles(conn, shop.id, builtin_roles())
        conn.execute("UPDATE control.role SET permissions = '{}' WHERE key = 'staff'")
        conn.execute("DELETE FROM control.role WHERE key = 'dealer'")
    monkeypatch.setattr("charsu_tenants.roles._AT_A_TIME", 1)

    assert refresh_builtin_roles() == 4

    assert refresh_builtin_roles() == 0
