"""The audit of the whole business: who changed what, when and from where, within the reader's bounds."""

from collections.abc import Callable
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.testing.clients import HostClient, People
from charsu.text.digits import to_latin
from charsu_tenants.context import Tenant

PLANTS = "/api/v1/garden/plants"
AUDIT = "core.audit.read"
SEES_ALL = [AUDIT, "garden.plant.read"]


@pytest.fixture
def rose(api: HostClient, garden: ModuleType) -> Any:
    """A plant that was added and renamed by the API."""
    made = api.post(PLANTS, json={"title": "Rose", "stage": "seed", "phone": "09121234567"}).json
    assert made is not None
    api.patch(f"{PLANTS}/{made['id']}", json={"title": "Red rose"})
    return made


def test_changes_stand_newest_first_with_values_before_and_after(client: HostClient, rose: Any) -> None:
    page = client.get("/audit").text

    assert page.index("It was changed") < page.index("It was added")
    assert "Red rose" in page
    assert "through the API" in page
    assert f'href="/garden/plants/{rose["id"]}/history"' in page
    assert 'href="/audit"' in client.get("/").text


def test_only_who_may_read_the_audit_sees_it(
    client_as: Callable[..., HostClient], rose: Any, anonymous: HostClient
) -> None:
    assert client_as(["garden.plant.read"]).get("/audit").status_code == 403
    assert client_as(["garden.plant.read"]).get("/audit/setup").status_code == 403
    assert client_as(["garden.plant.read"]).get("/audit/export").status_code == 403
    assert anonymous.get("/audit").status_code == 303


def test_records_out_of_reach_and_hidden_fields_stay_out(
    client_as: Callable[..., HostClient], rose: Any
) -> None:
    of_nobody = client_as([AUDIT]).get("/audit")
    of_own = client_as([AUDIT, "garden.plant.read@own"]).get("/audit")
    hidden = client_as(SEES_ALL, field_rules={"garden.plant": {"phone": "none"}}).get("/audit")
    export = client_as(
        [*SEES_ALL, "garden.plant.export"], field_rules={"garden.plant": {"phone": "none"}}
    ).get("/audit/export")
    no_export = client_as(SEES_ALL).get("/audit/export")

    for page in (of_nobody, of_own, no_export):
        assert page.status_code == 200
        assert "Rose" not in page.text
        assert rose["id"] not in page.text
    for page in (hidden, export):
        assert "Rose" in page.text
        assert "912123" not in to_latin(page.text).replace(" ", "")


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("type=garden.plant", True),
        ("type=crm.customer", False),
        ("source=api", True),
        ("source=import", False),
        ("period=today", True),
        ("period=yesterday", False),
        ("since=1400/01/01", True),
        ("since=2021-01-01&until=2021-02-01", False),
        ("until=۱۴۰۰/۰۱/۰۱", False),
        ("person=system", False),
        ("batch=0199aaaa-0000-7000-8000-000000000000", False),
    ],
)
def test_filters_leave_out_what_they_say(client: HostClient, rose: Any, asked: str, is_found: bool) -> None:
    page = client.get(f"/audit?{asked}")

    assert page.status_code == 200
    assert ("Red rose" in page.text) is is_found
    assert ("Red rose" in client.get(f"/audit/export?{asked}").text) is is_found


def test_changes_of_one_person_are_found_by_her(
    people: People, tenant: Tenant, client: HostClient, garden: ModuleType
) -> None:
    sara, omid = people.member(tenant), people.member(tenant)
    for member, title in ((sara, "Oak"), (omid, "Elm")):
        people.program(member).post(PLANTS, json={"title": title, "stage": "seed"})

    page = client.get(f"/audit?person={sara.member_id}").text

    assert "Oak" in page
    assert "Elm" not in page


@pytest.mark.parametrize(
    "asked",
    ["type=garden.weed", "source=magic", "period=soon", "since=31/31/31", "batch=x", "person=x", "after=x"],
)
def test_a_filter_that_can_not_be_is_told_and_nothing_is_shown(
    client: HostClient, rose: Any, asked: str
) -> None:
    page = client.get(f"/audit?{asked}")

    assert page.status_code == 422
    assert "Red rose" not in page.text
    if not asked.startswith("after"):
        assert client.get(f"/audit/export?{asked}").status_code == 422


def test_programs_read_the_same(api: HostClient, api_as: Callable[..., HostClient], rose: Any) -> None:
    path = "/api/v1/core/changes?record_type=garden.plant"
    first = api.get(f"{path}&limit=1").json
    assert first is not None
    second = api.get(f"{path}&limit=1&cursor={first['next_cursor']}").json
    assert second is not None
    hidden = api_as(SEES_ALL, field_rules={"garden.plant": {"phone": "none"}}).get(path)

    (changed,), (added,) = first["items"], second["items"]
    assert (changed["before"], changed["after"]) == ({"title": "Rose"}, {"title": "Red rose"})
    assert (added["action"], added["source"], added["record_id"]) == ("create", "api", rose["id"])
    assert second["next_cursor"] is None
    assert added["after"]["phone"] == "+989121234567"
    assert "912123" not in hidden.text
    assert api_as(["garden.plant.read"]).get(path).status_code == 403
    assert api_as([AUDIT, "garden.plant.read@own"]).get(path).get_json()["items"] == []
    assert api.get("/api/v1/core/changes?source=magic").status_code == 422
    assert api.get("/api/v1/core/changes?cursor=x").status_code == 422
    assert api.get("/api/v1/core/changes?since=soon").status_code == 422


def test_pages_go_on_where_the_one_before_ended(client: HostClient, api: HostClient, rose: Any) -> None:
    for number in range(60):
        api.patch(f"{PLANTS}/{rose['id']}", json={"title": f"Rose {number:02}."})

    first = client.get("/audit?type=garden.plant").text
    after = first.split("after=")[1].split('"')[0].split("&")[0]
    second = client.get(f"/audit?type=garden.plant&after={after}").text

    assert "Rose 59." in first
    assert "Rose 02." not in first
    assert "Rose 02." in second
    assert "Rose 59." not in second.split('class="c-timeline')[1].replace(">Rose 59.<", "")


def test_changes_of_an_import_are_found_by_their_batch(
    client: HostClient, api: HostClient, garden: ModuleType, drain: Callable[[], None]
) -> None:
    begun = api.post(f"{PLANTS}/imports", data={"file": (BytesIO(b"Name,Stage\nIvy,seed\n"), "a.csv")}).json
    assert begun is not None
    api.post(f"{PLANTS}/imports/{begun['id']}/start", json={})
    drain()
    api.post(PLANTS, json={"title": "Oak", "stage": "seed"})

    page = client.get(f"/audit?batch={begun['id']}").text

    assert "Ivy" in page
    assert "Oak" not in page
    assert f"/batches/{begun['id']}" in page


def test_what_lies_in_the_bin_has_its_name_and_no_link(
    client: HostClient, api: HostClient, rose: Any
) -> None:
    api.delete(f"{PLANTS}/{rose['id']}")

    page = client.get("/audit").text

    assert "It was deleted" in page
    assert "Red rose" in page
    assert f"{rose['id']}/history" not in page


def test_a_file_of_the_audit_calculates_nothing(client: HostClient, api: HostClient, rose: Any) -> None:
    api.patch(f"{PLANTS}/{rose['id']}", json={"title": "=1+1"})

    file = client.get("/audit/export")

    assert file.mimetype == "text/csv"
    assert ",'=1+1" in file.text
    assert ",=1+1" not in file.text


def test_set_up_has_a_tab_of_its_own(
    client: HostClient, api: HostClient, garden: ModuleType, tenant: Tenant
) -> None:
    field = api.post(
        "/api/v1/core/custom-fields", json={"record_type": "garden.plant", "title": "Scent", "kind": "text"}
    ).json
    assert field is not None
    path = f"/api/v1/core/custom-fields/{field['id']}"
    api.patch(path, json={"title": "Smell"})
    api.delete(path)
    api.post(f"{path}/restoration", json={})
    api.post(
        "/api/v1/core/roles", json={"key": "guest", "title": "Guest", "permissions": ["garden.plant.read"]}
    )
    api.post("/api/v1/core/teams", json={"name": "West", "kind": "branch"})
    api.delete("/api/v1/core/modules/visits/activation")

    page = client.get("/audit/setup").text
    fields = client.get("/audit/setup?noun=field").text

    for words in (
        "A field was added",
        "A field was changed",
        "A field was taken away",
        "A field was brought back",
        "A role was added",
        "A team was added",
        "A module was turned off",
        "See: Plants",
    ):
        assert words in page, words
    assert "Smell" in fields
    assert "A role was added" not in fields
    assert client.get("/audit/setup?noun=nothing").status_code == 422
    assert "A field was added" not in client.get("/audit/setup?period=yesterday").text


def test_a_refused_field_leaves_no_trace_in_the_audit(
    client: HostClient, api: HostClient, garden: ModuleType, tenant: Tenant
) -> None:
    refused = api.post(
        "/api/v1/core/custom-fields", json={"record_type": "garden.plant", "title": "", "kind": "text"}
    )

    assert refused.status_code == 422
    assert "A field was added" not in client.get("/audit/setup").text
    with tenant_work(tenant, read_only=True) as session:
        assert session.execute(text("SELECT count(*) FROM core_custom_field")).scalar_one() == 0
