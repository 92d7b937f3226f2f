"""The end of a module's life with a business: what it keeps goes for good, all at once and nothing else."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.errors import Conflict, DomainError, NotFound
from charsu.events import SYSTEM
from charsu.jobs.queueing import enqueue_platform
from charsu.plugins.lifecycle import disable_module, enable_module, module_rows
from charsu.plugins.module_purge import GRACE_DAYS, ask_purge, cancel_purge, purge_now, what_goes
from charsu.process import Runtime
from charsu.samples import add_samples
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant
from charsu_tenants.registry import create_tenant, get_tenant

NAME = "loyalty"


@pytest.fixture
def business(runtime: Runtime, tenant: Tenant, drain: Callable[[], None]) -> Tenant:
    """A business of its own, whose tables may go: with samples, and the loyalty club turned off."""
    made = create_tenant(
        runtime.database, slug="purges", name="Purges", locale="en", modules=runtime.plugins.lineages
    )
    for plugin in runtime.plugins.loaded:
        enable_module(made.id, plugin.name, SYSTEM)
    add_samples(get_tenant(runtime.database, made.id), SYSTEM)
    drain()
    disable_module(made.id, NAME, SYSTEM)
    return get_tenant(runtime.database, made.id)


@pytest.fixture
def owner(people: People, business: Tenant) -> HostClient:
    return people.browser(people.member(business))


@pytest.fixture
def objects(runtime: Runtime, business: Tenant) -> Callable[[], set[str]]:
    """`objects()`: every table, function, type and trigger of the schema, by name."""
    statement = """
        SELECT 'relation ' || relname AS name FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
        UNION SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
        UNION SELECT 'type ' || typname FROM pg_type WHERE typnamespace = %(schema)s::regnamespace
        UNION SELECT 'trigger ' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
               WHERE c.relnamespace = %(schema)s::regnamespace"""

    def read() -> set[str]:
        with runtime.database.admin() as conn:
            return {row["name"] for row in conn.execute(statement, {"schema": business.schema})}

    return read


def rows_of(tenant: Tenant, statement: str) -> list[Any]:
    with tenant_work(tenant, read_only=True) as session:
        return list(session.execute(text(statement)).scalars())


def audit_of(runtime: Runtime, tenant: Tenant) -> list[str]:
    with runtime.database.control() as conn:
        rows = conn.execute(
            "SELECT action FROM control.audit"
            " WHERE tenant_id = %s AND starts_with(action, 'module.purge') ORDER BY id",
            [tenant.id],
        )
        return [row["action"] for row in rows]


@contextmanager
def altered(runtime: Runtime, tenant: Tenant, *statements: str) -> Iterator[None]:
    with runtime.database.admin() as conn, conn.transaction():
        conn.execute(f'SET LOCAL ROLE "{runtime.database.owner_role}"')
        conn.execute(f'SET LOCAL search_path = "{tenant.schema}"')
        for statement in statements:
            conn.execute(statement.encode())
    yield


def test_exactly_the_modules_own_objects_go(
    runtime: Runtime, business: Tenant, objects: Callable[[], set[str]]
) -> None:
    before = objects()
    with altered(
        runtime,
        business,
        "CREATE TYPE loyalty_mood AS ENUM ('good')",
        "CREATE VIEW loyalty_rich AS SELECT * FROM loyalty_member",
        "CREATE FUNCTION loyalty_note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER noted AFTER INSERT ON core_setting FOR EACH ROW EXECUTE FUNCTION loyalty_note()",
        # Of a module whose name begins alike.
        "CREATE TABLE v_loyalty_plus (version_num text)",
        "CREATE TABLE loyalty_plus_gift (id integer)",
    ):
        purge_now(business.id, NAME, SYSTEM)

    after = objects()
    assert not {name for name in before if " loyalty_" in name} & after
    assert "relation v_loyalty" not in after
    assert {"relation loyalty_plus_gift", "relation v_loyalty_plus"} <= after
    assert not after & {
        "type loyalty_mood",
        "relation loyalty_rich",
        "function loyalty_note",
        "trigger noted",
    }
    kept = {name for name in before if "loyalty" not in name and not name.startswith("trigger RI_")}
    assert {name for name in kept if "_fk_loyalty" not in name and "trigger" not in name} <= after
    assert NAME not in module_rows(business.id)
    assert audit_of(runtime, business) == ["module.purged"]


def test_the_core_keeps_nothing_of_its_records(runtime: Runtime, business: Tenant, people: People) -> None:
    program = people.program(people.member(business))
    customer = rows_of(business, "SELECT id FROM crm_core_customer ORDER BY id LIMIT 1")[0]
    path = f"/api/v1/crm/customers/{customer}"
    assert program.patch(path, json={"full_name": "Secret Name"}).status_code == 200
    file = {"file": (io.BytesIO(b"x"), "a.txt")}
    assert program.post(f"{path}/attachments", data=file).status_code == 201
    assert program.delete(path).status_code == 204
    purge_now(business.id, NAME, SYSTEM)
    disable_module(business.id, "crm_core", SYSTEM)

    purge_now(business.id, "crm_core", SYSTEM)

    for table in ("core_deletion", "core_attachment", "core_file", "core_saved_view", "core_reminder"):
        assert rows_of(business, f"SELECT 1 FROM {table}") == [], table
    changes = "SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM core_change"
    assert not [row for row in rows_of(business, changes) if "Secret" in row]
    assert rows_of(business, f"SELECT 1 FROM core_change WHERE action = 'purge' AND record_id = '{customer}'")


def test_turned_on_again_it_begins_anew(
    runtime: Runtime, business: Tenant, drain: Callable[[], None]
) -> None:
    purge_now(business.id, NAME, SYSTEM)

    enable_module(business.id, NAME, SYSTEM)
    drain()

    fresh = get_tenant(runtime.database, business.id)
    assert fresh.modules[NAME].access == "full"
    assert rows_of(fresh, "SELECT 1 FROM loyalty_entry") == []


def test_what_else_needs_its_tables_stands_against_it_and_nothing_goes(
    runtime: Runtime, business: Tenant, digest: Callable[[Tenant], str], objects: Callable[[], set[str]]
) -> None:
    with altered(runtime, business, "CREATE VIEW report AS SELECT * FROM loyalty_member"):
        before = digest(business), objects()

        with pytest.raises(Conflict):
            purge_now(business.id, NAME, SYSTEM)

    assert (digest(business), objects()) == before
    assert module_rows(business.id)[NAME].state == "disabled"


def test_a_fault_at_its_last_step_leaves_all_as_it_was(
    runtime: Runtime, business: Tenant, digest: Callable[[Tenant], str], objects: Callable[[], set[str]]
) -> None:
    with altered(
        runtime,
        business,
        "CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''halt''; END'",
        "CREATE TRIGGER halting BEFORE DELETE ON core_inbox FOR EACH ROW EXECUTE FUNCTION halt()",
    ):
        before = digest(business), objects()

        with pytest.raises(Exception, match="halt"):
            purge_now(business.id, NAME, SYSTEM)

    assert (digest(business), objects()) == before


@pytest.mark.parametrize(("name", "kind"), [("core", Conflict), ("nosuch", NotFound), ("crm_core", Conflict)])
def test_what_is_on_needed_or_unknown_is_not_purged(
    business: Tenant, name: str, kind: type[DomainError]
) -> None:
    for act in (ask_purge, purge_now):
        with pytest.raises(kind):
            act(business.id, name, SYSTEM)


def test_the_data_of_modules_that_need_it_goes_first(runtime: Runtime, business: Tenant) -> None:
    disable_module(business.id, "crm_core", SYSTEM)

    with pytest.raises(Conflict) as refused:
        purge_now(business.id, "crm_core", SYSTEM)

    assert refused.value.code == "module_needed"


def test_it_goes_when_its_time_has_come_and_not_before(
    runtime: Runtime, business: Tenant, drain: Callable[[], None]
) -> None:
    def run() -> None:
        with runtime.database.control() as conn:
            enqueue_platform(conn, "core.purge_modules")
        drain()

    ask_purge(business.id, NAME, SYSTEM)
    run()
    assert NAME in module_rows(business.id)
    with runtime.database.admin() as conn:
        conn.execute("UPDATE control.tenant_module SET purge_at = now() WHERE purge_at IS NOT NULL")
    run()

    assert NAME not in module_rows(business.id)
    assert audit_of(runtime, business) == ["module.purge_asked", "module.purged"]


def test_turning_it_on_calls_the_removal_off(runtime: Runtime, business: Tenant) -> None:
    ask_purge(business.id, NAME, SYSTEM)

    enable_module(business.id, NAME, SYSTEM)
    disable_module(business.id, NAME, SYSTEM)

    assert module_rows(business.id)[NAME].purge_at is None
    with pytest.raises(NotFound):
        cancel_purge(business.id, NAME, SYSTEM)


def test_an_owner_sees_what_goes_types_the_name_and_can_call_it_off(
    business: Tenant, owner: HostClient, runtime: Runtime
) -> None:
    page = owner.get(f"/modules/{NAME}/purge").text
    wrong = owner.post(f"/modules/{NAME}/purge", data={"title": "something else"})
    assert module_rows(business.id)[NAME].purge_at is None
    asked = owner.post(f"/modules/{NAME}/purge", data={"title": "Loyalty club"})
    shown = owner.get("/modules").text
    cancelled = owner.post(f"/modules/{NAME}/purge/cancellation")

    assert f"{GRACE_DAYS} days from now" in page
    assert "Further entries" in page
    assert (wrong.status_code, asked.status_code, cancelled.status_code) == (422, 303, 303)
    assert "Keep the data" in shown
    assert module_rows(business.id)[NAME].purge_at is None
    assert audit_of(runtime, business) == ["module.purge_asked", "module.purge_cancelled"]


def test_a_manager_may_not_ask_for_it(business: Tenant, people: People) -> None:
    manager = people.browser(people.member(business, ["core.module.manage"]))

    assert manager.get(f"/modules/{NAME}/purge").status_code == 403
    assert manager.post(f"/modules/{NAME}/purge", data={"title": NAME}).status_code == 403
    assert "Remove it for good" not in manager.get("/modules").text


def test_what_goes_is_counted(runtime: Runtime, business: Tenant) -> None:
    with tenant_work(business, read_only=True) as session:
        found = what_goes(session, runtime.plugins.module("crm_core"))

    counts = {str(item.title): item.count for item in found}
    assert min(counts.values()) >= 0
    assert max(counts.values()) > 100
