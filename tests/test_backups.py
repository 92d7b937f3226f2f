"""One tenant alone: backed up, exported and restored, at one moment and without its neighbours."""

import csv
import io
import json
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.testing.lineages import write_lineage
from charsu.testing.snapshots import take_snapshot
from charsu_tenants.backups import BadArchive, back_up_tenant
from charsu_tenants.exports import export_tenant
from charsu_tenants.lineages import BadLineage, core_lineage
from charsu_tenants.migrations import migrate_fleet
from charsu_tenants.registry import create_tenant, erase_tenant, find_by_slug, get_tenant
from charsu_tenants.restoring import restore_tenant
from charsu_tenants.slugs import InvalidSlug

GARDEN = (
    "CREATE TABLE garden_bed (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, size integer,"
    " area integer GENERATED ALWAYS AS (size * size) STORED);"
    " CREATE TABLE garden_a_plant (id uuid PRIMARY KEY DEFAULT uuidv7(),"
    " bed_id bigint NOT NULL REFERENCES garden_bed,"
    " parent_id uuid REFERENCES garden_a_plant, name text)"
)


@pytest.fixture
def lineages(runtime, tmp_path):
    found = [core_lineage(), *runtime.plugins.lineages, write_lineage(tmp_path, "garden", {"0001": GARDEN})]
    return {lineage.name: lineage for lineage in found}


@pytest.fixture
def business(database, lineages):
    """A tenant with an owner, rows with references, history and work left to do."""
    made = create_tenant(database, slug="business", name="باغ", modules=list(lineages.values())[1:])
    with database.control() as control:
        user = control.execute(
            """INSERT INTO control.app_user (email, password_hash)
            VALUES ('owner@example.com', 'x') RETURNING id"""
        ).fetchone()["id"]
        role = control.execute(
            """INSERT INTO control.role (tenant_id, key, title, permissions) VALUES (%s, 'owner', 'x', '{*}')
            RETURNING id""",
            [made.id],
        ).fetchone()["id"]
        seat = control.execute(
            """INSERT INTO control.membership (user_id, tenant_id, role_id, member_id)
            VALUES (%s, %s, %s, uuidv7()) RETURNING member_id""",
            [user, made.id, role],
        ).fetchone()["member_id"]
        control.execute(
            "UPDATE control.tenant_module SET state = 'enabled', enabled_at = now() WHERE tenant_id = %s",
            [made.id],
        )
    with tenant_work(made) as session:
        session.execute(
            text(
                """INSERT INTO core_member (id, user_id, display_name, email)
                VALUES (:m, :u, 'O', 'owner@example.com')"""
            ),
            {"m": seat, "u": user},
        )
        session.execute(text("INSERT INTO garden_bed (name, size) VALUES (E'ro\\tses\\n,\"', 3), (NULL, 4)"))
        session.execute(text("INSERT INTO garden_a_plant (bed_id, name) SELECT id, 'گل' FROM garden_bed"))
        session.execute(
            text("INSERT INTO garden_a_plant (bed_id, parent_id) SELECT bed_id, id FROM garden_a_plant")
        )
        session.execute(
            text("SELECT bus.emit(CAST(:event AS jsonb), CAST(:jobs AS jsonb))"),
            {
                "event": '{"type": "a.b", "subject_type": "x", "subject_id": "1"}',
                "jobs": '[{"handler": "m.r"}, {"handler": "m.j", "kind": "job", "unique_key": "k"}]',
            },
        )
    return get_tenant(database, made.id)


def rows(database, schema):
    snapshot = take_snapshot(database, [schema])
    return {table: found for (_, table), found in snapshot.rows.items()}


def backup(database, tenant):
    target = io.BytesIO()
    back_up_tenant(database, tenant, target)
    target.seek(0)
    return target


def test_an_erased_business_comes_back_as_it_was(database, business, lineages):
    before, archive = rows(database, business.schema), backup(database, business)
    erase_tenant(database, business.id)

    restored = restore_tenant(database, archive, lineages)

    assert restored == business
    after = rows(database, restored.schema)
    assert _without_users(after) == _without_users(before)
    with database.control() as control:
        seat = control.execute(
            """SELECT u.email, u.password_hash, u.id, r.permissions FROM control.membership m
            JOIN control.app_user u ON u.id = m.user_id JOIN control.role r ON r.id = m.role_id
            WHERE m.tenant_id = %s""",
            [restored.id],
        ).fetchone()
        jobs = control.execute(
            "SELECT handler, unique_key FROM bus.delivery WHERE tenant = %s ORDER BY handler",
            [restored.schema],
        ).fetchall()
    assert (seat["email"], seat["password_hash"], seat["permissions"]) == ("owner@example.com", "x", ["*"])
    assert str(seat["id"]) in after["core_member"]
    assert jobs == [
        {"handler": "m.j", "unique_key": f"{restored.schema}:k"},
        {"handler": "m.r", "unique_key": None},
    ]


def _without_users(tables):
    members = [{**member, "user_id": None} for member in json.loads(tables["core_member"])]
    return {**tables, "core_member": members}


def test_numbers_go_on_where_they_ended(database, business, lineages):
    archive = backup(database, business)
    erase_tenant(database, business.id)

    restored = restore_tenant(database, archive, lineages)

    with tenant_work(restored) as session:
        query = text("INSERT INTO garden_bed (name) VALUES ('next') RETURNING id")
        assert session.execute(query).scalar_one() == 3


def test_a_copy_under_another_address_leaves_the_first_alone(database, business, lineages, digest):
    before, archive = digest(business), backup(database, business)

    copy = restore_tenant(database, archive, lineages, slug="second-garden")

    assert (copy.slug, copy.name) == ("second-garden", business.name)
    assert copy.schema != business.schema
    assert digest(business) == before
    assert rows(database, copy.schema) == rows(database, business.schema)


def test_an_address_that_is_taken_is_refused(database, business, lineages, digest):
    before, archive = digest(business), backup(database, business)

    with pytest.raises(InvalidSlug, match="taken"):
        restore_tenant(database, archive, lineages)

    assert digest(business) == before


def test_an_old_backup_is_restored_at_its_revision_and_migrated(database, business, lineages, tmp_path):
    archive = backup(database, business)
    newer = write_lineage(
        tmp_path, "garden", {"0001": GARDEN, "0002": "ALTER TABLE garden_bed ADD COLUMN soil text"}
    )
    erase_tenant(database, business.id)

    restored = restore_tenant(database, archive, {**lineages, "garden": newer})
    report = migrate_fleet(database, [newer])

    assert report.done == 1
    assert get_tenant(database, restored.id).modules["garden"].revision == "0002"
    with tenant_work(restored) as session:
        assert session.execute(text("SELECT count(soil) FROM garden_bed")).scalar_one() == 0


def test_a_backup_of_a_newer_charsu_is_refused_and_leaves_nothing(database, business, lineages, tmp_path):
    archive = backup(database, business)
    erase_tenant(database, business.id)
    other = write_lineage(tmp_path, "garden", {"1001": GARDEN})

    with pytest.raises(BadLineage, match="0001"):
        restore_tenant(database, archive, {**lineages, "garden": other})

    assert find_by_slug(database, "business") is None


def test_a_backup_needs_its_modules(database, business, lineages):
    archive = backup(database, business)
    erase_tenant(database, business.id)

    with pytest.raises(BadArchive, match="garden"):
        restore_tenant(database, archive, {name: one for name, one in lineages.items() if name != "garden"})


def test_a_damaged_backup_leaves_nothing_behind(database, business, lineages):
    source = ZipFile(backup(database, business))
    damaged = io.BytesIO()
    with ZipFile(damaged, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[:-5] if name == "data/garden_a_plant.copy" else content)
    erase_tenant(database, business.id)

    with pytest.raises(Exception, match="garden_a_plant"):
        restore_tenant(database, damaged, lineages)

    assert find_by_slug(database, "business") is None
    with database.admin() as admin:
        query = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
        assert admin.execute(query, [business.schema]).fetchone() is None


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04"])
def test_what_is_no_backup_is_refused(database, lineages, content):
    with pytest.raises(BadArchive):
        restore_tenant(database, io.BytesIO(content), lineages)


def test_a_person_who_signed_up_anew_gets_her_seat_back(database, business, lineages):
    archive = backup(database, business)
    erase_tenant(database, business.id)
    with database.control() as control:
        user = control.execute(
            """INSERT INTO control.app_user (email, password_hash)
            VALUES ('owner@example.com', 'new') RETURNING id"""
        ).fetchone()["id"]

    restored = restore_tenant(database, archive, lineages)

    with database.control() as control:
        seats = control.execute("SELECT user_id FROM control.membership WHERE tenant_id = %s", [restored.id])
        assert [seat["user_id"] for seat in seats] == [user]
    with tenant_work(restored, read_only=True) as session:
        assert session.execute(text("SELECT user_id FROM core_member")).scalars().all() == [user]


def test_an_export_holds_every_row_in_open_formats(database, business, other_tenant):
    target = io.BytesIO()

    counts = export_tenant(database, business, target)

    with ZipFile(target) as archive:
        beds = list(csv.DictReader(io.StringIO(archive.read("garden_bed.csv").decode())))
        names = archive.namelist()
        preferences = json.loads(archive.read("business.json"))
    assert counts["garden_bed"] == 2
    assert counts["garden_a_plant"] == 4
    assert [bed["name"] for bed in beds] == ['ro\tses\n,"', ""]
    assert "core_event.csv" in names
    assert not [name for name in names if name.startswith("v_")]
    assert preferences["name"] == "باغ"
