"""The example of docs/plugins.md: a noun in under 40 lines that is a whole module."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from charsu.process import Runtime
from charsu.records import RecordType
from charsu.testing.clients import HostClient

from .conftest import ROOT

VISITS = "/api/v1/visits/visits"
FILES = sorted((ROOT / "examples" / "visits").rglob("*.py"))


def test_the_example_is_shorter_than_40_lines() -> None:
    lines = [line for file in FILES for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]

    assert len(lines) < 40


def test_the_example_is_what_the_documentation_shows() -> None:
    shown = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")

    for file in FILES:
        assert file.read_text(encoding="utf-8").strip() in shown, f"docs/plugins.md does not show {file.name}"


def test_records_are_known_with_their_permissions_and_events(
    runtime: Runtime, visit_type: RecordType
) -> None:
    plugins = runtime.plugins

    assert plugins.module("visits").records == (visit_type,)
    assert "visits.visit.read" in plugins.permissions
    assert plugins.event_class("visit.created") is visit_type.facts.created


def test_the_example_keeps_visits(visit_type: RecordType, service: Callable[..., Any], drain: Any) -> None:
    with service(visit_type) as visits:
        made = visits.create({"title": "مریم", "phone": "+989121234567"})
        visits.update(made.id, {"state": "came"})

    with service(visit_type) as visits:
        found = visits.locked(made.id)
        assert (found.title, found.state, found.phone) == ("مریم", "came", "+989121234567")
        assert "09121234567" in found.search_text
    drain()


def test_the_example_stands_on_the_columns_of_its_choices(visit_type: RecordType) -> None:
    assert visit_type.board is not None
    columns = visit_type.board.columns(None, None)  # type: ignore[arg-type]  # reads nothing

    assert [(column.value, column.title) for column in columns] == [
        ("planned", "Planned"),
        ("came", "Came"),
        ("missed", "Missed"),
    ]


@pytest.fixture
def visit(api: HostClient) -> Any:
    return api.post(
        VISITS, json={"title": "مریم احمدی", "phone": "09121234567", "visits_on": "2026-11-22"}
    ).json


def test_the_example_has_a_list_and_a_line_in_the_menu(client: HostClient, visit: Any) -> None:
    page = client.get("/visits/visits?state=planned&where=phone:filled:")

    assert page.status_code == 200
    assert "مریم احمدی" in page.text
    assert 'href="/visits/visits"' in client.get("/").text
    assert "مریم احمدی" not in client.get("/visits/visits?state=came").text


def test_the_example_has_a_form_and_a_page(client: HostClient) -> None:
    form = client.get("/visits/visits/new")
    added = client.post(
        "/visits/visits/new", data={"title": "سارا", "state": "came", "visits_on": "۱۴۰۵/۰۹/۰۱"}
    )
    page = client.get(added.location)

    assert 'name="visits_on"' in form.text
    assert added.status_code == 303
    assert "سارا" in page.text
    assert "Came" in page.text


def test_the_example_has_a_board(client: HostClient, visit: Any) -> None:
    board = client.get("/visits/visits/board")

    assert board.status_code == 200
    for words in ("Planned", "Came", "Missed", "مریم احمدی"):
        assert words in board.text, words


def test_the_example_has_an_api_with_its_document(api: HostClient, visit: Any) -> None:
    listed = api.get(f"{VISITS}?state=planned&sort=-visits_on").json["items"]
    changed = api.patch(f"{VISITS}/{visit['id']}", json={"state": "came"})
    paths = api.get("/api/openapi.json").json["paths"]

    assert [one["id"] for one in listed] == [visit["id"]]
    assert (changed.status_code, changed.json["state"]) == (200, "came")
    assert VISITS in paths
    assert api.delete(f"{VISITS}/{visit['id']}").status_code == 204


def test_the_example_has_an_import(api: HostClient, drain: Callable[[], None]) -> None:
    file = "Who,State,Phone,Day\nنرگس,Came,۰۹۱۲۳۴۵۶۷۸۹,۱۴۰۵/۰۹/۰۱\n,Came,,\n".encode()

    begun = api.post(f"{VISITS}/imports", data={"file": (BytesIO(file), "visits.csv")})
    started = api.post(f"{VISITS}/imports/{begun.json['id']}/start", json={})
    drain()

    assert (begun.status_code, started.status_code) == (201, 202)
    (made,) = api.get(VISITS).json["items"]
    assert (made["title"], made["state"], made["phone"]) == ("نرگس", "came", "+989123456789")
    assert made["visits_on"] == "2026-11-22"


def test_the_example_is_found_by_the_search_over_all_modules(api: HostClient, visit: Any) -> None:
    by_name = api.get("/api/v1/search?q=مريم").json["items"]
    by_phone = api.get("/api/v1/search?q=0912123").json["items"]

    assert visit["id"] in {one["id"] for one in by_name}
    assert visit["id"] in {one["id"] for one in by_phone}
