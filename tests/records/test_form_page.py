"""The form of a record: what it asks for, what it keeps, what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from charsu.testing.clients import HostClient
from charsu_tenants.context import Tenant

PLANTS, BEDS = "/garden/plants", "/garden/beds"
API = "/api/v1/garden"
TYPED = {
    "title": "زعفران",
    "stage": "plant",
    "height": "۱٫۲۵",
    "planted_on": "۱۴۰۵/۰۱/۰۱",
    "watered_at": "۱۴۰۵/۰۸/۳۰ ۱۳:۳۰",
    "is_rare": "true",
    "uses": ["tea", "spice"],
    "tags": "گران، قرمز",
    "price_minor": "۲۵۰٬۰۰۰",
    "phone": "۰۹۱۲۱۲۳۴۵۶۷",
    "phones": ["021 88776655", ""],
    "email": "S@Example.com",
    "url": "example.com",
    "addresses.0.city": "قائن",
    "addresses.0.street": "خیابان ۱",
    "addresses.1.city": "",
    "note": "یک\r\nدو",
}


@pytest.fixture
def plant(api: HostClient) -> Any:
    return api.post(f"{API}/plants", json={"title": "Basil", "stage": "seed", "note": "green"}).json


def bed(api: HostClient, title: str) -> str:
    return str(api.post(f"{API}/beds", json={"title": title}).json["id"])


def test_the_form_asks_for_every_field_that_can_be_written(client: HostClient) -> None:
    page = client.get(f"{PLANTS}/new")

    assert page.status_code == 200
    for name in ("title", "bed_id-typed", "stage", "uses", "phones", "addresses.0.city", "owner_id", "note"):
        assert f'name="{name}"' in page.text, name
    for name in ("done_at", "created_at", "custom"):
        assert f'name="{name}"' not in page.text, name


def test_what_people_type_is_stored_as_it_is_meant(client: HostClient, api: HostClient) -> None:
    added = client.post(f"{PLANTS}/new", data={**TYPED, "bed_id-typed": "", "bed_id": ""})

    assert added.status_code == 303, added.text
    stored = api.get(f"{API}/plants/{added.location.rpartition('/')[2]}").json
    wanted = {
        "title": "زعفران",
        "height": "1.25",
        "planted_on": "2026-03-21",
        "is_rare": True,
        "uses": ["tea", "spice"],
        "tags": ["گران", "قرمز"],
        "phone": "+989121234567",
        "phones": ["+982188776655"],
        "email": "s@example.com",
        "url": "https://example.com",
        "addresses": [{"city": "قائن", "street": "خیابان ۱"}],
        "note": "یک\nدو",
    }
    assert {name: stored[name] for name in wanted} == wanted
    assert stored["owner_id"] is not None


def test_an_address_fills_the_form_in(client: HostClient, api: HostClient) -> None:
    south = bed(api, "South")

    page = client.get(f"{PLANTS}/new?bed_id={south}&title=Mint&height=nonsense&done_at=2026-01-01")

    assert f'value="{south}"' in page.text
    assert 'value="South"' in page.text
    assert 'value="Mint"' in page.text
    assert 'value="nonsense"' not in page.text


def test_mistakes_stand_at_their_fields_and_what_was_typed_stays(
    client: HostClient, tenant: Tenant, digest: Callable[[Tenant], str]
) -> None:
    before = digest(tenant)

    refused = client.post(
        f"{PLANTS}/new",
        data={
            **TYPED,
            "title": "",
            "height": "tall",
            "phone": "12",
            "phones": ["5", "6"],
            "uses": ["poison"],
        },
    )

    assert refused.status_code == 422
    for name in ("title", "height", "phone", "phones", "uses"):
        assert f'id="f-{name}-error"' in refused.text, name
    for typed in ('value="tall"', 'value="۲۵۰٬۰۰۰"', "یک", 'value="قائن"', 'value="گران، قرمز"'):
        assert typed in refused.text, typed
    assert digest(tenant) == before


def test_a_rule_of_the_module_stands_at_its_field_or_above_the_form(client: HostClient, plant: Any) -> None:
    high = client.post(f"{PLANTS}/new", data={**TYPED, "height": "500"})
    rare = client.post(f"{PLANTS}/{plant['id']}/edit", data={**TYPED, "stage": "tree"})

    assert (high.status_code, rare.status_code) == (422, 422)
    assert 'id="f-height-error"' in high.text
    assert "A rare tree is no tree." in rare.text


def test_editing_shows_what_is_stored_and_saves_what_is_typed(
    client: HostClient, api: HostClient, plant: Any
) -> None:
    page = client.get(f"{PLANTS}/{plant['id']}/edit")
    saved = client.post(f"{PLANTS}/{plant['id']}/edit", data={**TYPED, "is_rare": ""})

    assert 'value="Basil"' in page.text
    assert ">green</textarea>" in page.text
    assert (saved.status_code, saved.location) == (303, f"{PLANTS}/{plant['id']}")
    assert api.get(f"{API}/plants/{plant['id']}").json["title"] == "زعفران"


def test_an_unticked_box_is_no_and_an_emptied_field_is_empty(
    client: HostClient, api: HostClient, plant: Any
) -> None:
    edit = f"{PLANTS}/{plant['id']}/edit"
    client.post(edit, data=TYPED)

    client.post(edit, data={"title": "Basil", "stage": "seed"})

    stored = api.get(f"{API}/plants/{plant['id']}").json
    empty = {
        name: stored[name] for name in ("is_rare", "uses", "tags", "height", "phones", "addresses", "note")
    }
    assert empty == {
        "is_rare": False,
        "uses": [],
        "tags": [],
        "height": None,
        "phones": [],
        "addresses": [],
        "note": "",
    }


def test_crossed_changes_are_shown_side_by_side_and_can_be_saved_once_more(
    client: HostClient, api: HostClient, plant: Any
) -> None:
    edit = f"{PLANTS}/{plant['id']}/edit"
    mine = {"title": "Mine", "stage": "seed", "note": "green", "updated_at": plant["updated_at"]}
    theirs = api.patch(f"{API}/plants/{plant['id']}", json={"title": "Theirs"}).json

    crossed = client.post(edit, data=mine)
    again = client.post(edit, data={**mine, "updated_at": theirs["updated_at"]})

    assert crossed.status_code == 409
    assert 'value="Mine"' in crossed.text
    assert "<bdi>Theirs</bdi>" in crossed.text
    assert theirs["updated_at"][:19] in crossed.text
    assert again.status_code == 303
    assert api.get(f"{API}/plants/{plant['id']}").json["title"] == "Mine"


@pytest.mark.parametrize("version", ["yesterday", "2026-01-01", "0001-01-01T00:00:00", "9" * 500])
def test_a_version_that_never_was_is_a_crossed_change(client: HostClient, plant: Any, version: str) -> None:
    data = {"title": "Mine", "stage": "seed", "updated_at": version}

    assert client.post(f"{PLANTS}/{plant['id']}/edit", data=data).status_code == 409


def test_a_link_is_found_by_its_text_without_scripts(client: HostClient, api: HostClient) -> None:
    south, north = bed(api, "South"), bed(api, "South-west")
    asked = {"title": "Mint", "stage": "seed"}

    exact = client.post(f"{PLANTS}/new", data={**asked, "bed_id-typed": "South"})
    several = client.post(f"{PLANTS}/new", data={**asked, "bed_id-typed": "sout"})
    chosen = client.post(f"{PLANTS}/new", data={**asked, "bed_id-typed": "sout", "bed_id-chosen": north})
    none = client.post(f"{PLANTS}/new", data={**asked, "bed_id-typed": "cellar"})

    first = api.get(f"{API}/plants/{exact.location.rpartition('/')[2]}").json
    assert first["bed_id"] == south
    assert several.status_code == 422
    assert south in several.text
    assert north in several.text
    assert (chosen.status_code, none.status_code) == (303, 422)


def test_the_picker_finds_only_what_one_may_see(
    client: HostClient, api: HostClient, client_as: Callable[..., HostClient]
) -> None:
    bed(api, "South <b>")

    found = client.get(f"{BEDS}/pick?q=sou")
    hidden = client_as(["garden.bed.read@own"]).get(f"{BEDS}/pick?q=sou")
    nameless = client_as(field_rules={"garden.bed": {"title": "none"}}).get(f"{BEDS}/pick?q=")

    assert "South &lt;b&gt;" in found.text
    assert "South" not in hidden.text
    assert "South" not in nameless.text
    assert client_as(["garden.plant.read"]).get(f"{BEDS}/pick?q=s").status_code == 403


def test_fields_that_are_not_for_one_are_not_asked_for_and_not_read(
    client_as: Callable[..., HostClient], api: HostClient, plant: Any
) -> None:
    clerk = client_as(field_rules={"garden.plant": {"note": "none", "height": "read"}})

    page = clerk.get(f"{PLANTS}/{plant['id']}/edit")
    saved = clerk.post(f"{PLANTS}/{plant['id']}/edit", data={**TYPED, "note": "mine", "height": "5"})

    assert 'name="note"' not in page.text
    assert 'name="height"' not in page.text
    assert saved.status_code == 303
    stored = api.get(f"{API}/plants/{plant['id']}").json
    assert (stored["note"], stored["height"]) == ("green", None)


def test_one_may_not_edit_what_is_out_of_ones_reach(client_as: Callable[..., HostClient], plant: Any) -> None:
    own = client_as(["garden.plant.read", "garden.plant.write@own"])
    reader = client_as(["garden.plant.read"])

    assert own.get(f"{PLANTS}/{plant['id']}/edit").status_code == 404
    assert own.post(f"{PLANTS}/{plant['id']}/edit", data=TYPED).status_code == 404
    assert reader.get(f"{PLANTS}/new").status_code == 403
    assert 'name="owner_id"' not in own.get(f"{PLANTS}/new").text


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 5000, "<script>alert(1)</script>", "{{ 7 * 7 }}"])
def test_strange_text_never_breaks_the_form(client: HostClient, text: str) -> None:
    typed = text.encode("utf-8", "surrogatepass")
    data = {
        "title": typed,
        "stage": typed,
        "tags": typed,
        "bed_id": typed,
        "bed_id-typed": typed,
        "owner_id": typed,
    }

    answer = client.post(f"{PLANTS}/new", data=data)

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("away", ["//evil.example", "https://evil.example", "/\\evil", "javascript:1"])
def test_saving_leads_nowhere_else(client: HostClient, away: str) -> None:
    added = client.post(f"{PLANTS}/new", data={**TYPED, "next": away})

    assert added.location.startswith(f"{PLANTS}/")


def test_one_can_go_on_with_the_next_one(client: HostClient) -> None:
    added = client.post(f"{PLANTS}/new", data={**TYPED, "add_another": "1"})

    assert (added.status_code, added.location) == (303, f"{PLANTS}/new")
