"""A tenant made at once equals one that went through every revision, and is all there or not at all."""

import threading

import psycopg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.testing.catalog import describe_schema
from charsu.testing.lineages import write_lineage
from charsu_tenants.base import Base
from charsu_tenants.bootstrap import BadDatabase, prepare_database
from charsu_tenants.credentials import is_tenant_role, role_password, scram_verifier
from charsu_tenants.database import Database
from charsu_tenants.lineages import core_lineage, revisions
from charsu_tenants.provisioning import TenantRow, provision_module, provision_schema
from charsu_tenants.registry import create_tenant, find_by_slug, list_tenants
from charsu_tenants.rendering import load_revision, render_steps
from charsu_tenants.slugs import InvalidSlug
from charsu_tenants.spares import count_spares, fill_spares, take_spare


def schemas_of(database):
    """Schemas and roles of tenants; roles belong to the server, which other test workers use too."""
    with database.admin() as admin:
        rows = admin.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%'").fetchall()
        roles = admin.execute(
            """SELECT rolname FROM pg_roles r WHERE rolname LIKE 't\\_%%' AND NOT EXISTS (
                 SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                  WHERE m.member = r.oid AND g.rolname <> %s)""",
            [database.tenant_group],
        ).fetchall()
    return {row["nspname"] for row in rows}, {row["rolname"] for row in roles}


def upgrade_step_by_step(database, tenant, lineage):
    """Run each revision on its own, as Alembic does: an independent way to the head."""
    with database.admin_engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL ROLE {database.owner_role}")
        connection.exec_driver_sql(f"SET LOCAL search_path = {tenant.schema}")
        connection.exec_driver_sql(f"CREATE TABLE {lineage.version_table} (version_num varchar(32) NOT NULL)")
        connection.exec_driver_sql(f"REVOKE ALL ON {lineage.version_table} FROM {tenant.schema}")
        for revision in revisions(lineage.package):
            with Operations.context(MigrationContext.configure(connection)):
                load_revision(revision).upgrade()


def test_threads_that_render_at_once_do_not_mix_up_their_ddl(tmp_path):
    lineage = write_lineage(
        tmp_path, "pots", {"0001": "CREATE TABLE pots_one ()", "0002": "DROP TABLE pots_one"}
    )
    for file in tmp_path.rglob("*_step.py"):
        slow = file.read_text().replace("    op.", "    __import__('time').sleep(0.05)\n    op.")
        file.write_text(slow)
    rendered = []
    render = render_steps.__wrapped__
    threads = [threading.Thread(target=lambda: rendered.append(render(lineage, None))) for _turn in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert rendered == [render_steps(lineage, None)] * 4


def test_a_tenant_made_at_once_equals_one_upgraded_from_scratch(runtime, database):
    modules = runtime.plugins.lineages
    at_once = create_tenant(database, slug="at-once", name="", modules=modules)
    stepwise = create_tenant(database, slug="stepwise", name="")

    for lineage in modules:
        upgrade_step_by_step(database, stepwise, lineage)

    assert describe_schema(database, at_once.schema) == describe_schema(database, stepwise.schema)


def test_modules_enabled_later_give_the_same_schema(runtime, database):
    modules = runtime.plugins.lineages
    at_once = create_tenant(database, slug="at-once", name="", modules=modules)
    later = create_tenant(database, slug="later", name="")

    made = [provision_module(database, later, lineage) for lineage in modules]

    assert made == [True] * len(modules)
    assert describe_schema(database, at_once.schema) == describe_schema(database, later.schema)


def test_a_module_that_is_there_is_not_made_twice(runtime, database):
    lineage = runtime.plugins.lineages[0]
    made = create_tenant(database, slug="once", name="", modules=[lineage])

    assert provision_module(database, made, lineage) is False


def test_models_fit_the_tables_of_the_revisions(runtime, tenant):
    tables = _model_tables(runtime)

    assert {"crm_core_customer", "loyalty_entry"} <= {table.name for table in tables}
    with tenant_work(tenant, read_only=True) as session:
        for table in tables:
            session.execute(table.select().limit(1))


def _model_tables(runtime):
    names = tuple(lineage.name for lineage in runtime.plugins.lineages)
    return [table for name, table in Base.metadata.tables.items() if name.startswith(names)]


def test_names_of_schemas_and_roles_say_nothing_of_the_business(database):
    made = create_tenant(database, slug="tell-nobody", name="Tell Nobody")

    assert is_tenant_role(made.schema)
    assert "tell" not in made.schema


def test_a_refused_tenant_leaves_no_schema_and_no_role(database):
    create_tenant(database, slug="wanted", name="")
    before = schemas_of(database)

    with pytest.raises(InvalidSlug, match="taken"):
        create_tenant(database, slug="wanted", name="")

    assert schemas_of(database) == before


def test_broken_tables_leave_nothing_behind(database, tmp_path):
    broken = write_lineage(tmp_path, "broken", {"0001": "CREATE TABLE broken_one (id int); SELECT 1/0"})
    before = schemas_of(database)

    with pytest.raises(psycopg.errors.DivisionByZero):
        create_tenant(database, slug="broken", name="", modules=[broken])

    assert schemas_of(database) == before
    assert find_by_slug(database, "broken") is None


def test_modules_are_prepared_but_not_enabled(runtime, database):
    made = create_tenant(database, slug="prepared", name="", modules=runtime.plugins.lineages)

    assert set(made.modules) == {"core"}
    with database.control() as control:
        rows = control.execute(
            "SELECT state, enabled_at FROM control.tenant_module WHERE tenant_id = %s AND module <> 'core'",
            [made.id],
        ).fetchall()
    assert rows
    assert all(row == {"state": "disabled", "enabled_at": None} for row in rows)


def test_online_revisions_are_left_out_of_a_new_tenant(database, tmp_path):
    lineage = write_lineage(
        tmp_path, "pots", {"0001": "CREATE TABLE pots_pot (id int)", "0002": "SELECT 1/0"}, online=("0002",)
    )

    made = create_tenant(database, slug="pots", name="", modules=[lineage])

    with database.control() as control:
        row = control.execute(
            "SELECT revision FROM control.tenant_module WHERE tenant_id = %s AND module = 'pots'", [made.id]
        ).fetchone()
    assert row == {"revision": "0002"}


def test_a_name_with_quotes_is_stored_as_it_is(database):
    name = "Robert'); DROP SCHEMA control; -- \\ نان‌وایی"

    assert create_tenant(database, slug="bobby", name=name).name == name


def test_a_spare_becomes_the_tenant_and_others_stay(runtime, database):
    modules = runtime.plugins.lineages
    assert fill_spares(database, 2, modules) == 2
    assert fill_spares(database, 2, modules) == 0
    spares = {spare.schema for spare in list_tenants(database, spares=True) if spare.status == "spare"}

    made = create_tenant(database, slug="quick", name="Quick", locale="en", modules=modules)

    assert made.schema in spares
    assert (made.status, made.name, made.locale, made.calendar) == ("active", "Quick", "en", "gregorian")
    assert made.trial_ends_at is not None
    assert count_spares(database, modules) == 1


def test_a_spare_with_more_than_was_asked_for_is_not_taken(runtime, database):
    fill_spares(database, 1, runtime.plugins.lineages)

    made = create_tenant(database, slug="bare", name="")

    with database.control() as control:
        rows = control.execute("SELECT module FROM control.tenant_module WHERE tenant_id = %s", [made.id])
        assert [row["module"] for row in rows] == ["core"]


def test_two_sign_ups_at_once_get_two_spares(database):
    fill_spares(database, 4)
    taken = []

    def take(number):
        taken.append(take_spare(database, {"slug": f"both-{number}", "name": ""}))

    threads = [threading.Thread(target=take, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({tenant.id for tenant in taken}) == 4
    assert count_spares(database) == 0


def test_of_two_at_once_with_one_slug_one_wins(database):
    fill_spares(database, 2)
    results = []

    def make():
        try:
            results.append(create_tenant(database, slug="same", name=""))
        except InvalidSlug as refusal:
            results.append(refusal.reason)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results.count("taken") == 1
    assert count_spares(database) == 1


def test_tenants_made_side_by_side_do_not_disturb_each_other(runtime, database):
    errors = []

    def make():
        try:
            provision_schema(database, TenantRow(), runtime.plugins.lineages)
        except psycopg.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []


def test_no_password_is_sent_or_stored_in_clear(database, tenant):
    password = role_password(database.secret_key, tenant.schema)
    with database.admin() as admin:
        row = admin.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [tenant.schema]
        ).fetchone()

    assert row["rolpassword"].startswith("SCRAM-SHA-256$1:")
    assert password not in row["rolpassword"]
    assert scram_verifier(password) != scram_verifier(password)


def test_preparing_twice_changes_nothing(database):
    prepare_database(database)
    with database.admin() as admin:
        before = admin.execute("SELECT oid FROM pg_class WHERE relname = 'tenant'").fetchall()

    prepare_database(database)

    with database.admin() as admin:
        assert admin.execute("SELECT oid FROM pg_class WHERE relname = 'tenant'").fetchall() == before


def test_a_new_secret_key_gives_every_tenant_a_new_password(database, tenant):
    renewed = Database(database.url, "another key that is long enough " * 2)
    try:
        prepare_database(renewed)
        with renewed.engine(tenant).connect() as connection:
            assert connection.execute(text("SELECT session_user")).scalar_one() == tenant.schema
    finally:
        renewed.close()
        prepare_database(database)


def test_an_administrator_without_rights_is_refused_in_one_line(servers, database):
    nobody = f"{database.name}_nobody"
    with database.admin() as admin:
        admin.execute(f"DROP ROLE IF EXISTS {nobody}; CREATE ROLE {nobody} LOGIN PASSWORD 'secret'")
        admin.execute(f"GRANT CONNECT ON DATABASE {database.name} TO {nobody}")
    weak = Database(f"{database.url}&user={nobody}&password=secret", database.secret_key)
    try:
        with pytest.raises(BadDatabase, match="CREATEROLE"):
            prepare_database(weak)
    finally:
        weak.close()


def test_an_administrator_need_not_be_a_superuser(servers, worker_name, tmp_path):
    admin_role, name = f"charsu_plain_{worker_name}", f"charsu_plain_{worker_name}"
    with psycopg.connect(servers.database_url, autocommit=True) as root:
        root.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        for role in (f"{name}_owner", f"{name}_control", f"{name}_tenant"):
            root.execute(f"DROP ROLE IF EXISTS {role}")
        root.execute(f"DROP ROLE IF EXISTS {admin_role}")
        root.execute(f"CREATE ROLE {admin_role} LOGIN CREATEROLE PASSWORD 'secret'")
        root.execute(f"CREATE DATABASE {name} OWNER {admin_role}")
    url = servers.database_url.replace("/charsu?", f"/{name}?") + f"&user={admin_role}&password=secret"
    plain = Database(url, "a key of forty letters, more or less, ok")
    try:
        prepare_database(plain)
        prepare_database(plain)
        made = create_tenant(plain, slug="plain", name="")
        with plain.engine(made).begin() as connection:
            connection.execute(text('SELECT bus.emit(NULL, \'[{"handler": "a.b", "kind": "job"}]\')'))
        lineage = write_lineage(tmp_path, "plain", {"0001": "CREATE TABLE plain_one (id int)"})
        assert provision_module(plain, made, lineage)
        assert core_lineage().head == made.modules["core"].revision
    finally:
        plain.close()
