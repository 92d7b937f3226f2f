"""The fleet runner: finds what is behind, does it once, goes on past faults, can be killed."""

import shutil
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.testing.lineages import write_lineage
from charsu_tenants.lineages import BadLineage, Lineage, core_lineage, load_lineage, steps
from charsu_tenants.migrations import migrate_fleet
from charsu_tenants.registry import create_tenant, get_tenant
from charsu_tenants.replay import replay
from charsu_tenants.spares import count_spares, fill_spares
from charsu_tenants.work import find_work

FIRST = "CREATE TABLE garden_bed (id uuid PRIMARY KEY DEFAULT uuidv7(), name text NOT NULL)"
SECOND = (
    "ALTER TABLE garden_bed ADD COLUMN width integer; CREATE INDEX ix_garden_bed_width ON garden_bed (width)"
)
FILL = "UPDATE garden_bed SET width = length(name)"


@pytest.fixture
def old(tmp_path):
    return write_lineage(tmp_path, "garden", {"0001": FIRST})


@pytest.fixture
def new(tmp_path):
    return write_lineage(tmp_path, "garden", {"0001": FIRST, "0002": SECOND})


@pytest.fixture
def fleet(database, old):
    return [create_tenant(database, slug=f"garden-{number}", name="", modules=[old]) for number in range(3)]


def revisions(database, tenants):
    with database.control() as control:
        rows = control.execute(
            "SELECT tenant_id, revision FROM control.tenant_module WHERE module = 'garden'"
        ).fetchall()
    mirror = {row["tenant_id"]: row["revision"] for row in rows}
    with database.admin() as admin:
        for tenant in tenants:
            row = admin.execute(f"SELECT version_num FROM {tenant.schema}.v_garden").fetchone()
            assert row["version_num"] == mirror[tenant.id]
    return [mirror[tenant.id] for tenant in tenants]


def test_every_tenant_that_is_behind_comes_to_the_head(database, fleet, new):
    report = migrate_fleet(database, [core_lineage(), new])

    assert (report.planned, report.done, report.failed) == (3, 3, [])
    assert revisions(database, fleet) == ["0002"] * 3
    with tenant_work(fleet[0]) as session:
        session.execute(text("INSERT INTO garden_bed (name, width) VALUES ('roses', 3)"))


def test_a_second_run_finds_nothing(database, fleet, new):
    migrate_fleet(database, [new])

    report = migrate_fleet(database, [new])

    assert (report.run_id, report.planned) == (None, 0)


def test_spares_are_migrated_and_one_that_is_behind_is_not_taken(database, old, new):
    fill_spares(database, 1, [old])
    assert count_spares(database, [new]) == 0
    fresh = create_tenant(database, slug="not-a-spare", name="", modules=[new])

    migrate_fleet(database, [new])

    assert count_spares(database, [new]) == 1
    taken = create_tenant(database, slug="a-spare", name="", modules=[new])
    assert count_spares(database, [new]) == 0
    assert revisions(database, [fresh, taken]) == ["0002"] * 2


def test_a_tenant_that_fails_keeps_its_state_and_the_others_go_on(database, fleet, new):
    with database.admin() as admin:
        admin.execute(f"ALTER TABLE {fleet[1].schema}.garden_bed ADD COLUMN width text")

    report = migrate_fleet(database, [new])

    assert report.done == 2
    assert [(item.work.slug, item.state) for item in report.failed] == [("garden-1", "failed")]
    assert "DuplicateColumn" in report.failed[0].error
    assert revisions(database, fleet) == ["0002", "0001", "0002"]
    with database.control() as control:
        rows = control.execute(
            "SELECT state, count(*) AS n FROM control.migration_item WHERE run_id = %s GROUP BY 1 ORDER BY 1",
            [report.run_id],
        ).fetchall()
        run = control.execute("SELECT * FROM control.migration_run WHERE id = %s", [report.run_id]).fetchone()
    assert [(row["state"], row["n"]) for row in rows] == [("done", 2), ("failed", 1)]
    assert (run["planned_count"], run["done_count"], run["failed_count"]) == (3, 2, 1)
    assert run["finished_at"] is not None


def test_the_next_run_does_what_the_last_one_left(database, fleet, new):
    with database.admin() as admin:
        admin.execute(f"ALTER TABLE {fleet[1].schema}.garden_bed ADD COLUMN width text")
        migrate_fleet(database, [new])
        admin.execute(f"ALTER TABLE {fleet[1].schema}.garden_bed DROP COLUMN width")

    report = migrate_fleet(database, [new])

    assert (report.planned, report.done) == (1, 1)
    assert revisions(database, fleet) == ["0002"] * 3


def test_a_run_that_was_killed_is_resumed(database, fleet, new):
    (step,) = steps(new, "0001")
    with psycopg.connect(database.url, autocommit=True) as admin:
        replay(database, admin, step, tenant_id=fleet[0].id, schema=fleet[0].schema)

    report = migrate_fleet(database, [new])

    assert (report.planned, report.done) == (2, 2)


KILLED_RUN = """
import sys
from charsu_tenants.database import Database
from charsu_tenants.lineages import load_lineage
from charsu_tenants.migrations import migrate_fleet
url, key, folder, package = sys.argv[1:]
sys.path.insert(0, folder)
migrate_fleet(Database(url, key), [load_lineage("garden", package)])
"""


def test_a_run_killed_in_the_middle_leaves_nothing_half_done(database, old, tmp_path):
    slow = write_lineage(tmp_path, "garden", {"0001": FIRST, "0002": f"{SECOND}; SELECT pg_sleep(0.15)"})
    fleet = [create_tenant(database, slug=f"slow-{number}", name="", modules=[old]) for number in range(12)]
    command = [
        sys.executable,
        "-c",
        KILLED_RUN,
        database.url,
        database.secret_key,
        str(tmp_path),
        slow.package,
    ]
    with subprocess.Popen(command) as run:
        while (before := _migrated_count(database)) < 2:
            assert run.poll() is None, "it ended before it was killed"
            time.sleep(0.02)
        run.kill()
        run.wait()
    _wait_for_silence(database)

    report = migrate_fleet(database, [slow])

    assert before < 12
    assert report.failed == []
    assert 0 < report.done <= 12 - before
    assert revisions(database, fleet) == ["0002"] * 12
    with database.admin() as admin:
        for tenant in fleet:
            admin.execute(f"SELECT width FROM {tenant.schema}.garden_bed")


def _migrated_count(database):
    with database.control_autocommit() as control:
        query = (
            "SELECT count(*) AS n FROM control.tenant_module WHERE module = 'garden' AND revision = '0002'"
        )
        return control.execute(query).fetchone()["n"]


def _wait_for_silence(database):
    """The server finishes, or drops, what a killed client had sent."""
    with database.admin() as admin:
        while admin.execute(
            """SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND query LIKE '%begin_step%' AND state = 'active'"""
        ).fetchone():
            time.sleep(0.05)


def test_a_step_another_run_took_is_passed_over(database, fleet, new):
    (step,) = steps(new, "0001")
    with psycopg.connect(database.url, autocommit=True) as admin:
        replay(database, admin, step, tenant_id=fleet[0].id, schema=fleet[0].schema)
        with pytest.raises(psycopg.Error, match="is at 0002, not at 0001"):
            replay(database, admin, step, tenant_id=fleet[0].id, schema=fleet[0].schema)

    assert revisions(database, fleet) == ["0002", "0001", "0001"]


def test_two_runs_at_once_do_each_tenant_once(database, fleet, new):
    reports = []
    runs = [threading.Thread(target=lambda: reports.append(migrate_fleet(database, [new]))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert sum(report.done for report in reports) == 3
    assert not [item for report in reports for item in report.failed]
    assert revisions(database, fleet) == ["0002"] * 3


def test_a_tenant_whose_tables_are_in_use_is_tried_again(database, fleet, new):
    held = threading.Event()

    def read():
        with tenant_work(fleet[0]) as session:
            session.execute(text("SELECT * FROM garden_bed"))
            held.set()
            done.wait(10)

    done = threading.Event()
    reader = threading.Thread(target=read)
    reader.start()
    held.wait(10)
    outcomes = []
    threading.Timer(2.5, done.set).start()

    report = migrate_fleet(database, [new], lambda outcome, _: outcomes.append(outcome))

    reader.join()
    assert (report.done, report.failed) == (3, [])
    assert max(outcome.attempts for outcome in outcomes) > 1


def test_modules_after_a_failed_one_wait_for_it(database, tmp_path, fleet, new):
    pond = write_lineage(tmp_path, "pond", {"0001": "CREATE TABLE pond_fish (id int)", "0002": "SELECT 1"})
    old_pond = Lineage("pond", pond.package, "0001")
    with database.admin() as admin:
        admin.execute(f"ALTER TABLE {fleet[1].schema}.garden_bed ADD COLUMN width text")
    wet = create_tenant(
        database, slug="pond", name="", modules=[Lineage("garden", new.package, "0001"), old_pond]
    )
    with database.admin() as admin:
        admin.execute(f"ALTER TABLE {wet.schema}.garden_bed ADD COLUMN width text")

    report = migrate_fleet(database, [new, pond])

    errors = {(item.work.slug, item.work.module): item.error for item in report.failed}
    assert errors["pond", "pond"] == "waits for garden"
    assert "DuplicateColumn" in errors["pond", "garden"]


def test_an_online_revision_works_on_the_rows_of_each_tenant(database, tmp_path, fleet):
    online = write_lineage(
        tmp_path,
        "garden",
        {"0001": FIRST, "0002": SECOND, "0003": FILL, "0004": "SELECT 1"},
        online=("0003",),
    )
    with tenant_work(fleet[0]) as session:
        session.execute(text("INSERT INTO garden_bed (name) VALUES ('roses')"))

    report = migrate_fleet(database, [online])

    assert (report.done, report.failed) == (3, [])
    assert revisions(database, fleet) == ["0004"] * 3
    with tenant_work(fleet[0]) as session:
        assert session.execute(text("SELECT width FROM garden_bed")).scalar_one() == 5


def test_an_online_revision_that_fails_leaves_the_tenant_before_it(database, tmp_path, fleet):
    online = write_lineage(
        tmp_path, "garden", {"0001": FIRST, "0002": SECOND, "0003": "SELECT 1/0"}, online=("0003",)
    )

    report = migrate_fleet(database, [online])

    assert len(report.failed) == 3
    assert revisions(database, fleet) == ["0002"] * 3


@pytest.mark.parametrize("online", [(), ("0002",)])
def test_a_tenant_whose_row_is_held_comes_again(database, tmp_path, fleet, online):
    garden = write_lineage(tmp_path, "garden", {"0001": FIRST, "0002": SECOND}, online=online)
    held, attempts = threading.Event(), []

    def hold():
        with database.control() as control:
            control.execute("UPDATE control.tenant SET name = 'held' WHERE id = %s", [fleet[1].id])
            held.set()
            time.sleep(4)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    report = migrate_fleet(database, [garden], lambda outcome, _: attempts.append(outcome.attempts))
    holder.join()

    assert (report.done, report.failed) == (3, [])
    assert max(attempts) > 1


def test_a_revision_no_code_knows_stops_the_run_before_it_starts(database, fleet, tmp_path):
    other = write_lineage(tmp_path, "garden", {"1001": FIRST})

    with pytest.raises(BadLineage, match="no revision 0001"):
        migrate_fleet(database, [other])


def test_work_is_found_module_by_module_in_the_order_of_the_lineages(database, tmp_path, new):
    pond = write_lineage(tmp_path, "apple", {"0001": "CREATE TABLE apple_tree (id int)", "0002": "SELECT 1"})
    olds = [Lineage("garden", new.package, "0001"), Lineage("apple", pond.package, "0001")]
    create_tenant(database, slug="orchard", name="", modules=olds)

    found = find_work(database, [new, pond])

    assert [item.module for item in found] == ["garden", "apple"]


def test_a_lineage_with_two_heads_is_refused(tmp_path, old):
    second = next((tmp_path / old.package / "versions").glob("0001*")).read_text()
    (tmp_path / old.package / "versions" / "0009_x.py").write_text(second.replace("'0001'", "'0009'"))

    with pytest.raises(BadLineage, match="one head, not 2"):
        # The package was read before it had two: a copy has not been.
        _copy(tmp_path, old)


def _copy(folder, lineage):
    shutil.copytree(folder / lineage.package, folder / f"{lineage.package}_copy")
    return load_lineage("garden", f"{lineage.package}_copy")


def test_the_tenant_shows_the_new_revision_of_its_modules(database, fleet, new):
    with database.control() as control:
        control.execute("UPDATE control.tenant_module SET state = 'enabled' WHERE module = 'garden'")

    migrate_fleet(database, [new])

    assert get_tenant(database, fleet[0].id).modules["garden"].revision == "0002"
