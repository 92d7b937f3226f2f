"""Bulk edits: seen before, run whole, refused one by one, taken back."""

from decimal import Decimal

import pytest
from sqlalchemy import text

URL, API = "/garden/plants", "/api/v1/garden/plants"


@pytest.fixture
def plants(service, garden):
    with service(garden.plant) as writer:
        return [
            writer.create(
                {
                    "title": f"Plant {n}",
                    "stage": "tree" if n % 3 == 0 else "seed",
                    "tags": ["Old", "red"][: n % 3],
                }
            ).id
            for n in range(9)
        ]


@pytest.fixture
def many(tenant, tenant_work):
    with tenant_work(tenant) as session:
        session.execute(
            text(
                "INSERT INTO garden_plant (title, stage, search_text)"
                " SELECT 'Row ' || n, 'seed', 'row ' || n FROM generate_series(1, 250) n"
            )
        )


def stages(tenant_work, tenant):
    with tenant_work(tenant) as session:
        rows = session.execute(
            text("SELECT stage, count(*) FROM garden_plant WHERE deleted_at IS NULL GROUP BY stage")
        )
        return dict(rows.all())


def test_a_preview_tells_each_change_and_changes_nothing(client, plants, digest, tenant):
    before = digest(tenant)
    page = client.post(
        f"{URL}/bulk/preview",
        data={
            "ids": [str(one) for one in plants],
            "change": ["is_rare", "note"],
            "is_rare": "true",
            "note": "seen",
        },
    )

    assert page.status_code == 200, page.text
    assert page.text.count("<ins>") == 12
    assert page.text.count("A rare tree is no tree.") == 3
    assert digest(tenant) == before


def test_a_small_edit_is_done_at_once_and_told(client, plants, tenant_work, tenant):
    answer = client.post(
        f"{URL}/bulk/run", data={"ids": ",".join(map(str, plants)), "change": "is_rare", "is_rare": "true"}
    )
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "A rare tree is no tree." in page.text
    with tenant_work(tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM garden_plant WHERE is_rare")) == 6


def test_words_are_added_to_lists_and_taken_away(api, plants, tenant_work, tenant):
    def tags():
        with tenant_work(tenant) as session:
            return session.scalars(text("SELECT tags FROM garden_plant ORDER BY title LIMIT 3")).all()

    ids = [str(one) for one in plants]
    assert api.post(f"{API}/bulk", json={"ids": ids, "add": {"tags": ["new", "OLD"]}}).status_code == 202
    assert tags() == [["new", "OLD"], ["Old", "new"], ["Old", "red", "new"]]
    assert api.post(f"{API}/bulk", json={"ids": ids, "remove": {"tags": ["old"]}}).status_code == 202
    assert tags() == [["new"], ["new"], ["red", "new"]]


def test_all_that_match_are_changed_in_the_background_and_taken_back(
    api, many, plants, drain, tenant_work, tenant
):
    at_first = stages(tenant_work, tenant)
    started = api.post(
        f"{API}/bulk",
        json={"query": {"where": ["stage:is:seed"]}, "values": {"stage": "tree", "height": "2.5"}},
    )
    assert started.status_code == 202, started.text
    assert started.json["state"] == "waiting"
    drain()

    done = api.get(f"{API}/bulk/{started.json['id']}").json
    assert (done["state"], done["total_count"], done["done_count"]) == ("done", 256, 256)
    assert stages(tenant_work, tenant) == {"tree": 259}

    changed = api.get(API, query_string={"search": "row 7"}).json["items"][-1]
    api.patch(f"{API}/{changed['id']}", json={"height": "3.5"})
    assert api.post(f"{API}/bulk/{started.json['id']}/reversal").status_code == 202
    drain()

    after = api.get(f"{API}/bulk/{started.json['id']}").json
    assert (after["state"], after["kept_count"]) == ("undone", 1)
    assert stages(tenant_work, tenant) == at_first
    assert Decimal(api.get(f"{API}/{changed['id']}").json["height"]) == Decimal("3.5")


def test_many_are_deleted_and_come_back(client, plants, drain, tenant_work, tenant):
    at_first = stages(tenant_work, tenant)
    preview = client.post(f"{URL}/bulk/delete", data={"all": "1", "where": "stage:is:tree"})
    assert preview.text.count('class="is-main"') == 3

    answer = client.post(f"{URL}/bulk/delete/run", data={"all": "1", "where": "stage:is:tree"})
    assert stages(tenant_work, tenant) == {"seed": 6}

    assert client.post(f"{answer.location}/reversal").status_code == 303
    drain()
    assert stages(tenant_work, tenant) == at_first


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "values": {}},
        {"values": {"stage": "tree"}},
        {"ids": ["x"], "values": {"stage": "tree"}},
        {"ids": [], "query": {}, "values": {"stage": "tree"}},
        {"query": {"where": ["nothing:is:1"]}, "values": {"stage": "tree"}},
        {"query": {"where": ["created_at:filled:"]}, "values": {"nothing": 1}},
        {"query": {"where": ["created_at:filled:"]}, "values": {"stage": "forest"}},
        {"query": {"where": ["created_at:filled:"]}, "values": {"done_at": "2026-11-22T10:00:00Z"}},
        {"query": {"where": ["created_at:filled:"]}, "add": {"title": "x"}},
        {"query": {"where": ["created_at:filled:"]}, "values": {"tags": ["a"]}, "add": {"tags": ["b"]}},
    ],
)
def test_what_can_not_be_done_is_refused_and_nothing_changes(api, plants, digest, tenant, body):
    before = digest(tenant)
    answer = api.post(f"{API}/bulk", json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert digest(tenant) == before


def test_nothing_selected_leads_back_to_the_list(client, plants, digest, tenant):
    before = digest(tenant)
    for path in ("bulk", "bulk/preview", "bulk/run", "bulk/delete", "bulk/delete/run"):
        answer = client.post(f"{URL}/{path}", data={"change": "note", "note": "x"})
        assert (answer.status_code, answer.location) == (303, URL), path
    assert digest(tenant) == before


def test_a_form_that_does_not_fit_is_shown_again(client, plants):
    for data in ({"change": "height", "height": "tall"}, {}):
        answer = client.post(f"{URL}/bulk/preview", data={"ids": str(plants[0]), **data})
        assert answer.status_code == 422
        assert 'name="change"' in answer.text


def test_only_ones_own_records_are_changed(people, tenant, service, garden):
    member = people.member(tenant, ["garden.plant.read", "garden.plant.write@own"])
    with service(garden.plant) as writer:
        mine = writer.create({"title": "Mine", "stage": "seed", "owner_id": member.member_id}).id
        other = writer.create({"title": "Other", "stage": "seed"}).id
    program = people.program(member)

    answer = program.post(f"{API}/bulk", json={"ids": [str(mine), str(other)], "values": {"note": "x"}})

    assert answer.json["total_count"] == 1
    assert program.get(f"{API}/{other}").json["note"] == ""
    assert program.post(f"{API}/bulk/deletion", json={"ids": [str(mine)]}).status_code == 403


def test_a_hidden_field_is_not_changed_in_bulk(people, tenant, plants, digest):
    program = people.program(
        people.member(
            tenant, ["garden.plant.read", "garden.plant.write"], {"garden.plant": {"price_minor": "none"}}
        )
    )
    before = digest(tenant)
    assert (
        program.post(
            f"{API}/bulk", json={"query": {"where": ["created_at:filled:"]}, "values": {"price_minor": 1}}
        ).status_code
        == 422
    )
    assert digest(tenant) == before


def test_anothers_bulk_edit_is_not_found(people, tenant, api, plants):
    started = api.post(
        f"{API}/bulk", json={"query": {"where": ["created_at:filled:"]}, "values": {"note": "x"}}
    ).json
    stranger = people.program(people.member(tenant, ["garden.plant.read", "garden.plant.write@own"]))
    assert stranger.get(f"{API}/bulk/{started['id']}").status_code == 404
    assert stranger.post(f"{API}/bulk/{started['id']}/reversal").status_code == 404
