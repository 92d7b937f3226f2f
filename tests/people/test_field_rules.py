"""Rules about fields of records: kept in roles, edited by page and API, fetched at the door."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from charsu.errors import PermissionDenied, RuleViolated
from charsu.people.roles import create_role, update_role
from charsu.plugins.manifest import Manifest
from charsu.process import Runtime, use_runtime
from charsu.records import Record, RecordType
from charsu.records.fields import InstantField, LongTextField, TextField
from charsu.testing.clients import People, application_of
from charsu.testing.planting import make_plugin, plant, turn_on
from charsu_tenants.admission import Person
from charsu_tenants.grants import Grant

READ = "orchard.tree.read"
HIDDEN = {"orchard.tree": {"place": "none", "note": "read"}}


class Tree(Record):
    __tablename__ = "orchard_tree"

    title: Mapped[str]
    place: Mapped[str] = mapped_column()
    note: Mapped[str] = mapped_column()


ORCHARD = make_plugin(
    Manifest(name="orchard", title="Orchard", summary="Trees.", version="0", path="orchard"),
    records=lambda: [
        RecordType(
            module="orchard",
            name="tree",
            model=Tree,
            title="Tree",
            plural_title="Trees",
            fields=(
                TextField(name="title", title="Name", is_searched=True),
                TextField(name="place", title="Place"),
                LongTextField(name="note", title="Note"),
                InstantField(name="created_at", title="Planted", is_read_only=True),
            ),
        )
    ],
)


@pytest.fixture(scope="module")
def grown(started_runtime) -> Runtime:
    grown = plant(started_runtime, ORCHARD)
    assert not [one for one in grown.plugins.quarantined if one.name == "orchard"]
    return grown


@pytest.fixture
def planted(grown, tenant) -> Iterator[People]:
    with use_runtime(grown):
        turn_on(grown, tenant, "orchard")
        yield People(grown, application_of(grown))


@pytest.fixture
def owner(crew, tenant) -> Person:
    return crew.person(tenant)


def test_rules_are_fetched_at_the_door_for_browser_and_token_alike(crew, planted, tenant, owner):
    member = planted.member(tenant, [READ], HIDDEN)
    program = planted.program(member)
    secret = program.headers["Authorization"].removeprefix("Bearer ")
    person = crew.at_door(tenant, token=secret).person

    assert person.field_access("orchard.tree", "place") == "none"
    assert person.field_access("orchard.tree", "note") == "read"
    assert owner.field_rules == {}


def test_role_keeps_its_rules_until_they_are_replaced(planted, tenant, owner):
    role = create_role(tenant, owner, key="x", title="X", grant=Grant([READ], HIDDEN))
    assert role.field_rules == HIDDEN

    assert update_role(tenant, owner, role.id, title="Y").field_rules == HIDDEN
    assert update_role(tenant, owner, role.id, permissions=[]).field_rules == HIDDEN
    assert update_role(tenant, owner, role.id, field_rules={}).field_rules == {}


def test_an_open_field_needs_no_rule(planted, tenant, owner):
    role = create_role(
        tenant, owner, key="x", title="X", grant=Grant([], {"orchard.tree": {"place": "write"}})
    )

    assert role.field_rules == {}


@pytest.mark.parametrize(
    "rules",
    [
        {"no.such": {"name": "none"}},
        {"orchard.tree": {"nothing": "none"}},
        {"orchard.tree": {"place": "maybe"}},
        {"orchard.tree": {"title": "none"}},
    ],
)
def test_rule_about_nothing_is_refused(planted, tenant, owner, rules):
    with pytest.raises(RuleViolated) as caught:
        create_role(tenant, owner, key="x", title="X", grant=Grant([], rules))

    assert caught.value.field == "field_rules"


def test_custom_field_of_the_business_can_be_closed_too(planted, tenant, owner, tenant_work):
    with tenant_work(tenant) as session:
        session.execute(
            text(
                "INSERT INTO core_custom_field (record_type, key, title, kind)"
                " VALUES ('orchard.tree', 'x_age', 'Age', 'number')"
            )
        )

    role = create_role(
        tenant, owner, key="x", title="X", grant=Grant([], {"orchard.tree": {"x_age": "none"}})
    )

    assert role.field_rules == {"orchard.tree": {"x_age": "none"}}


def test_nobody_makes_a_role_that_sees_more_fields_than_she_does(planted, crew, tenant, owner):
    permissions = ["core.role.manage", READ]
    limited = planted.member(tenant, permissions, HIDDEN)
    secret = planted.program(limited).headers["Authorization"].removeprefix("Bearer ")
    person = crew.at_door(tenant, token=secret).person

    with pytest.raises(PermissionDenied):
        create_role(tenant, person, key="x", title="X", grant=Grant([READ]))
    role = create_role(tenant, person, key="x", title="X", grant=Grant([READ], HIDDEN))
    with pytest.raises(PermissionDenied):
        update_role(tenant, person, role.id, field_rules={})


def test_invitation_and_change_of_role_open_no_field_either(planted, tenant):
    limited = planted.member(tenant, ["core.member.manage", READ], HIDDEN)
    other = planted.member(tenant, [READ], HIDDEN)
    open_role = planted.member(tenant, [READ])
    program = planted.program(limited)
    of_owner = planted.program(planted.member(tenant))
    key = of_owner.get(f"/api/v1/core/members/{open_role.member_id}").json["role"]

    assert program.post("/api/v1/core/invitations", json={"role": key}).status_code == 403
    change = program.patch(f"/api/v1/core/members/{other.member_id}", json={"role": key})
    assert change.status_code == 403


def test_page_asks_scope_of_each_permission_and_access_of_each_field(planted, tenant):
    browser = planted.browser(planted.member(tenant))
    form = {
        "title": "Picker",
        "permissions": [f"{READ}@team", "", "core.member.read"],
        "field_rules": ["orchard.tree/place:none", "", "orchard.tree/note:read"],
    }

    assert browser.post("/roles", data=form).status_code == 303
    path = re.search(r'href="(/roles/[0-9a-f-]{36})"><bdi>Picker', browser.get("/roles").text)[1]
    page = browser.get(path).text

    for value in (f"{READ}@team", "orchard.tree/place:none", "orchard.tree/note:read"):
        assert f'value="{value}" selected' in page
    assert "orchard.tree/title:none" not in page
    assert "orchard.tree/created_at:read" not in page


def test_saving_a_role_keeps_what_its_page_does_not_show(planted, tenant, owner):
    role = create_role(tenant, owner, key="x", title="X", grant=Grant([f"{READ}@own"], HIDDEN))
    with planted.runtime.database.control() as conn:
        conn.execute("UPDATE control.tenant_module SET state = 'disabled' WHERE module = 'orchard'")
    browser = planted.browser(planted.member(tenant))

    browser.post(f"/roles/{role.id}", data={"title": "Y", "permissions": ["core.member.read"]})

    program = planted.program(planted.member(tenant))
    kept = next(one for one in program.get("/api/v1/core/roles").json["items"] if one["key"] == "x")
    assert kept["title"] == "Y"
    assert set(kept["permissions"]) == {"core.member.read", f"{READ}@own"}
    assert kept["field_rules"] == HIDDEN


def test_refused_form_shows_again_what_was_chosen(planted, tenant):
    browser = planted.browser(planted.member(tenant))

    answer = browser.post(
        "/roles",
        data={"title": "", "permissions": [f"{READ}@own"], "field_rules": ["orchard.tree/place:none"]},
    )

    assert answer.status_code == 422
    assert f'value="{READ}@own" selected' in answer.text
    assert 'value="orchard.tree/place:none" selected' in answer.text


def test_api_tells_and_takes_scopes_and_rules(planted, tenant):
    program = planted.program(planted.member(tenant))
    body = {"key": "x", "title": "X", "permissions": [f"{READ}@own"], "field_rules": HIDDEN}

    made = program.post("/api/v1/core/roles", json=body)
    assert made.status_code == 201
    assert made.json["field_rules"] == HIDDEN
    changed = program.patch(f"/api/v1/core/roles/{made.json['id']}", json={"permissions": [READ]})

    assert changed.json["permissions"] == [READ]
    assert changed.json["field_rules"] == HIDDEN
    listed = program.get("/api/v1/core/permissions?limit=200").json["items"]
    assert {one["name"]: one["is_scoped"] for one in listed}.items() >= {
        READ: True,
        "core.member.read": False,
    }.items()


@pytest.mark.parametrize(
    "change",
    [
        {"permissions": ["core.member.read@team"]},
        {"permissions": [f"{READ}@mine"]},
        {"permissions": [f"{READ}@"]},
        {"permissions": ["@own"]},
        {"field_rules": {"orchard.tree": {"place": 1}}},
        {"field_rules": {"orchard.tree": "none"}},
        {"field_rules": {"orchard.tree": {"place": "none\x00"}}},
        {"field_rules": []},
        {"field_rules": {f"t{number}": {} for number in range(600)}},
    ],
)
def test_api_refuses_what_is_no_scope_or_rule(planted, tenant, change):
    program = planted.program(planted.member(tenant))
    body = {"key": "x", "title": "X", "permissions": [], **change}

    assert program.post("/api/v1/core/roles", json=body).status_code == 422
