"""What a bulk edit would do is counted for every record, however many there are."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from charsu.records.bulk import checking, preview, selection
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

URL, API = "/garden/plants", "/api/v1/garden/plants"
COUNT = preview.AT_ONCE + 10
QUERY = {"where": ["created_at:filled:"]}
POORER = """
UPDATE control.role SET permissions = %(held)s
 WHERE id = (SELECT role_id FROM control.membership WHERE member_id = %(member_id)s)"""


@pytest.fixture
def many(tenant: Tenant, tenant_work: Any) -> None:
    """Every tenth is a tree, which may not be rare; every seventh is rare already."""
    rows = (
        "INSERT INTO garden_plant (title, stage, is_rare, search_text)"
        " SELECT 'Plant ' || n, CASE WHEN n % 10 = 0 THEN 'tree' ELSE 'seed' END,"
        " n % 7 = 0 AND n % 10 <> 0, 'plant ' || n FROM generate_series(1, :count) n"
    )
    with tenant_work(tenant) as session:
        session.execute(text(rows), {"count": COUNT})


NUMBERS = range(1, COUNT + 1)
REFUSED = sum(1 for n in NUMBERS if n % 10 == 0)
SAME = sum(1 for n in NUMBERS if n % 7 == 0 and n % 10)
COUNTS = {
    "total_count": COUNT,
    "changed_count": COUNT - REFUSED - SAME,
    "same_count": SAME,
    "refused_count": REFUSED,
}


def rare(tenant: Tenant, tenant_work: Any) -> int:
    with tenant_work(tenant, read_only=True) as session:
        return int(session.scalar(text("SELECT count(*) FROM garden_plant WHERE is_rare")))


def test_every_record_is_looked_at_before_many_are_changed(
    client: HostClient, many: None, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]
) -> None:
    form = {"all": "1", "where": "created_at:filled:", "change": "is_rare", "is_rare": "true"}
    begun = client.post(f"{URL}/bulk/preview", data=form)
    assert begun.status_code == 303
    waiting = client.get(begun.location)
    assert client.post(f"{begun.location}/start").status_code == 409
    drain()

    shown = client.get(begun.location).text

    assert "hx-trigger" in waiting.text
    for number in (COUNTS["changed_count"], SAME, REFUSED):
        assert f"{number:,}" in shown
    assert "as a sample" in shown
    assert rare(tenant, tenant_work) == SAME
    assert client.post(f"{begun.location}/start").status_code == 303
    drain()
    assert rare(tenant, tenant_work) == COUNT - REFUSED
    assert client.post(f"{begun.location}/start").status_code == 409


def test_programs_read_the_draft_and_start_it(
    api: HostClient, many: None, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]
) -> None:
    body = {"query": QUERY, "values": {"is_rare": True}, "is_preview": True}
    draft = api.post(f"{API}/bulk", json=body)
    assert (draft.status_code, draft.json["state"]) == (202, "draft")
    path = f"{API}/bulk/{draft.json['id']}"
    assert api.get(path).json["preview"] is None
    drain()

    found = api.get(path).json["preview"]

    assert {name: found[name] for name in COUNTS} == COUNTS
    assert found["seen_count"] == COUNT
    assert len(found["changes"]) == 20
    assert api.post(f"{path}/start").status_code == 202
    drain()
    assert api.get(path).json["state"] == "done"
    assert rare(tenant, tenant_work) == COUNT - REFUSED


def test_a_draft_is_for_who_began_it_as_long_as_she_may_see_it(
    api: HostClient, many: None, people: People, tenant: Tenant, drain: Callable[[], None]
) -> None:
    member = people.member(tenant, ["garden.plant.read", "garden.plant.write"])
    hers = people.program(member)
    body = {"query": QUERY, "values": {"is_rare": True}, "is_preview": True}
    path = f"{API}/bulk/{hers.post(f'{API}/bulk', json=body).json['id']}"
    drain()

    for method, tail in (("GET", ""), ("POST", "/start")):
        assert api.open(f"{path}{tail}", method=method).status_code == 404
    with people.runtime.database.control() as conn:
        held = ["garden.plant.read@own", "garden.plant.write"]
        conn.execute(POORER, {"member_id": member.member_id, "held": held})
    for method, tail in (("GET", ""), ("POST", "/start")):
        assert hers.open(f"{path}{tail}", method=method).status_code == 404


def test_of_a_deletion_all_are_counted(client: HostClient, many: None) -> None:
    page = client.post(f"{URL}/bulk/delete", data={"all": "1", "where": "created_at:filled:"})

    assert page.status_code == 200
    assert f"{COUNT:,}" in page.text
    assert "as a sample" in page.text


def test_of_few_nothing_is_left_out(client: HostClient, many: None) -> None:
    assert checking.CHUNK < COUNT < selection.MOST
    few = client.post(f"{URL}/bulk/delete", data={"all": "1", "where": "stage:is:tree"})

    assert "There are more." not in few.text
