"""Exports of many rows are made in the background, for who asked for them alone, and not for ever."""

import io
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from charsu.records import export_batches, exporting
from charsu.records.sheets import open_table
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

API, PAGE = "/api/v1/garden/plants", "/garden/plants"
READ, EXPORT = "garden.plant.read", "garden.plant.export"
COUNT = exporting.AT_ONCE + 3
POORER = """
UPDATE control.role SET permissions = %(held)s, field_rules = %(rules)s::jsonb
 WHERE id = (SELECT role_id FROM control.membership WHERE member_id = %(member_id)s)"""


@pytest.fixture
def many(tenant: Tenant, tenant_work: Any) -> None:
    rows = (
        "INSERT INTO garden_plant (title, stage, phone, search_text)"
        " SELECT 'Plant ' || n, 'seed', '+98' || n, n FROM generate_series(1, :count) n"
    )
    with tenant_work(tenant) as session:
        session.execute(text(rows), {"count": COUNT})


@pytest.fixture
def few(tenant: Tenant, tenant_work: Any) -> None:
    with tenant_work(tenant) as session:
        session.execute(text("INSERT INTO garden_plant (title, phone) VALUES ('Rose', '+98')"))


def titles(content: bytes) -> list[str]:
    table = open_table(content)
    at = table.header.index("Name")
    return [str(row.cells[at]) for row in table.rows()]


def test_a_long_list_is_made_in_the_background_and_told(
    many: None, client: HostClient, drain: Callable[[], None]
) -> None:
    offer = client.get(f"{PAGE}/export?format=xlsx&sort=title&columns=title")
    assert offer.status_code == 200
    assert 'name="sort" value="title"' in offer.text

    started = client.post(f"{PAGE}/export", data={"format": "xlsx", "sort": "title", "columns": "title"})
    assert started.status_code == 303
    waiting = client.get(started.location)
    assert client.get(f"{started.location}/file").status_code == 409
    drain()
    ready = client.get(started.location)
    file = client.get(f"{started.location}/file")

    assert "hx-trigger" in waiting.text
    assert f"{started.location}/file" in ready.text
    assert "The export is ready: Plants" in client.get("/notifications").text
    assert len(titles(file.data)) == COUNT
    assert ZipFile(io.BytesIO(file.data)).testzip() is None
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_programs_ask_for_long_workbooks_apart_and_get_csv_at_once(
    many: None, api: HostClient, drain: Callable[[], None]
) -> None:
    assert api.get(f"{API}/export?format=xlsx").status_code == 422
    assert len(titles(api.get(f"{API}/export").data)) == COUNT

    made = api.post(f"{API}/exports?format=csv&where=title:is:Plant 7")
    assert (made.status_code, made.json["state"], made.json["total_count"]) == (202, "waiting", 1)
    drain()

    assert api.get(f"{API}/exports/{made.json['id']}").json["state"] == "done"
    assert titles(api.get(f"{API}/exports/{made.json['id']}/file").data) == ["Plant 7"]


@pytest.mark.parametrize("query", ["format=pdf", "where=nonsense:is:1", "columns=nonsense", "view=x"])
def test_what_can_not_be_exported_is_refused_before_it_is_begun(
    api: HostClient, digest: Any, tenant: Tenant, query: str
) -> None:
    before = digest(tenant)

    assert 400 <= api.post(f"{API}/exports?{query}").status_code < 500
    assert digest(tenant) == before


def test_only_who_asked_fetches_it(
    few: None, people: People, tenant: Tenant, api: HostClient, drain: Callable[[], None]
) -> None:
    made = api.post(f"{API}/exports").json
    drain()
    other = people.program(people.member(tenant))

    for tail in ("", "/file"):
        assert other.get(f"{API}/exports/{made['id']}{tail}").status_code == 404
        assert api.get(f"{API}/exports/{made['id']}{tail}").status_code == 200


@pytest.mark.parametrize(
    ("held", "rules", "status"),
    [
        ([READ], "{}", 403),
        ([EXPORT, f"{READ}@own"], "{}", 403),
        ([EXPORT, READ], '{"garden.plant": {"phone": "none"}}', 403),
        ([EXPORT, READ], '{"garden.plant": {"phone": "read"}}', 200),
    ],
)
def test_what_she_may_see_is_asked_again_when_she_fetches_it(
    few: None,
    people: People,
    tenant: Tenant,
    drain: Callable[[], None],
    held: list[str],
    rules: str,
    status: int,
) -> None:
    member = people.member(tenant, [READ, EXPORT])
    program = people.program(member)
    made = program.post(f"{API}/exports").json
    drain()
    with people.runtime.database.control() as conn:
        conn.execute(POORER, {"member_id": member.member_id, "held": held, "rules": rules})

    assert program.get(f"{API}/exports/{made['id']}/file").status_code == status


def test_the_file_holds_what_she_may_see_when_it_is_made(
    few: None, people: People, tenant: Tenant, drain: Callable[[], None]
) -> None:
    member = people.member(tenant, [READ, EXPORT])
    program = people.program(member)
    made = program.post(f"{API}/exports").json
    rules = '{"garden.plant": {"phone": "none"}}'
    with people.runtime.database.control() as conn:
        conn.execute(POORER, {"member_id": member.member_id, "held": [READ, EXPORT], "rules": rules})
    drain()

    table = open_table(program.get(f"{API}/exports/{made['id']}/file").data)

    assert "Phone" not in table.header


def test_who_may_not_export_any_more_gets_no_file(
    few: None, people: People, tenant: Tenant, drain: Callable[[], None]
) -> None:
    member = people.member(tenant, [READ, EXPORT])
    program = people.program(member)
    made = program.post(f"{API}/exports").json
    with people.runtime.database.control() as conn:
        conn.execute(POORER, {"member_id": member.member_id, "held": [READ], "rules": "{}"})
    drain()
    with people.runtime.database.control() as conn:
        conn.execute(POORER, {"member_id": member.member_id, "held": [READ, EXPORT], "rules": "{}"})

    assert program.get(f"{API}/exports/{made['id']}").json["state"] == "failed"


def test_files_are_cleared_away_after_some_days(
    few: None, client: HostClient, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]
) -> None:
    made = client.post(f"{PAGE}/export", data={"format": "csv"})
    drain()
    with tenant_work(tenant) as session:
        export_batches.clear_exports(session)
    assert client.get(f"{made.location}/file").status_code == 200
    with tenant_work(tenant) as session:
        session.execute(text("UPDATE core_batch SET created_at = created_at - interval '8 days'"))
        export_batches.clear_exports(session)

    assert client.get(f"{made.location}/file").status_code == 404
    assert client.get(made.location).status_code == 200
    with tenant_work(tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM core_file")) == 0


def test_an_export_is_not_taken_back(few: None, api: HostClient, client: HostClient) -> None:
    made = api.post(f"{API}/exports").json

    assert api.post(f"{API}/bulk/{made['id']}/reversal").status_code == 404
    assert client.get(f"/batches/{made['id']}").location == f"{PAGE}/export/{made['id']}"
