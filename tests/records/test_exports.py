"""Exports hold what the list shows and the reader may see, and can be imported again."""

import io
from typing import Any

import pytest

from charsu.records.sheets import open_table
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

API = "/api/v1/garden/plants"
READ, EXPORT = "garden.plant.read", "garden.plant.export"


@pytest.fixture
def plants(api: HostClient) -> list[str]:
    bed = api.post("/api/v1/garden/beds", json={"title": "Bed one", "soil": "clay"}).json["id"]
    bodies: list[dict[str, Any]] = [
        {"title": "Rose", "stage": "tree", "height": "1.5", "phone": "09121234567", "bed_id": bed},
        {
            "title": "=1+1",
            "stage": "seed",
            "price_minor": 12_500,
            "planted_on": "2025-03-20",
            "tags": ["a", "b"],
        },
    ]
    return [str(api.post(API, json=body).json["id"]) for body in bodies]


def rows(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    table = open_table(response.data)
    return [dict(zip(table.header, map(str, row.cells), strict=True)) for row in table.rows()]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_field_is_exported_in_its_own_form(api: HostClient, plants: list[str], kind: str) -> None:
    found = {row["id"]: row for row in rows(api.get(f"{API}/export?format={kind}"))}

    rose, formula = (found[one] for one in plants)
    assert (rose["Height"], rose["Phone"], rose["Bed"]) == ("1.5", "+989121234567", "Bed one")
    assert (formula["Name"], formula["Price"]) == ("=1+1", "1250")
    assert formula["Tags"] in ("a, b", "a، b")


def test_formula_cells_are_neutralised(api: HostClient, plants: list[str]) -> None:
    assert ",'=1+1" in "," + api.get(f"{API}/export").data.decode("utf-8-sig").replace("\n", "\n,")


def test_filters_order_and_columns_of_the_list_count(client: HostClient, plants: list[str]) -> None:
    narrowed = rows(client.get("/garden/plants/export?where=stage:is:tree&columns=title,stage"))
    ordered = rows(client.get("/garden/plants/export?sort=-title&columns=title"))

    assert [(list(row), row["Name"]) for row in narrowed] == [(["Name", "Stage", "id"], "Rose")]
    assert [row["Name"] for row in ordered] == ["Rose", "=1+1"]


def test_a_download_has_its_name_and_is_no_page(client: HostClient, plants: list[str]) -> None:
    headers = client.get("/garden/plants/export?format=xlsx").headers

    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "spreadsheetml" in headers["Content-Type"]


@pytest.mark.parametrize("query", ["format=pdf", "where=nonsense:is:1", "sort=nonsense", "columns=nonsense"])
def test_an_export_of_what_is_not_there_is_refused(api: HostClient, query: str) -> None:
    assert 400 <= api.get(f"{API}/export?{query}").status_code < 500


def test_exporting_needs_its_permission_and_keeps_to_scopes_and_fields(
    people: People, tenant: Tenant, api: HostClient, plants: list[str]
) -> None:
    reader = people.program(people.member(tenant, [READ]))
    own = people.program(people.member(tenant, [READ, f"{EXPORT}@own"]))
    narrow = people.program(people.member(tenant, [f"{READ}@own", EXPORT]))
    rules: Any = {"garden.plant": {"phone": "none"}}
    blind = people.program(people.member(tenant, [READ, EXPORT], rules))

    assert reader.get(f"{API}/export").status_code == 403
    assert rows(own.get(f"{API}/export")) == []
    assert rows(narrow.get(f"{API}/export")) == []
    shown = rows(blind.get(f"{API}/export"))
    assert len(shown) == len(plants)
    assert all("Phone" not in row for row in shown)
    assert 400 <= blind.get(f"{API}/export?columns=phone").status_code < 500


def test_an_export_can_be_imported_again(
    client: HostClient, api: HostClient, plants: list[str], drain: Any
) -> None:
    exported = api.get(f"{API}/export?format=xlsx").data
    body = {"file": (io.BytesIO(exported), "plants.xlsx"), "options": "{}"}

    made = api.post(f"{API}/imports", data=body, content_type="multipart/form-data").json

    assert made["preview"]["counts"] == {"same": 2}, made["preview"]
