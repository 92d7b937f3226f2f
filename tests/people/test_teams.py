"""Teams, branches and dealers: made, filled and deleted by those whose own view is not narrowed."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from charsu.people.members import remove_member


@pytest.fixture
def staff(people, tenant):
    """Three members by name; the first may do everything."""
    return {name: people.member(tenant) for name in ("mina", "nader", "omid")}


@pytest.fixture
def program(people, staff):
    return people.program(staff["mina"])


def ids(*members):
    return [str(one.member_id) for one in members]


def make(program, name="West", **body):
    answer = program.post("/api/v1/core/teams", json={"name": name, **body})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_team_is_made_filled_renamed_and_deleted(program, staff, tenant, audit):
    made = make(program, kind="branch", members=ids(staff["nader"]))
    path = f"/api/v1/core/teams/{made['id']}"
    assert made["members"] == ids(staff["nader"])

    filled = program.put(f"{path}/members", json={"members": ids(staff["omid"], staff["nader"])})
    changed = program.patch(path, json={"name": "East", "kind": "dealer"})

    assert set(filled.json["members"]) == set(ids(staff["omid"], staff["nader"]))
    assert (changed.json["name"], changed.json["kind"]) == ("East", "dealer")
    assert program.get("/api/v1/core/teams").json["items"] == [changed.json]
    assert program.delete(path).status_code == 204
    assert program.get(path).status_code == 404
    assert [action for action in audit() if action.startswith("team.")] == [
        "team.created",
        "team.members_changed",
        "team.changed",
        "team.deleted",
    ]


def test_names_that_fold_alike_are_one_name(program):
    make(program, "شعبهٔ یک")
    other = make(program, "West")

    again = program.post("/api/v1/core/teams", json={"name": "شعبه\u200cي  ۱".replace("ي  ۱", " يك")})
    renamed = program.patch(f"/api/v1/core/teams/{other['id']}", json={"name": "شعبهٔ يك"})

    assert again.status_code == 409
    assert renamed.status_code == 409
    assert {team["name"] for team in program.get("/api/v1/core/teams").json["items"]} == {
        "شعبهٔ یک",
        "West",
    }


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"kind": "gang"},
        {"members": ["x"]},
        {"members": [str(uuid4())]},
        {"members": "all"},
        {"members": [str(uuid4()) for _ in range(501)]},
        {"boss": "x"},
    ],
)
def test_team_that_makes_no_sense_changes_nothing(program, tenant, digest, body):
    before = digest(tenant)

    assert program.post("/api/v1/core/teams", json={"name": "West", **body}).status_code == 422
    assert digest(tenant) == before


def test_member_of_another_business_is_no_member_here(people, program, other_tenant):
    stranger = people.member(other_tenant)

    answer = program.post("/api/v1/core/teams", json={"name": "West", "members": ids(stranger)})

    assert answer.status_code == 422
    assert answer.json["errors"]["members"]


def test_who_sees_only_a_part_draws_no_borders(people, program, staff, tenant):
    team = make(program)
    path = f"/api/v1/core/teams/{team['id']}"
    bound = people.program(people.member(tenant, ["core.member.manage", "crm.customer.read@team"]))

    assert bound.put(f"{path}/members", json={"members": ids(staff["omid"])}).status_code == 403
    refused = bound.post("/api/v1/core/teams", json={"name": "Mine", "members": ids(staff["omid"])})
    assert refused.status_code == 403
    assert bound.patch(path, json={"name": "North"}).status_code == 200


def test_who_left_stays_in_her_teams_unseen(program, staff, tenant, tenant_work, crew):
    team = make(program, members=ids(staff["nader"], staff["omid"]))
    remove_member(tenant, crew.person(tenant), staff["nader"].member_id)
    path = f"/api/v1/core/teams/{team['id']}"

    assert program.get(path).json["members"] == ids(staff["omid"])
    assert program.put(f"{path}/members", json={"members": []}).json["members"] == []
    with tenant_work(tenant) as session:
        kept = session.execute(text("SELECT member_id FROM core_team_member")).scalars().all()
    assert kept == [staff["nader"].member_id]


def test_members_page_says_who_is_in_which_team(people, program, staff):
    make(program, "Night shift", members=ids(staff["nader"]))
    browser = people.browser(staff["mina"])

    page = browser.get("/members").text

    assert page.count("<bdi>Night shift</bdi>") == 1


def test_page_makes_and_changes_a_team(people, staff):
    browser = people.browser(staff["mina"])
    made = browser.post("/teams", data={"name": "شعبهٔ غرب", "kind": "branch"})
    path = re.search(r"/teams/[0-9a-f-]{36}$", made.location)[0]

    form = {"name": "شعبهٔ شرق", "kind": "branch", "members": ids(staff["omid"])}
    assert browser.post(path, data=form).status_code == 303
    page = browser.get(path).text

    assert f'value="{staff["omid"].member_id}" checked' in page
    assert "شعبهٔ شرق" in browser.get("/teams").text
    assert browser.post(f"{path}/deletion").status_code == 303
    assert browser.get(path).status_code == 404


def test_refused_team_form_shows_again_what_was_typed(people, staff):
    browser = people.browser(staff["mina"])
    browser.post("/teams", data={"name": "East", "kind": "team"})

    answer = browser.post("/teams", data={"name": "east", "kind": "dealer"})

    assert answer.status_code == 409
    assert 'value="east"' in answer.text
    assert re.search(r'value="dealer" checked', answer.text)


def test_pages_of_teams_follow_one_another_by_name(people, program, staff, tenant):
    for number in range(5):
        make(program, f"Team {number}", members=ids(*staff.values()))

    page = program.get("/api/v1/core/teams?limit=2").json
    rest = program.get(f"/api/v1/core/teams?limit=50&cursor={page['next_cursor']}").json

    assert [team["name"] for team in page["items"] + rest["items"]] == [f"Team {n}" for n in range(5)]
