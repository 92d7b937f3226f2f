"""Batches: many records changed at one wish, and what taking that back leaves behind."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from charsu.errors import Conflict
from charsu.records.batches import Batch, advance, create_batch, get_batch, kept_records, start_undo
from charsu.records.bin import find_deletion
from charsu.records.changes import changing
from charsu_tenants.context import Tenant

ROWS = text("SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY id), '[]') FROM garden_plant t")


@pytest.fixture
def plants(garden: ModuleType, service: Callable[..., Any]) -> list[Any]:
    with service(garden.plant) as writer:
        return [writer.create({"title": f"Plant {n}", "stage": "seed", "tags": ["old"]}).id for n in range(3)]


@pytest.fixture
def rows(tenant: Tenant, tenant_work: Any) -> Callable[[], Any]:
    def read() -> Any:
        with tenant_work(tenant, read_only=True) as session:
            return session.execute(ROWS).scalar_one()

    return read


@pytest.fixture
def batch(garden: ModuleType, service: Callable[..., Any], plants: list[Any]) -> Any:
    """Every plant became a tall one, the last one was deleted."""
    with service(garden.plant) as writer:
        batch_id = create_batch(writer.session, "bulk", "garden.plant", total_count=3)
        with changing("bulk", batch_id):
            for one in plants:
                writer.update(one, {"stage": "plant", "height": 2, "tags": ["new"]})
            writer.delete(plants[2])
        advance(writer.session, batch_id, done=3, state="done")
    return batch_id


@pytest.fixture
def undo(tenant: Tenant, tenant_work: Any, drain: Callable[[], None]) -> Callable[[Any], Batch]:
    def run(batch_id: Any) -> Batch:
        with tenant_work(tenant) as session:
            start_undo(session, batch_id)
        drain()
        with tenant_work(tenant, read_only=True) as session:
            return get_batch(session, batch_id)

    return run


def test_undoing_leaves_every_row_as_it_was(
    rows: Any, plants: Any, garden: ModuleType, service: Any, undo: Any
) -> None:
    before = rows()
    with service(garden.plant) as writer:
        batch_id = create_batch(writer.session, "bulk", "garden.plant")
        with changing("bulk", batch_id):
            for one in plants:
                writer.update(one, {"stage": "plant", "height": 2, "tags": ["new"], "planted_on": None})
                writer.update(one, {"stage": "tree", "title": "Tree"})
            writer.delete(plants[2])
        advance(writer.session, batch_id, state="done")
    assert rows() != before

    undone = undo(batch_id)

    assert (undone.state, undone.kept_count) == ("undone", 0)
    assert rows() == before


def test_what_was_changed_since_stays(
    rows: Any,
    plants: Any,
    garden: ModuleType,
    service: Any,
    batch: Any,
    undo: Any,
    tenant: Any,
    tenant_work: Any,
) -> None:
    with service(garden.plant) as writer:
        writer.update(plants[0], {"height": 3})

    undone = undo(batch)

    found = {row["id"]: row for row in rows()}
    assert (undone.state, undone.kept_count) == ("undone", 1)
    with tenant_work(tenant, read_only=True) as session:
        assert kept_records(session, batch, 10) == [(plants[0], "changed")]
    assert (found[str(plants[0])]["height"], found[str(plants[0])]["tags"]) == (3, ["old"])
    assert found[str(plants[1])]["height"] is None


def test_undoing_is_in_the_audit_and_told(tenant: Tenant, tenant_work: Any, batch: Any, undo: Any) -> None:
    undo(batch)

    with tenant_work(tenant, read_only=True) as session:
        counted = session.execute(
            text("SELECT source, action, count(*) FROM core_change GROUP BY 1, 2 ORDER BY 1, 2")
        ).all()
        told = session.execute(text("SELECT type, count(*) FROM core_event GROUP BY 1")).all()
    assert [tuple(row) for row in counted] == [
        ("bulk", "delete", 1),
        ("bulk", "update", 3),
        ("system", "create", 3),
        ("undo", "restore", 1),
        ("undo", "update", 3),
    ]
    assert {row.type: row.count for row in told}["plant.updated"] == 6


def test_a_batch_is_taken_back_once(tenant: Tenant, tenant_work: Any, batch: Any, undo: Any) -> None:
    undo(batch)

    with tenant_work(tenant) as session, pytest.raises(Conflict):
        start_undo(session, batch)


def test_what_a_batch_added_goes_whole_although_it_hangs_together(
    rows: Any, plants: Any, garden: ModuleType, service: Any, undo: Any
) -> None:
    before = rows()
    with service(garden.plant) as writer:
        batch_id = create_batch(writer.session, "automation", "garden.plant")
        with changing("automation", batch_id):
            old = writer.create({"title": "Old", "stage": "seed"})
            young = writer.create({"title": "Young", "stage": "seed", "parent_id": old.id})
            writer.update(plants[0], {"parent_id": young.id})
        advance(writer.session, batch_id, state="done")

    undone = undo(batch_id)

    assert (undone.state, undone.kept_count) == ("undone", 0)
    assert rows() == before


def test_what_others_use_since_stays_and_is_told_with_the_reason(
    plants: Any, garden: ModuleType, service: Any, undo: Any, tenant: Any, tenant_work: Any
) -> None:
    with service(garden.plant) as writer:
        batch_id = create_batch(writer.session, "automation", "garden.plant")
        with changing("automation", batch_id):
            used = writer.create({"title": "Used", "stage": "seed"}).id
            touched = writer.create({"title": "Touched", "stage": "seed"}).id
            writer.delete(plants[1])
        advance(writer.session, batch_id, state="done")
    with service(garden.plant) as writer:
        writer.update(plants[0], {"parent_id": used})
        writer.update(touched, {"height": 1})

    undone = undo(batch_id)

    assert (undone.state, undone.kept_count) == ("undone", 2)
    with tenant_work(tenant, read_only=True) as session:
        assert dict(kept_records(session, batch_id, 10)) == {used: "in_use", touched: "changed"}
        gone = text("SELECT deleted_at FROM garden_plant WHERE id = :id")
        assert session.scalar(gone, {"id": plants[1]}) is None


def test_what_was_deleted_anew_since_stays_deleted(
    plants: Any, garden: ModuleType, service: Any, batch: Any, undo: Any, tenant: Any, tenant_work: Any
) -> None:
    with service(garden.plant) as writer:
        writer.restore(find_deletion(writer.session, garden.plant, plants[2]))
        writer.delete(plants[2])

    undone = undo(batch)

    assert (undone.state, undone.kept_count) == ("undone", 1)
    with tenant_work(tenant, read_only=True) as session:
        assert kept_records(session, batch, 10) == [(plants[2], "changed")]
