"""What a transaction may do to what the door has kept: savepoints, waits, roles, other ways to write."""

import random
import threading
import time

import pytest

from charsu.people.permissions import builtin_roles
from charsu_tenants.erasure import erase_tenant
from charsu_tenants.registry import create_tenant, find_by_id
from charsu_tenants.roles import create_builtin_roles

#: Each changes what a visitor may do, whatever stood there before.
CHANGES = {
    "tenant": "UPDATE control.tenant SET name = name || '!' WHERE id = %(tenant)s",
    "role": (
        "UPDATE control.role SET permissions = CASE WHEN permissions = '{core.member.read}'"
        " THEN '{crm.customer.read}' ELSE '{core.member.read}' END::text[]"
        " WHERE tenant_id = %(tenant)s AND key = 'manager'"
    ),
    "membership": (
        "UPDATE control.membership SET member_id = gen_random_uuid()"
        " WHERE tenant_id = %(tenant)s AND user_id = %(user)s"
    ),
    "module": (
        "UPDATE control.tenant_module"
        " SET state = CASE state WHEN 'enabled' THEN 'disabled' ELSE 'enabled' END"
        " WHERE tenant_id = %(tenant)s AND module = 'loyalty'"
    ),
    "quarantine": (
        "UPDATE control.tenant_module SET fault_count = 5,"
        " quarantined_at = CASE WHEN quarantined_at IS NULL THEN now() END"
        " WHERE tenant_id = %(tenant)s AND module = 'crm_core'"
    ),
    "upsert": (
        "INSERT INTO control.tenant_module AS m (tenant_id, module, state, revision)"
        " VALUES (%(tenant)s, 'made_up', 'enabled', '1') ON CONFLICT (tenant_id, module)"
        " DO UPDATE SET revision = m.revision || '1'"
    ),
    "merge": (
        "MERGE INTO control.entitlement e USING (SELECT %(tenant)s::uuid AS id) t"
        " ON e.tenant_id = t.id AND e.module = 'crm_core' AND e.source = 'override'"
        " WHEN MATCHED THEN UPDATE SET value = NOT e.value"
        " WHEN NOT MATCHED THEN INSERT VALUES (t.id, 'crm_core', 'override', false)"
    ),
    "domain": (
        "WITH gone AS (DELETE FROM control.domain WHERE host = 'crm.example.com' RETURNING host)"
        " INSERT INTO control.domain SELECT 'crm.example.com', %(tenant)s WHERE NOT EXISTS (SELECT FROM gone)"
    ),
    "user": "UPDATE control.app_user SET display_name = display_name || '!' WHERE id = %(user)s",
    "token": (
        "UPDATE control.api_token SET scopes = CASE WHEN scopes = '{core.member.read}' THEN '{*}'"
        " ELSE '{core.member.read}' END::text[] WHERE user_id = %(user)s"
    ),
}
CONSTRAINTS = ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")
SAVEPOINTS = ("SAVEPOINT s", "ROLLBACK TO s", "RELEASE s")


@pytest.fixture
def values(visit, tenant):
    return {"tenant": tenant.id, "user": visit.manager.user_id}


@pytest.mark.parametrize(
    "steps",
    [
        ("SAVEPOINT s", "tenant", "ROLLBACK TO s", "role"),
        ("SAVEPOINT s", "tenant", "RELEASE s", "role"),
        ("role", "SAVEPOINT s", "tenant", "ROLLBACK TO s"),
        ("tenant", "SAVEPOINT s", "role", "ROLLBACK TO s", "module"),
        ("SAVEPOINT s", "role", CONSTRAINTS[0], "ROLLBACK TO s", "role"),
        ("role", "SAVEPOINT s", CONSTRAINTS[0], "ROLLBACK TO s"),
        ("SAVEPOINT s", CONSTRAINTS[0], "module", "ROLLBACK TO s", "module", "role"),
        (CONSTRAINTS[0], "role", "module", "membership"),
        ("SAVEPOINT s", "SAVEPOINT t", "tenant", "RELEASE t", "ROLLBACK TO s", "role", "RELEASE s"),
        ("SAVEPOINT s", "role", "RELEASE s", "SAVEPOINT s", "tenant", "ROLLBACK TO s"),
    ],
    ids=" ".join,
)
def test_savepoints_do_not_hide_a_change(visit, runtime, values, steps):
    usual = visit()[0]

    with runtime.database.control() as control:
        for step in steps:
            control.execute(CHANGES.get(step, step), values if step in CHANGES else None)
        assert visit() == (usual, usual)

    kept, fresh = visit()
    assert kept == fresh
    assert fresh != usual


@pytest.mark.parametrize("seed", range(4))
def test_whatever_transactions_do_is_seen_at_the_next_request(visit, runtime, values, seed):
    chance, usual, felt = random.Random(seed), visit()[1], 0

    for _ in range(20):
        done = []
        with runtime.database.control() as control:
            depth = 0
            for _ in range(chance.randint(1, 8)):
                step = chance.choice(
                    [*CHANGES, *CONSTRAINTS, *["SAVEPOINT s", "ROLLBACK TO s", "RELEASE s"] * 3]
                )
                if step in ("ROLLBACK TO s", "RELEASE s") and not depth:
                    continue
                depth += (step == "SAVEPOINT s") - (step == "RELEASE s")
                done.append(step)
                control.execute(CHANGES.get(step, step), values if step in CHANGES else None)
        kept, fresh = visit()
        assert kept == fresh, done
        felt += fresh != usual
        usual = fresh

    assert felt > 5


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("way", ["unflushed", "pipeline", "administrator", "owner", "repeatable read"])
def test_every_way_to_write_is_seen_at_the_next_request(visit, runtime, values, name, way):
    database, usual = runtime.database, visit()[0]

    if way == "unflushed":
        with database.control(flushed=False) as control:
            control.execute(CHANGES[name], values)
    elif way == "pipeline":
        with database.control_autocommit() as control, control.pipeline():
            control.execute(CHANGES[name], values)
    else:
        with database.admin() as admin, admin.transaction():
            if way == "repeatable read":
                admin.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if way == "owner":
                admin.execute(f'SET LOCAL ROLE "{database.owner_role}"')
            admin.execute(CHANGES[name], values)
            admin.execute("SET LOCAL ROLE NONE")

    kept, fresh = visit()
    assert kept == fresh
    assert fresh != usual


def test_who_waited_for_the_tenant_stamps_it_too(visit, runtime, values):
    """Both are committed; the door looks between the two."""

    def second():
        with runtime.database.control() as control:
            control.execute(CHANGES["role"], values)

    with runtime.database.control() as control:
        control.execute(CHANGES["tenant"], values)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.3)
        assert thread.is_alive()
        first = visit()
    between = visit()
    thread.join()
    after = visit()

    assert [kept == fresh for kept, fresh in (first, between, after)] == [True] * 3
    assert after[0] != first[0]


def test_a_frozen_row_is_the_same_version(visit, crew, runtime):
    before = visit.ask(crew.door)

    with runtime.database.admin() as admin:
        admin.execute(
            "VACUUM (FREEZE) control.tenant, control.app_user, control.web_session, control.api_token"
        )

    assert all(a is b for a, b in zip(before, visit.ask(crew.door), strict=True))


def test_an_address_below_the_base_host_is_taken_by_a_sign_up(visit, crew, runtime, tenant, other_tenant):
    """Until then a domain of its own led there: the row of neither business that led there changes."""
    host, token = f"shop.{runtime.settings.base_host}", visit.credentials["token"]
    with runtime.database.control() as control:
        control.execute(
            "INSERT INTO control.domain VALUES (%s, %s)",
            [host, tenant.id],
        )
    assert crew.door.admit(host, token_hash=token).person

    with runtime.database.control() as control:
        control.execute("UPDATE control.tenant SET slug = 'shop' WHERE id = %s", [other_tenant.id])

    found = crew.door.admit(host, token_hash=token)
    assert (found.tenant.id, found.person) == (other_tenant.id, None)


def test_what_was_kept_ends_with_the_connections(visit, crew, runtime):
    """After a crash PostgreSQL gives the numbers of transactions it lost once more."""
    before = visit.ask(crew.door)

    with runtime.database.admin() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s",
            [runtime.database.control_role],
        )

    after = visit.ask(crew.door)
    assert after == before
    assert not any(a is b for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE control.role SET title = title || '!'",
        "UPDATE control.tenant_module SET revision = revision",
        "INSERT INTO control.entitlement SELECT id, 'new', 'free' FROM control.tenant",
    ],
)
def test_an_erasure_and_a_change_of_the_same_tenant_do_not_block_each_other(runtime, statement):
    database = runtime.database
    doomed = create_tenant(database, slug="doomed", name="Doomed")
    with database.control() as control:
        create_builtin_roles(control, doomed.id, builtin_roles())
    erasure = threading.Thread(target=erase_tenant, args=[database, doomed.id])

    with database.control() as control:
        control.execute(statement)
        erasure.start()
        while erasure.is_alive() and not waits_for_a_row(database):
            time.sleep(0.02)
        assert erasure.is_alive()
    erasure.join()

    assert find_by_id(database, doomed.id) is None


def waits_for_a_row(database):
    with database.admin() as admin:
        found = admin.execute(
            "SELECT count(*) AS found FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event = 'transactionid'"
        ).fetchone()
    return found["found"] > 0
