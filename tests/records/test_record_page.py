"""The page of one record, its timeline, its history and what comes back."""

import datetime as dt
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from markupsafe import Markup

from charsu.plugins import Figure, Fragment, TimelineEntry
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

PLANTS, BEDS, API = "/garden/plants", "/garden/beds", "/api/v1/garden"


@pytest.fixture
def bed(api: HostClient) -> Any:
    return api.post(f"{API}/beds", json={"title": "South <b>", "area": 12}).json


@pytest.fixture
def plant(api: HostClient, bed: Any) -> Any:
    body = {"title": "Basil", "stage": "seed", "bed_id": bed["id"], "note": "green", "tags": ["herb"]}
    return api.post(f"{API}/plants", json={**body, "phone": "09121234567", "price_minor": 5_000}).json


def test_the_page_says_all_about_a_record(client: HostClient, plant: Any, bed: Any) -> None:
    page = client.get(f"{PLANTS}/{plant['id']}")

    assert page.status_code == 200
    for piece in ("Basil", "South &lt;b&gt;", "green", "herb", "tel:+989121234567", f"{BEDS}/{bed['id']}"):
        assert piece in page.text, piece
    assert f"{PLANTS}/{plant['id']}/edit" in page.text


def test_the_page_shows_what_points_at_it_and_lets_one_add_more(
    client: HostClient, plant: Any, bed: Any
) -> None:
    page = client.get(f"{BEDS}/{bed['id']}").text

    assert f'href="{PLANTS}/{plant["id"]}"' in page
    assert f"{PLANTS}/new?bed_id={bed['id']}" in page


def test_the_page_hides_what_is_not_for_its_reader(
    client_as: Callable[..., HostClient], plant: Any, bed: Any
) -> None:
    rules = {"garden.plant": {"note": "none", "price_minor": "none", "title": "none"}}

    clerk = client_as(["garden.plant.read", "garden.bed.read@own"], field_rules=rules)
    own = client_as(["garden.plant.read@own"])
    pages = [clerk.get(f"{PLANTS}/{plant['id']}"), clerk.get(f"{PLANTS}/{plant['id']}/history")]

    for page in pages:
        assert page.status_code == 200
        for hidden in ("green", "Basil", "South", "/edit", "/delete"):
            assert hidden not in page.text, hidden
    for tail in ("", "/history", "/timeline"):
        assert own.get(f"{PLANTS}/{plant['id']}{tail}").status_code == 404


def test_figures_of_modules_stand_on_the_page(client: HostClient, garden: ModuleType, plant: Any) -> None:
    asked = []

    def tell(ctx: Any, record_type: str, record_id: UUID) -> list[Figure]:
        asked.append((record_type, str(record_id)))
        return [Figure(title="Leaves", value="1,234", note="of this year")]

    garden.behaviour["figures"] = tell

    page = client.get(f"{PLANTS}/{plant['id']}").text

    assert "Leaves" in page
    assert "1,234" in page
    assert asked == [("garden.plant", plant["id"])]


def test_fragments_of_modules_stand_at_their_places(
    client: HostClient, garden: ModuleType, plant: Any
) -> None:
    def tell(ctx: Any, slot: str, subject: Any) -> list[Fragment]:
        if not slot.startswith("garden.plant."):
            return []
        return [Fragment(title=f"At {slot}", html=Markup("<i>{}</i>").format(subject.title))]

    garden.behaviour["fragments"] = tell

    page = client.get(f"{PLANTS}/{plant['id']}").text

    assert "At garden.plant.main" in page
    assert "At garden.plant.side" in page
    assert "<i>Basil</i>" in page


def entries(count: int, kind: str, start: dt.datetime) -> list[TimelineEntry]:
    return [
        TimelineEntry(at=start - dt.timedelta(hours=n), kind=kind, kind_title=kind, title=f"{kind} {n}")
        for n in range(count)
    ]


def test_timeline_merges_modules_and_own_changes_newest_first_and_in_pages(
    client: HostClient, api: HostClient, garden: ModuleType, plant: Any
) -> None:
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    told = [*entries(30, "garden.watering", start), *entries(3, "garden.visit", start)]

    def tell(ctx: Any, record_type: str, record_id: UUID, before: dt.datetime, limit: int) -> Any:
        return sorted((e for e in told if e.at < before), key=lambda e: e.at, reverse=True)[:limit]

    garden.behaviour["timeline"] = tell
    api.patch(f"{API}/plants/{plant['id']}", json={"stage": "tree", "price_minor": None})
    address, seen = f"{PLANTS}/{plant['id']}/timeline?kind=", []
    while address:
        page = client.get(address, headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
        seen += [
            line.partition('c-moment-title">')[2].partition("<")[0]
            for line in page.split("\n")
            if "c-moment-title" in line
        ]
        more = page.partition("kind=&amp;before=")[2].partition('"')[0]
        address = f"{PLANTS}/{plant['id']}/timeline?kind=&before={more}" if more else ""

    assert sorted(title for title in seen if title) == sorted(e.title for e in told)
    assert seen.count("") == 2
    only = client.get(f"{PLANTS}/{plant['id']}/timeline?kind=garden.visit").text
    assert "garden.visit 2" in only
    assert "garden.watering 1" not in only
    changes = client.get(f"{PLANTS}/{plant['id']}/timeline?kind=core.change").text
    assert "Stage: \u2068Seed\u2069 → \u2068Tree\u2069" in changes


def test_timeline_leaves_a_failing_module_out(client: HostClient, garden: ModuleType, plant: Any) -> None:
    def fail(*_arguments: Any) -> Any:
        raise ValueError("no water")

    garden.behaviour["timeline"] = fail
    garden.behaviour["figures"] = fail

    page = client.get(f"{PLANTS}/{plant['id']}")

    assert page.status_code == 200
    assert "It was added" in page.text


def test_a_module_is_not_asked_for_what_newer_entries_push_off_the_timeline(
    client: HostClient, api: HostClient, garden: ModuleType, plant: Any
) -> None:
    asked = []

    def tell(*_arguments: Any) -> Iterator[TimelineEntry]:
        for entry in entries(30, "garden.watering", dt.datetime.now(dt.UTC) - dt.timedelta(days=1)):
            asked.append(entry)
            yield entry

    garden.behaviour["timeline"] = tell
    for number in range(22):
        api.patch(f"{API}/plants/{plant['id']}", json={"note": f"note {number}"})

    page = client.get(f"{PLANTS}/{plant['id']}").text

    assert "note 20" in page
    assert "garden.watering" not in page
    assert len(asked) == 1


def test_what_a_failing_module_told_pushes_nothing_off_the_timeline(
    client: HostClient, garden: ModuleType, plant: Any
) -> None:
    def fail(*_arguments: Any) -> Iterator[TimelineEntry]:
        yield from entries(30, "garden.watering", dt.datetime.now(dt.UTC) + dt.timedelta(days=9))
        raise ValueError("no water")

    garden.behaviour["timeline"] = fail

    page = client.get(f"{PLANTS}/{plant['id']}").text

    assert "It was added" in page
    assert "garden.watering" not in page


@pytest.mark.parametrize(
    "before", ["x", "2026-01-01", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"]
)
def test_a_broken_address_of_the_timeline_begins_at_the_newest(
    client: HostClient, plant: Any, before: str
) -> None:
    page = client.get(f"{PLANTS}/{plant['id']}/timeline", query_string={"before": before, "kind": "<b>"})

    assert page.status_code == 200
    assert "<b>" not in page.text.replace("<bdi>", "")


def test_history_says_who_did_what_from_where_in_words(
    client: HostClient, api: HostClient, plant: Any, bed: Any
) -> None:
    api.patch(
        f"{API}/plants/{plant['id']}", json={"stage": "tree", "bed_id": None, "planted_on": "2026-03-21"}
    )

    page = client.get(f"{PLANTS}/{plant['id']}/history").text

    for words in ("Stage", "Seed", "Tree", "South &lt;b&gt;", "through the API", "2026", "Member"):
        assert words in page, words


def test_a_value_can_be_put_back_and_that_is_a_change_too(
    client: HostClient, api: HostClient, plant: Any
) -> None:
    api.patch(f"{API}/plants/{plant['id']}", json={"stage": "tree", "title": "Oak"})
    change = api.get(f"{API}/plants/{plant['id']}/changes").json["items"][0]

    put = client.post(f"{PLANTS}/{plant['id']}/history/{change['id']}", data={"field": "stage"})

    stored = api.get(f"{API}/plants/{plant['id']}").json
    newest = api.get(f"{API}/plants/{plant['id']}/changes").json["items"][0]
    assert put.status_code == 303
    assert (stored["stage"], stored["title"]) == ("seed", "Oak")
    assert (newest["source"], newest["before"], newest["after"]) == (
        "page",
        {"stage": "tree"},
        {"stage": "seed"},
    )


def test_a_whole_change_can_be_put_back_through_the_api(api: HostClient, plant: Any) -> None:
    api.patch(f"{API}/plants/{plant['id']}", json={"stage": "tree", "title": "Oak", "tags": [], "note": "x"})
    change = api.get(f"{API}/plants/{plant['id']}/changes").json["items"][0]

    back = api.post(f"{API}/plants/{plant['id']}/changes/{change['id']}/reversal", json={})

    assert back.status_code == 200
    assert {name: back.json[name] for name in ("stage", "title", "tags", "note")} == {
        "stage": "seed",
        "title": "Basil",
        "tags": ["herb"],
        "note": "green",
    }


def test_a_value_that_does_not_fit_any_more_is_not_put_back(
    api: HostClient, client: HostClient, plant: Any, bed: Any
) -> None:
    api.patch(f"{API}/plants/{plant['id']}", json={"bed_id": None})
    change = api.get(f"{API}/plants/{plant['id']}/changes").json["items"][0]
    api.delete(f"{API}/beds/{bed['id']}")

    refused = api.post(f"{API}/plants/{plant['id']}/changes/{change['id']}/reversal", json={})
    page = client.post(f"{PLANTS}/{plant['id']}/history/{change['id']}", data={"field": "bed_id"})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["bed_id"])
    assert page.status_code == 303
    assert "This is not there any more" in client.get(page.location).text


def test_what_can_not_be_put_back_is_refused(
    api: HostClient, api_as: Callable[..., HostClient], plant: Any, bed: Any
) -> None:
    address = f"{API}/plants/{plant['id']}"
    api.patch(address, json={"note": "x", "title": "Oak"})
    change = api.get(f"{address}/changes").json["items"][0]["id"]
    foreign = api.get(f"{API}/beds/{bed['id']}/changes").json["items"][0]["id"]
    clerk = api_as(field_rules={"garden.plant": {"note": "none", "title": "read"}})

    answers = {
        "unknown field": api.post(f"{address}/changes/{change}/reversal", json={"fields": ["colour"]}),
        "untouched field": api.post(f"{address}/changes/{change}/reversal", json={"fields": ["stage"]}),
        "unknown change": api.post(f"{address}/changes/{uuid4()}/reversal", json={}),
        "another's change": api.post(f"{address}/changes/{foreign}/reversal", json={}),
        "hidden field": clerk.post(f"{address}/changes/{change}/reversal", json={"fields": ["note"]}),
        "fixed field": clerk.post(f"{address}/changes/{change}/reversal", json={"fields": ["title"]}),
        "wrong type": api.post(f"{address}/changes/{change}/reversal", json={"fields": "note"}),
        "bad cursor": api.get(f"{address}/changes?cursor=x"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "unknown field": 404,
        "untouched field": 404,
        "unknown change": 404,
        "another's change": 404,
        "hidden field": 404,
        "fixed field": 403,
        "wrong type": 422,
        "bad cursor": 422,
    }
    assert "note" not in clerk.get(f"{address}/changes").json["items"][0]["after"]


def test_deleting_asks_first_and_says_what_goes_along(
    client: HostClient, api: HostClient, plant: Any, bed: Any
) -> None:
    asked = client.get(f"{BEDS}/{bed['id']}/delete")
    gone = client.post(f"{BEDS}/{bed['id']}/delete")

    assert "Plants: 1" in asked.text
    assert (gone.status_code, gone.location) == (303, BEDS)
    assert client.get(f"{PLANTS}/{plant['id']}").status_code == 404


def test_a_page_of_another_business_is_not_there(people: People, other_tenant: Tenant, plant: Any) -> None:
    neighbour = people.browser(people.member(other_tenant))

    for tail in ("", "/timeline", "/history", "/edit", "/delete"):
        assert neighbour.get(f"{PLANTS}/{plant['id']}{tail}").status_code == 404
    assert neighbour.post(f"{PLANTS}/{plant['id']}/delete").status_code == 404


def test_the_page_asks_little_of_the_database(client: HostClient, statements: Any, plant: Any) -> None:
    client.get(f"{PLANTS}/{plant['id']}")

    with statements() as made:
        client.get(f"{PLANTS}/{plant['id']}")

    assert len(made) <= 9, made
