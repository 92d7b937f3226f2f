"""A module whose table somebody broke by hand costs its own piece of what is made over all modules."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from charsu.events import SYSTEM
from charsu.jobs import enqueue
from charsu.plugins.lifecycle import module_rows
from charsu.process import Runtime
from charsu.samples import add_samples, has_samples, remove_samples
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

Breaking = Callable[[str], AbstractContextManager[None]]
#: Everything one page or answer makes of the records of many modules.
PAGES = ("/", "/today", "/calendar", "/calendar?view=agenda", "/search?q=basil", "/bin", "/audit", "/modules")
ANSWERS = ("search?q=basil", "core/today", "core/changes")


@pytest.fixture
def breaking(runtime: Runtime, tenant: Tenant) -> Breaking:
    """`with breaking("garden_plant"):` the table goes by another name, as somebody in a console made it."""

    def rename(old: str, new: str) -> None:
        with runtime.database.admin() as conn:
            conn.execute(f'ALTER TABLE "{tenant.schema}"."{old}" RENAME TO "{new}"')

    @contextmanager
    def broken(table: str) -> Iterator[None]:
        rename(table, f"{table}_old")
        try:
            yield
        finally:
            rename(f"{table}_old", table)

    return broken


@pytest.fixture
def somebody(people: People, tenant: Tenant) -> Any:
    """The one member who does all of it, so that what she adds is hers to do."""
    return people.member(tenant)


@pytest.fixture
def client(people: People, somebody: Any) -> HostClient:
    return people.browser(somebody)


@pytest.fixture
def api(people: People, somebody: Any) -> HostClient:
    return people.program(somebody)


@pytest.fixture
def work(client: HostClient, api: HostClient) -> dict[str, Any]:
    """Of two modules something that is due, on the calendar and to be found by the same word."""
    moment = {"watered_at": "2020-01-02T08:00:00Z", "planted_on": "2020-01-02"}
    plant = api.post("/api/v1/garden/plants", json={"title": "Basil plant", "stage": "seed", **moment}).json
    customer = api.post("/api/v1/crm/customers", json={"full_name": "Basil Customer"}).json
    due = {"due_at": "2020-01-02T08:00:00Z", "customer_id": customer["id"]}
    task = api.post("/api/v1/crm/tasks", json={"title": "Basil task", **due}).json
    return {"plant": plant, "customer": customer, "task": task}


def faults_of(runtime: Runtime, tenant: Tenant) -> list[str]:
    with runtime.database.admin() as conn:
        rows = conn.execute("SELECT module FROM control.module_fault WHERE tenant_id = %s", [tenant.id])
        return [row["module"] for row in rows]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("table", ["garden_plant", "crm_core_task", "visits_visit"])
def test_a_page_over_all_modules_does_without_the_broken_one_alone(
    work: Any, breaking: Breaking, client: HostClient, path: str, table: str
) -> None:
    with breaking(table):
        answer = client.get(path)

    assert answer.status_code == 200


@pytest.mark.parametrize(("path", "shown"), [("/", "Basil task"), ("/today", "Basil task")])
def test_what_is_to_be_done_in_other_modules_is_still_shown_and_the_loss_is_said(
    work: Any,
    breaking: Breaking,
    client: HostClient,
    runtime: Runtime,
    tenant: Tenant,
    path: str,
    shown: str,
) -> None:
    whole = client.get(path).text
    with breaking("garden_plant"):
        page = client.get(path).text

    assert "Basil plant" in whole
    assert "Out of service" not in whole
    assert shown in page
    assert "Basil plant" not in page
    assert "Out of service: Garden" in page
    assert faults_of(runtime, tenant) == ["garden"]


def test_the_calendar_of_all_modules_shows_the_others(
    work: Any, breaking: Breaking, client: HostClient
) -> None:
    path = "/calendar?view=month&on=2020-01-02"
    with breaking("garden_plant"):
        page = client.get(path).text

    assert "Basil task" in page
    assert "Out of service: Garden" in page
    assert "Basil plant" in client.get(path).text


def test_the_search_finds_what_is_in_other_modules(
    work: Any, breaking: Breaking, client: HostClient, api: HostClient
) -> None:
    with breaking("garden_plant"):
        page = client.get("/search?q=basil").text
        palette = client.get("/search/palette?q=basil").text
        found = api.get("/api/v1/search?q=basil").json

    for part in (page, palette):
        assert "Basil task" in part
        assert "Basil Customer" in part
        assert "Basil plant" not in part
        assert "Out of service: Garden" in part
    assert {item["title"] for item in found["items"]} == {"Basil task", "Basil Customer"}
    assert found["out_of_service"] == ["garden"]


@pytest.mark.parametrize("path", ANSWERS)
def test_the_api_over_all_modules_answers(work: Any, breaking: Breaking, api: HostClient, path: str) -> None:
    with breaking("garden_plant"):
        assert api.get(f"/api/v1/{path}").status_code == 200


def test_a_narrow_audit_reads_what_is_left(
    work: Any, breaking: Breaking, tenant: Tenant, people: People
) -> None:
    member = people.member(tenant, ["core.audit.read", "garden.plant.read@own", "crm.task.read@own"])
    with breaking("garden_plant"):
        answer = people.program(member).get("/api/v1/core/changes")

    assert answer.status_code == 200


def test_the_page_of_a_customer_leaves_out_what_points_at_it(
    work: Any, breaking: Breaking, client: HostClient
) -> None:
    path = f"/crm/customers/{work['customer']['id']}"
    with breaking("loyalty_member"):
        page = client.get(path)

    assert page.status_code == 200
    assert "Basil Customer" in page.text
    assert "Out of service:" in page.text


def test_a_list_shows_its_rows_without_the_names_of_broken_links(
    work: Any, breaking: Breaking, client: HostClient, api: HostClient
) -> None:
    bed = api.post("/api/v1/garden/beds", json={"title": "South"}).json
    api.patch(f"/api/v1/garden/plants/{work['plant']['id']}", json={"bed_id": bed["id"]})
    with breaking("garden_bed"):
        page = client.get("/garden/plants")

    assert page.status_code == 200
    assert "Basil plant" in page.text
    assert "Out of service: Garden" in page.text
    assert "Out of service" not in client.get("/garden/plants").text


def test_five_pages_switch_the_module_off_and_the_pages_go_on_saying_so(
    work: Any, breaking: Breaking, client: HostClient, tenant: Tenant
) -> None:
    with breaking("garden_plant"):
        for _ in range(5):
            client.get("/today")

        assert module_rows(tenant.id)["garden"].access == "quarantined"
        assert "Out of service: Garden" in client.get("/today").text
        assert client.get("/garden/plants").status_code == 503


def test_its_own_pages_say_that_it_is_out_of_service(
    work: Any, breaking: Breaking, client: HostClient, runtime: Runtime, tenant: Tenant
) -> None:
    with breaking("garden_plant"):
        answer = client.get("/garden/plants")

    assert answer.status_code == 503
    assert faults_of(runtime, tenant) == ["garden"]


def test_what_would_take_broken_records_along_is_refused_and_changes_nothing(
    work: Any, breaking: Breaking, client: HostClient, api: HostClient
) -> None:
    bed = api.post("/api/v1/garden/beds", json={"title": "South"}).json
    with breaking("garden_plant"):
        asked = client.get(f"/garden/beds/{bed['id']}/delete")
        refused = api.delete(f"/api/v1/garden/beds/{bed['id']}")

    assert asked.status_code == 200
    assert refused.status_code == 503
    assert api.get(f"/api/v1/garden/beds/{bed['id']}").status_code == 200


def test_the_bin_is_emptied_of_what_other_modules_have_in_it(
    work: Any,
    breaking: Breaking,
    api: HostClient,
    tenant: Tenant,
    tenant_work: Any,
    drain: Callable[[], None],
) -> None:
    visit = api.post("/api/v1/visits/visits", json={"title": "Gone"}).json
    api.delete(f"/api/v1/garden/plants/{work['plant']['id']}")
    api.delete(f"/api/v1/visits/visits/{visit['id']}")
    with tenant_work(tenant) as session:
        session.execute(text("UPDATE core_deletion SET deleted_at = deleted_at - interval '91 days'"))
        enqueue("core.empty_bin")
    with breaking("garden_plant"):
        drain()

    with tenant_work(tenant, read_only=True) as session:
        left = session.execute(text("SELECT record_type FROM core_deletion")).scalars().all()
    assert left == ["garden.plant"]


def test_the_nightly_search_for_duplicates_goes_on(
    breaking: Breaking, api: HostClient, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]
) -> None:
    for name in ("Sara Rad", "Sara Raad"):
        api.post("/api/v1/crm/customers", json={"full_name": name, "email": "sara@example.com"})
    with tenant_work(tenant):
        enqueue("core.find_duplicates")
    with breaking("garden_plant"):
        drain()

    with tenant_work(tenant, read_only=True) as session:
        found = session.execute(text("SELECT DISTINCT record_type FROM core_duplicate")).scalars().all()
    assert found == ["crm.customer"]


def test_samples_of_other_modules_go_and_those_left_can_be_tried_again(
    breaking: Breaking, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]
) -> None:
    add_samples(tenant, SYSTEM)
    drain()
    with breaking("crm_core_task"):
        assert remove_samples(tenant, SYSTEM) == ["crm_core"]
    with tenant_work(tenant, read_only=True) as session:
        assert has_samples(session)
        assert session.execute(text("SELECT count(*) FROM loyalty_member")).scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM crm_core_customer")).scalar_one() > 0

    assert remove_samples(tenant, SYSTEM) == []
    with tenant_work(tenant, read_only=True) as session:
        assert not has_samples(session)


def test_samples_others_hang_on_stay_with_them(breaking: Breaking, tenant: Tenant, drain: Any) -> None:
    add_samples(tenant, SYSTEM)
    drain()
    with breaking("loyalty_lot"):
        assert remove_samples(tenant, SYSTEM) == ["loyalty", "crm_core"]

    assert remove_samples(tenant, SYSTEM) == []
