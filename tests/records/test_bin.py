"""The recycle bin: what one sees of it, what comes back, and what is removed for good."""

import io
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from charsu.jobs import enqueue
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

API = "/api/v1/garden"


@pytest.fixture
def bed(api: HostClient) -> Any:
    return api.post(f"{API}/beds", json={"title": "South"}).json


@pytest.fixture
def plant(api: HostClient, bed: Any) -> Any:
    return api.post(f"{API}/plants", json={"title": "Basil", "stage": "seed", "bed_id": bed["id"]}).json


@pytest.fixture
def deletion(api: HostClient, bed: Any, plant: Any, tenant: Tenant, tenant_work: Any) -> UUID:
    api.delete(f"{API}/beds/{bed['id']}")
    with tenant_work(tenant, read_only=True) as session:
        found: UUID = session.execute(text("SELECT id FROM core_deletion")).scalar_one()
    return found


@pytest.fixture
def age(tenant: Tenant, tenant_work: Any, drain: Callable[[], None]) -> Callable[[int], None]:
    """`age(days)`: let everything in the bin be so old, then run the job that empties it."""

    def run(days: int) -> None:
        with tenant_work(tenant) as session:
            session.execute(
                text("UPDATE core_deletion SET deleted_at = deleted_at - make_interval(days => :days)"),
                {"days": days},
            )
        with tenant_work(tenant):
            enqueue("core.empty_bin")
        drain()

    return run


def count(tenant: Tenant, tenant_work: Any, table: str) -> int:
    with tenant_work(tenant, read_only=True) as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_bin_shows_what_was_deleted_and_what_went_along(client: HostClient, deletion: UUID) -> None:
    page = client.get("/bin").text

    assert "South" in page
    assert "Plants: 1" in page
    assert f"/bin/{deletion}/restoration" in page


def test_what_is_restored_comes_back_with_what_went_along(
    client: HostClient, api: HostClient, bed: Any, plant: Any, deletion: UUID
) -> None:
    back = client.post(f"/bin/{deletion}/restoration")

    assert (back.status_code, back.location) == (303, f"/garden/beds/{bed['id']}")
    assert api.get(f"{API}/plants/{plant['id']}").status_code == 200
    assert "South" not in client.get("/bin").text.partition("c-page-head")[2].partition("c-flashes")[2]
    assert client.post(f"/bin/{deletion}/restoration").status_code == 404


def test_what_was_deleted_by_itself_before_stays_in_the_bin(
    client: HostClient, api: HostClient, bed: Any, plant: Any, tenant: Tenant, tenant_work: Any
) -> None:
    api.delete(f"{API}/plants/{plant['id']}")
    api.delete(f"{API}/beds/{bed['id']}")

    api.post(f"{API}/beds/{bed['id']}/restoration")

    assert api.get(f"{API}/plants/{plant['id']}").status_code == 404
    assert "Basil" in client.get("/bin").text


def test_one_sees_only_what_one_may_delete(
    client_as: Callable[..., HostClient], people: People, other_tenant: Tenant, deletion: UUID
) -> None:
    strangers = {
        "nothing": client_as(["garden.bed.read"]),
        "another type": client_as(["garden.plant.delete"]),
        "one's own": client_as(["garden.bed.delete@own"]),
        "the team's": client_as(["garden.bed.delete@team"]),
        "another business": people.browser(people.member(other_tenant)),
    }

    for name, stranger in strangers.items():
        page = stranger.get("/bin")
        assert page.status_code == 200, name
        assert "South" not in page.text, name
        assert stranger.post(f"/bin/{deletion}/restoration").status_code == 404, name
    nameless = client_as(field_rules={"garden.bed": {"title": "none"}})
    assert "South" not in nameless.get("/bin").text


@pytest.mark.parametrize("query", ["type=garden.weed", "type=%00", "after=x", "after=1"])
def test_a_broken_address_of_the_bin_is_no_fault(client: HostClient, deletion: UUID, query: str) -> None:
    assert client.get(f"/bin?{query}").status_code == 200


def test_the_bin_is_emptied_after_90_days(
    client: HostClient, tenant: Tenant, tenant_work: Any, deletion: UUID, age: Callable[[int], None]
) -> None:
    age(89)
    assert count(tenant, tenant_work, "garden_bed") == 1

    age(2)

    for table in ("garden_bed", "garden_plant", "core_deletion"):
        assert count(tenant, tenant_work, table) == 0, table
    with tenant_work(tenant, read_only=True) as session:
        purged = session.execute(text("SELECT count(*) FROM core_change WHERE action = 'purge'")).scalar_one()
    assert purged == 2


def test_purge_records_lets_a_module_keep_what_it_needs(
    tenant: Tenant, tenant_work: Any, garden: ModuleType, deletion: UUID, age: Callable[[int], None]
) -> None:
    garden.behaviour["purge_records"] = lambda _ctx, kind, ids: ids if kind == "garden.bed" else []

    age(100)

    assert count(tenant, tenant_work, "garden_plant") == 0
    assert count(tenant, tenant_work, "garden_bed") == 1
    assert count(tenant, tenant_work, "core_deletion") == 1


def test_what_is_removed_for_good_leaves_no_files_and_no_values(
    api: HostClient, tenant: Tenant, tenant_work: Any, bed: Any, plant: Any, age: Callable[[int], None]
) -> None:
    for number in range(2):
        file = {"file": (io.BytesIO(b"Basil in the south"), f"basil{number}.txt")}
        path = f"{API}/plants/{plant['id']}/attachments"
        made = api.post(path, data=file, content_type="multipart/form-data").json
    api.delete(f"{API}/plants/{plant['id']}/attachments/{made['id']}")
    api.patch(f"{API}/plants/{plant['id']}", json={"title": "Thyme", "tags": ["herb"]})
    other = api.post(f"{API}/plants", json={"title": "Oak", "stage": "seed"}).json
    api.delete(f"{API}/beds/{bed['id']}")

    age(91)

    for table in ("core_attachment", "core_file", "core_file_part", "core_deletion"):
        assert count(tenant, tenant_work, table) == 0, table
    of = "SELECT action, before, after FROM core_change WHERE record_id = :id ORDER BY id"
    with tenant_work(tenant, read_only=True) as session:
        changes = session.execute(text(of), {"id": plant["id"]}).all()
        assert session.execute(text(of), {"id": other["id"]}).one().after["title"] == "Oak"
    assert [change.action for change in changes] == ["create", *["update"] * 4, "purge"]
    assert changes[4].after == {"title": None, "tags": None}
    values = [value for change in changes for side in change[1:] for value in (side or {}).values()]
    assert set(values) == {None}


def test_what_was_merged_into_it_goes_along_and_the_merge_forgets_both(
    api: HostClient, tenant: Tenant, tenant_work: Any, age: Callable[[int], None]
) -> None:
    kept, lost = (
        api.post(f"{API}/plants", json={"title": title, "stage": "seed"}).json["id"]
        for title in ("Basil", "Thyme")
    )
    merged = api.post(f"{API}/plants/merges", json={"kept_id": kept, "lost_id": lost})
    assert merged.status_code == 201, merged.text
    api.delete(f"{API}/plants/{kept}")

    age(91)

    assert count(tenant, tenant_work, "garden_plant") == 0
    with tenant_work(tenant, read_only=True) as session:
        for table in ("core_change", "core_batch", "core_batch_item"):
            rows = session.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t"))
            assert not [row for row in rows if "Basil" in row or "Thyme" in row], table


def test_values_of_what_is_still_there_can_not_be_blanked(
    tenant: Tenant, tenant_work: Any, other_tenant: Tenant, bed: Any, digest: Any
) -> None:
    before = digest(tenant), digest(other_tenant)
    with tenant_work(tenant) as session:
        blank = text("SELECT bus.blank_changes('garden.bed', ARRAY[CAST(:id AS uuid)])")
        assert session.scalar(blank, {"id": bed["id"]}) == 0

    assert (digest(tenant), digest(other_tenant)) == before
