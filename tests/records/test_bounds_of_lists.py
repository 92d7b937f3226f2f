"""Lists keep to what their reader may see: whose records, which fields, in which search."""

import pytest
from sqlalchemy import text

URL = "/garden/plants"
API = f"/api/v1{URL}"


@pytest.fixture
def plants(service, garden):
    with service(garden.plant) as writer:
        for title, phone, note in (
            ("Oak", "+989121234567", "secret garden"),
            ("Elm", "+989127654321", "plain"),
            ("کاج", None, "نعناع"),
        ):
            writer.create({"title": title, "stage": "tree", "phone": phone, "note": note, "price_minor": 100})


def titles(program, **query):
    answer = program.get(API, query_string=query)
    assert answer.status_code == 200, answer.text
    return {item["title"] for item in answer.json["items"]}


@pytest.fixture
def reader(people, tenant, plants):
    """One who may read plants, but neither their phones nor their prices."""
    rules = {"garden.plant": {"phone": "none", "price_minor": "none"}}
    return people.member(tenant, ["garden.plant.read"], rules)


def test_a_hidden_field_is_not_found_by_search(people, reader, api):
    program = people.program(reader)

    assert titles(api, search="0912123") == {"Oak"}
    assert titles(program, search="0912123") == set()
    assert titles(program, search="secret") == {"Oak"}
    assert titles(program, search="كاج") == {"کاج"}
    assert titles(program, search="secret oak") == {"Oak"}
    assert titles(program, search="sec.et") == set()


@pytest.mark.parametrize(
    "query",
    [
        {"where": "phone:filled"},
        {"where": "price_minor:at_least:1"},
        {"phone": "0912"},
        {"sort": "price_minor"},
        {"columns": "title,phone"},
    ],
)
def test_a_hidden_field_can_not_be_asked_about(people, reader, query):
    browser, program = people.browser(reader), people.program(reader)

    assert program.get(API, query_string=query).status_code == 422
    assert browser.get(URL, query_string=query).status_code == 422
    assert browser.get(f"{URL}/count", query_string=query).status_code == 422
    assert browser.get(f"{URL}/board", query_string=query).status_code == 422


def test_a_hidden_field_is_in_no_item_page_or_menu(people, reader):
    item = people.program(reader).get(API).json["items"][0]
    page = people.browser(reader).get(URL).text

    assert not {"phone", "price_minor"} & item.keys()
    for word in ("Price", "0912", 'add=phone"', 'value="price_minor"'):
        assert word not in page


def test_a_list_holds_ones_own_or_ones_teams_records(people, tenant, tenant_work, service, garden):
    mine, mate, other = (people.member(tenant, ["garden.plant.read@team"]) for _ in range(3))
    own = people.member(tenant, ["garden.plant.read@own"])
    with tenant_work(tenant) as session:
        team = session.execute(
            text("INSERT INTO core_team (name, name_key) VALUES ('Green', 'green') RETURNING id")
        ).scalar_one()
        for member in (mine, mate):
            session.execute(
                text("INSERT INTO core_team_member (team_id, member_id) VALUES (:t, :m)"),
                {"t": team, "m": member.member_id},
            )
    with service(garden.plant) as writer:
        for title, owner in (("Mine", mine), ("Mate's", mate), ("Other's", other), ("Own", own)):
            writer.create({"title": title, "stage": "seed", "owner_id": owner.member_id})
        writer.create({"title": "Nobody's", "stage": "seed"})

    assert titles(people.program(mine)) == {"Mine", "Mate's"}
    assert titles(people.program(other)) == {"Other's"}
    assert titles(people.program(own)) == {"Own"}
    assert titles(people.program(mine), where="owner_id:me") == {"Mine"}
    assert titles(people.program(mine), where="owner_id:my_teams") == {"Mine", "Mate's"}
    page = people.browser(own).get(f"{URL}/count").text
    assert "1 record" in page


def test_a_link_out_of_scope_has_no_title(people, tenant, service, garden):
    reader = people.member(tenant, ["garden.plant.read"])
    with service(garden.bed) as beds:
        bed = beds.create({"title": "Hidden bed"}).id
    with service(garden.plant) as writer:
        writer.create({"title": "Oak", "stage": "tree", "bed_id": bed})

    page = people.browser(reader).get(URL)
    assert "Oak" in page.text
    assert "Hidden bed" not in page.text
