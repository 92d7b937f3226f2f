"""What the matrix takes for unchanged is unchanged: every write to every table is noted."""

from collections.abc import Iterator

import pytest
from psycopg import sql
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.testing.snapshots import digest

from .scene import Scene
from .watch import Watch


@pytest.fixture
def watch(scene: Scene) -> Iterator[Watch]:
    yield scene.watch
    scene.watch.reset()


def test_every_table_of_the_scene_is_watched(scene: Scene, watch: Watch) -> None:
    with scene.runtime.database.admin() as admin:
        for table in watch.snapshot.rows:
            admin.execute(sql.SQL("DELETE FROM {} WHERE false").format(sql.Identifier(*table)))

    assert watch.touched() == frozenset(watch.snapshot.rows)
    assert watch.changed() == []


def test_what_a_tenants_role_and_the_control_role_write_is_noted_and_brought_back(
    scene: Scene, watch: Watch
) -> None:
    here, there = scene.here.tenant, scene.there.tenant
    before = [digest(scene.runtime.database, tenant) for tenant in (here, there)]

    with tenant_work(there) as session:
        session.execute(text("UPDATE crm_core_customer SET note = 'x'"))
    with scene.runtime.database.control() as conn:
        conn.execute("UPDATE control.tenant SET name = 'x' WHERE id = %s", (here.id,))

    assert watch.changed() == [("control", "tenant"), (there.schema, "crm_core_customer")]
    assert watch.changed_of(here) == [("control", "tenant")]
    assert watch.changed_of(there) == [(there.schema, "crm_core_customer")]
    watch.reset()
    assert [digest(scene.runtime.database, tenant) for tenant in (here, there)] == before


def test_rows_that_go_along_with_others_are_noted(scene: Scene, watch: Watch) -> None:
    schema = scene.here.tenant.schema
    with tenant_work(scene.here.tenant) as session:
        session.execute(text("DELETE FROM core_team"))

    assert watch.changed() == [(schema, "core_team"), (schema, "core_team_member")]


def test_what_was_rolled_back_is_not_noted(scene: Scene, watch: Watch) -> None:
    with tenant_work(scene.here.tenant) as session:
        session.execute(text("UPDATE crm_core_customer SET note = 'x'"))
        session.rollback()

    assert watch.touched() == frozenset()


def test_a_business_can_not_read_or_take_notes(scene: Scene) -> None:
    for statement in (
        "SELECT count(*) FROM watch.note",
        "DELETE FROM watch.note",
        "SELECT watch.take_note()",
    ):
        with pytest.raises(Exception, match="permission denied"), tenant_work(scene.here.tenant) as session:
            session.execute(text(statement))
