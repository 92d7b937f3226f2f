"""Saved views: private and shared, the one to begin with, and what may not stand in them."""

import uuid

import pytest

URL, API = "/garden/plants", "/api/v1/garden/plants"


@pytest.fixture
def plants(service, garden):
    with service(garden.plant) as writer:
        for title, stage in (("Oak", "tree"), ("Mint", "plant"), ("Rose", "seed")):
            writer.create({"title": title, "stage": stage})


@pytest.fixture
def view(client, plants):
    answer = client.post(f"{URL}/views", data={"name": "Trees", "where": ["stage:is:tree"], "sort": "title"})
    assert answer.status_code == 303, answer.text
    return answer.location.split("view=")[1]


def test_a_view_shows_what_was_kept(client, api, view):
    page = client.get(URL, query_string={"view": view})

    assert "Oak" in page.text
    assert "Mint" not in page.text
    assert 'aria-current="page"><bdi>Trees</bdi>' in page.text


def test_the_api_reads_by_a_view_and_narrows_it_anew(client, view, client_as, people, tenant):
    member = people.member(tenant)
    created = people.program(member).post(
        f"{API}/views", json={"name": "Mine", "query": {"where": ["stage:is:tree"], "sort": "title"}}
    )
    assert created.status_code == 201, created.text
    program = people.program(member)
    mine = created.json["id"]

    assert [item["title"] for item in program.get(API, query_string={"view": mine}).json["items"]] == ["Oak"]
    asked = program.get(API, query_string={"view": mine, "where": "stage:is:seed"}).json["items"]
    assert [item["title"] for item in asked] == ["Rose"]
    assert program.get(API, query_string={"view": view}).status_code == 404
    assert program.delete(f"{API}/views/{view}").status_code == 404
    assert program.patch(f"{API}/views/{mine}", json={"name": "  "}).status_code == 422
    assert program.delete(f"{API}/views/{mine}").status_code == 204


def test_shared_views_are_everybodys_to_use_and_not_to_change(people, tenant, plants):
    keeper, reader = people.member(tenant), people.member(tenant, ["garden.plant.read"])
    shared = people.program(keeper).post(f"{API}/views", json={"name": "All of us", "is_shared": True}).json
    program = people.program(reader)

    assert [item["name"] for item in program.get(f"{API}/views").json] == ["All of us"]
    assert program.get(API, query_string={"view": shared["id"]}).status_code == 200
    assert program.patch(f"{API}/views/{shared['id']}", json={"name": "Mine"}).status_code == 403
    assert program.post(f"{API}/views", json={"name": "x", "is_shared": True}).status_code == 403
    assert program.post(f"{API}/views", json={"name": "x"}).status_code == 201


def test_who_may_not_read_keeps_no_views(people, tenant, plants):
    stranger = people.program(people.member(tenant, ["garden.bed.read"]))
    assert stranger.post(f"{API}/views", json={"name": "x"}).status_code == 403
    assert stranger.get(f"{API}/views").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"where": ["nothing:is:1"]},
        {"sort": "nothing"},
        {"columns": "title,nothing"},
        {"where": ["stage:is:forest"]},
    ],
)
def test_a_view_keeps_nothing_that_can_not_be_asked(api, digest, tenant, plants, query):
    before = digest(tenant)
    assert api.post(f"{API}/views", json={"name": "x", "query": query}).status_code == 422
    assert digest(tenant) == before


def test_a_view_of_a_hidden_field_is_refused_to_its_reader(people, tenant, plants):
    keeper = people.member(tenant)
    made = people.program(keeper).post(
        f"{API}/views", json={"name": "Prices", "is_shared": True, "query": {"where": ["price_minor:filled"]}}
    )
    reader = people.member(tenant, ["garden.plant.read"], {"garden.plant": {"price_minor": "none"}})
    answer = people.program(reader).get(API, query_string={"view": made.json["id"]})
    assert answer.status_code == 422
    assert "price_minor" in answer.text


def test_a_list_begins_with_the_view_one_chose(client, view):
    assert client.get(URL).status_code == 200
    client.post(f"{URL}/views/{view}/default", data={"is_default": "1"})

    answer = client.get(URL)
    assert (answer.status_code, answer.location) == (303, f"{URL}?view={view}")
    assert client.get(f"{URL}?view=all").text.count(" data-row=") == 3

    client.post(f"{URL}/views/{view}/default", data={"is_default": "0"})
    assert client.get(URL).status_code == 200


def test_a_view_is_renamed_kept_anew_and_deleted(client, view):
    client.post(f"{URL}/views/{view}", data={"name": "Seeds", "is_shared": "1"})
    client.post(f"{URL}/views/{view}", data={"keep_query": "1", "where": "stage:is:seed"})
    page = client.get(URL, query_string={"view": view})
    assert "Rose" in page.text
    assert "<bdi>Seeds</bdi>" in page.text

    assert client.post(f"{URL}/views/{view}/delete").status_code == 303
    assert client.get(URL, query_string={"view": view}).status_code == 404
    assert client.post(f"{URL}/views/{uuid.uuid4()}/delete").status_code == 404


def test_a_view_without_a_name_is_refused(client, plants, digest, tenant):
    before = digest(tenant)
    answer = client.post(f"{URL}/views", data={"name": " "})
    assert answer.status_code == 303
    assert digest(tenant) == before
