"""What the door keeps: never believed once anything it was read from has changed."""

import json
import threading
import time

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from charsu_tenants.door import _SESSION, _TOKEN, TOUCH_INTERVAL
from charsu_tenants.modules import record_fault

#: Something else for a column of any type; the first that its checks let pass is taken.
CANDIDATES = (
    *("'suspended'", "'disabled'", "'en'", "'fa'", "'gregorian'", "'rial'", "'USD'", "'override'"),
    *("'Europe/Paris'", "'changed'", "'changed@example.com'", "'t_abcdefgh'", "now() - interval '1 day'"),
    *("now() + interval '1 day'", "'{crm.customer.read}'::text[]", '\'{"crm.customer": {"phone": "none"}}\''),
    *("false", "true", "7", "'\\x07'::bytea", "'203.0.113.9'::inet", "gen_random_uuid()"),
)
#: Held by the rows that refer to them.
IDENTITIES = {"tenant.id", "app_user.id", "role.id"}
#: Only modules that are off have one, and the door reads those that are on.
NEVER_HERE = {"tenant_module.purge_at"}
#: They lead from row to row: with another value the row is another's. Removal is tried below.
REFERENCES = {"tenant_id", "user_id", "role_id"}


def tables_read(control, kind, tenant):
    """The tables a statement of the door reads, views resolved, as PostgreSQL's plan names them."""
    values = {"slug": tenant.slug, "host": "", "interval": TOUCH_INTERVAL, "credential": b""}
    plan = control.execute("EXPLAIN (FORMAT JSON, VERBOSE) " + kind.find.text, values).fetchone()
    found = set()

    def walk(node):
        if "Relation Name" in node:
            found.add(node["Relation Name"])
        for child in node.get("Plans", []):
            walk(child)

    walk(json.loads(json.dumps(plan["QUERY PLAN"]))[0]["Plan"])
    return found


def columns_of(control, table):
    return control.execute(
        "SELECT column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'control' AND table_name = %s ORDER BY ordinal_position",
        [table],
    ).fetchall()


def change(database, table, column, where):
    """Give one column of a row another value; the statement that puts it back, None where none would fit."""
    name, place = sql.Identifier("control", table), sql.Identifier(column)
    for candidate in CANDIDATES:
        try:
            with database.control() as control:
                before = control.execute(
                    sql.SQL("SELECT {} AS was FROM {} WHERE {}").format(place, name, sql.SQL(where))
                ).fetchone()["was"]
                done = control.execute(
                    sql.SQL("UPDATE {} SET {} = {} WHERE {} AND {} IS DISTINCT FROM {}").format(
                        name, place, sql.SQL(candidate), sql.SQL(where), place, sql.SQL(candidate)
                    )
                )
                if done.rowcount == 1:
                    return candidate, before
        except psycopg.Error:
            continue
    return None


def rows_of(visit, tenant):
    """One row of each table the door reads for the visitor."""
    user, home = f"'{visit.manager.user_id}'", f"tenant_id = '{tenant.id}'"
    return {
        "tenant": f"id = '{tenant.id}'",
        "domain": f"{home} AND host = 'crm.example.com'",
        "app_user": f"id = {user}",
        "membership": f"{home} AND user_id = {user}",
        "role": f"{home} AND key = 'manager'",
        "web_session": f"token_hash = '\\x{visit.credentials['session'].hex()}'",
        "api_token": f"token_hash = '\\x{visit.credentials['token'].hex()}'",
        "tenant_module": f"{home} AND module = 'loyalty'",
        "entitlement": f"{home} AND module = 'loyalty' AND source = 'subscription'",
    }


def put_back(database, table, column, where, before, candidate):
    """Undo a change, though the column may be the one by which the row is found."""
    with database.control() as control:
        control.execute(
            sql.SQL("UPDATE {} SET {} = %s WHERE {} OR ({} = {})").format(
                sql.Identifier("control", table),
                sql.Identifier(column),
                sql.SQL(where),
                sql.Identifier(column),
                sql.SQL(candidate),
            ),
            [Jsonb(before) if isinstance(before, dict) else before],
        )


def test_every_column_the_door_could_read_is_seen_at_the_next_request(visit, tenant, runtime):
    database, rows = runtime.database, rows_of(visit, tenant)
    with database.control() as control:
        read = tables_read(control, _SESSION, tenant) | tables_read(control, _TOKEN, tenant)
        columns = {table: [row["name"] for row in columns_of(control, table)] for table in read}
    assert read == set(rows)
    usual, felt, untried = visit()[1], set(), set()

    for table, names in columns.items():
        for name in names:
            done = None if name in REFERENCES else change(database, table, name, rows[table])
            if done is None:
                untried.add(f"{table}.{name}")
                continue
            kept, fresh = visit()
            assert kept == fresh, f"{table}.{name} changed to {done[0]}"
            if fresh != usual:
                felt.add(f"{table}.{name}")
            put_back(database, table, name, rows[table], done[1], done[0])
            assert visit() == (usual, usual), f"{table}.{name} put back"

    assert {name for name in untried if name.partition(".")[2] not in REFERENCES} <= IDENTITIES | NEVER_HERE
    assert felt >= {
        *("tenant.slug", "tenant.name", "tenant.status", "tenant.locale", "tenant.timezone", "domain.host"),
        *("app_user.display_name", "app_user.email", "app_user.disabled_at", "app_user.locale"),
        *("membership.member_id", "role.permissions", "role.field_rules", "role.key"),
        *("web_session.token_hash", "web_session.expires_at", "api_token.revoked_at", "api_token.scopes"),
        *("tenant_module.state", "tenant_module.revision", "tenant_module.quarantined_at"),
        *("entitlement.value", "entitlement.module"),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM control.web_session",
        "DELETE FROM control.api_token",
        "DELETE FROM control.membership",
        "DELETE FROM control.domain",
        "DELETE FROM control.entitlement",
        "DELETE FROM control.tenant_module WHERE module = 'loyalty'",
        "DELETE FROM control.app_user WHERE email LIKE 'crew%%'",
        (
            "UPDATE control.membership m SET role_id = (SELECT r.id FROM control.role r"
            " WHERE r.tenant_id = m.tenant_id AND r.key = 'viewer')"
        ),
        (
            "INSERT INTO control.entitlement (tenant_id, module, source, value)"
            " SELECT id, 'loyalty', 'override', true FROM control.tenant WHERE status = 'active'"
        ),
        (
            "INSERT INTO control.tenant_module (tenant_id, module, state, revision)"
            " SELECT id, 'made_up', 'enabled', '0001' FROM control.tenant WHERE status = 'active'"
        ),
    ],
)
def test_rows_that_come_and_go_are_seen_at_the_next_request(visit, runtime, statement):
    usual = visit()[0]

    with runtime.database.control() as control:
        control.execute(statement)

    kept, fresh = visit()
    assert kept == fresh
    assert fresh != usual


def test_a_slug_given_to_another_business_leads_there(visit, crew, tenant, other_tenant, runtime):
    with runtime.database.control() as control:
        control.execute("UPDATE control.tenant SET slug = 'moved-away' WHERE id = %s", [tenant.id])
        control.execute("UPDATE control.tenant SET slug = %s WHERE id = %s", [tenant.slug, other_tenant.id])

    kept, fresh = visit()

    assert kept == fresh
    assert kept[0].tenant.id == other_tenant.id
    assert kept[0].person is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE control.web_session SET expires_at = now() + interval '0.4 s'",
        "UPDATE control.api_token SET expires_at = now() + interval '0.4 s'",
        "UPDATE control.tenant SET trial_ends_at = now() + interval '0.4 s'",
        "UPDATE control.entitlement SET ends_at = now() + interval '0.4 s'",
        "UPDATE control.entitlement SET starts_at = now() + interval '0.4 s'",
    ],
)
def test_what_time_alone_changes_is_seen_at_the_next_request(visit, runtime, statement):
    with runtime.database.control() as control:
        if "trial" in statement:
            control.execute("DELETE FROM control.entitlement")
        control.execute(statement)
    kept, fresh = visit()
    assert kept == fresh

    time.sleep(0.5)

    after, fresh_after = visit()
    assert after == fresh_after
    assert after != kept


def test_a_kept_admission_is_the_very_same(visit, crew):
    assert [a is b for a, b in zip(visit.ask(crew.door), visit.ask(crew.door), strict=True)] == [True] * 3


def test_counted_faults_leave_an_admission_standing(visit, crew, tenant, runtime):
    before = visit.ask(crew.door)

    record_fault(runtime.database, tenant.id, "loyalty", "nav_items", "ValueError")

    assert all(a is b for a, b in zip(before, visit.ask(crew.door), strict=True))


def test_without_the_stamp_a_changed_role_would_go_unseen(visit, runtime):
    """The test of the tests above: what they would not see is seen to differ."""
    with runtime.database.admin() as admin:
        admin.execute("ALTER TABLE control.role DISABLE TRIGGER tr_role_stamp")
        try:
            admin.execute("UPDATE control.role SET permissions = '{core.member.read}'")
            kept, fresh = visit()
        finally:
            admin.execute("ALTER TABLE control.role ENABLE TRIGGER tr_role_stamp")

    assert kept != fresh


def test_the_visit_is_noted_down_while_admissions_are_kept(visit, crew, runtime):
    with runtime.database.control() as control:
        control.execute("UPDATE control.api_token SET last_used_at = now() - %s", [TOUCH_INTERVAL * 0.995])
    visit.ask(crew.door)

    time.sleep(0.5)
    visit.ask(crew.door)

    with runtime.database.control() as control:
        row = control.execute("SELECT now() - last_used_at AS ago FROM control.api_token").fetchone()
    assert row["ago"].total_seconds() < 5


def test_two_who_change_roles_and_modules_crosswise_do_not_block_each_other(visit, tenant, runtime):
    def change_role(control):
        control.execute("UPDATE control.role SET title = title || '!' WHERE key = 'viewer'")

    def second():
        with runtime.database.control() as control:
            change_role(control)

    with runtime.database.control() as control:
        control.execute("UPDATE control.tenant_module SET revision = revision WHERE module = 'loyalty'")
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=2)
        assert not thread.is_alive(), "the second waits for the first's lock on the tenant"
        change_role(control)
