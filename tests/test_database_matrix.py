"""What a tenant's role may do in PostgreSQL: generated from the catalog, so that new objects are covered."""

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from charsu_tenants.credentials import role_password

TABLE_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
#: Everything outside its own schema that the role of a tenant may touch.
ALLOWED_FUNCTIONS = {"bus.emit(jsonb,jsonb)", "bus.blank_changes(text,uuid[])"}
ALLOWED_SCHEMAS = {"bus"}
#: Tables of a tenant where what is written stays as it was written, by what is still allowed on them.
HISTORY = {
    "core_event": {"SELECT"},
    "core_inbox": {"SELECT", "INSERT"},
    "loyalty_entry": {"SELECT", "INSERT"},
}


@pytest.fixture
def login(database, tenant):
    """The role of `tenant`, logged in by itself: what an injected query would have."""
    url = make_conninfo(
        database.url, user=tenant.schema, password=role_password(database.secret_key, tenant.schema)
    )
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def catalog(database, query, **parameters):
    with database.admin() as admin:
        return admin.execute(query, parameters).fetchall()


def foreign_relations(database, tenant):
    """Every table, view and sequence outside the tenant's schema and the system's own."""
    return catalog(
        database,
        """SELECT c.oid, c.oid::regclass::text AS name, c.relkind = 'S' AS is_sequence
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm', 'p', 'S', 'f') AND n.nspname <> %(schema)s::text
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')""",
        schema=tenant.schema,
    )


def test_no_privilege_on_any_relation_outside_its_own_schema(database, tenant, other_tenant):
    relations = [row for row in foreign_relations(database, tenant) if not row["is_sequence"]]

    found = catalog(
        database,
        """SELECT c.oid::regclass::text AS name, p AS privilege
        FROM unnest(%(oids)s::oid[]) o JOIN pg_class c ON c.oid = o, unnest(%(privileges)s::text[]) p
        WHERE has_table_privilege(%(role)s::text::name, c.oid, p)
          OR has_any_column_privilege(%(role)s::text::name, c.oid,
          CASE WHEN p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') THEN p ELSE 'SELECT' END)""",
        oids=[row["oid"] for row in relations],
        privileges=list(TABLE_PRIVILEGES),
        role=tenant.schema,
    )

    assert found == []
    names = {row["name"] for row in relations}
    assert {"control.tenant", "bus.delivery", f"{other_tenant.schema}.core_event"} <= names


def test_no_privilege_on_any_sequence_outside_its_own_schema(database, tenant):
    found = catalog(
        database,
        """SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname <> %(schema)s::text AND CASE WHEN c.relkind = 'S'
          THEN has_sequence_privilege(%(schema)s::text::name, c.oid, 'USAGE, SELECT, UPDATE') END""",
        schema=tenant.schema,
    )

    assert found == []


def test_no_schema_but_its_own_and_the_bus_can_be_entered(database, tenant):
    found = catalog(
        database,
        """SELECT nspname AS name, has_schema_privilege(%(role)s::text::name, oid, 'CREATE') AS may_create
        FROM pg_namespace WHERE has_schema_privilege(%(role)s::text::name, oid, 'USAGE, CREATE')
          AND nspname NOT IN ('pg_catalog', 'information_schema')""",
        role=tenant.schema,
    )

    assert {row["name"] for row in found} == {tenant.schema, *ALLOWED_SCHEMAS}
    assert not any(row["may_create"] for row in found)


def test_of_our_functions_only_the_doors_of_the_bus_are_open(database, tenant):
    found = catalog(
        database,
        """SELECT p.oid::regprocedure::text AS name FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', %(role)s::text)
          AND has_function_privilege(%(role)s::text::name, p.oid, 'EXECUTE')
          AND has_schema_privilege(%(role)s::text::name, n.oid, 'USAGE')""",
        role=tenant.schema,
    )

    assert {row["name"] for row in found} == ALLOWED_FUNCTIONS


def test_functions_that_act_as_their_owner_pin_their_search_path(database):
    found = catalog(
        database,
        """SELECT p.oid::regprocedure::text AS name, coalesce(array_to_string(p.proconfig, ','), '') AS config
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')""",
    )

    assert {row["name"] for row in found} == ALLOWED_FUNCTIONS
    assert all("search_path=pg_catalog, pg_temp" in row["config"] for row in found)


def test_the_role_owns_nothing_and_is_nobodys_heir(database, tenant):
    owned = catalog(
        database,
        """SELECT relname AS name FROM pg_class WHERE relowner = %(role)s::text::regrole
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspowner = %(role)s::text::regrole
        UNION ALL SELECT proname FROM pg_proc WHERE proowner = %(role)s::text::regrole""",
        role=tenant.schema,
    )
    groups = catalog(
        database,
        """SELECT roleid::regrole::text AS name, admin_option, set_option FROM pg_auth_members
        WHERE member = %(role)s::text::regrole""",
        role=tenant.schema,
    )

    assert owned == []
    assert groups == [{"name": database.tenant_group, "admin_option": False, "set_option": False}]


def test_the_role_is_an_ordinary_one_with_limits(database, tenant):
    (role,) = catalog(database, "SELECT * FROM pg_roles WHERE rolname = %(role)s", role=tenant.schema)

    powers = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
    assert [power for power in powers if role[power]] == []
    assert role["rolconnlimit"] == 40
    assert set(role["rolconfig"]) == {
        f"search_path={tenant.schema}",
        "statement_timeout=15s",
        "lock_timeout=3s",
        "idle_in_transaction_session_timeout=30s",
    }


def test_in_its_own_schema_it_may_change_rows_and_nothing_else(database, tenant):
    found = catalog(
        database,
        """SELECT c.relname AS name, array_agg(p ORDER BY p) AS privileges
        FROM pg_class c, unnest(%(privileges)s::text[]) p
        WHERE c.relnamespace = %(role)s::text::regnamespace AND c.relkind IN ('r', 'p')
          AND has_table_privilege(%(role)s::text::name, c.oid, p) GROUP BY 1""",
        role=tenant.schema,
        privileges=list(TABLE_PRIVILEGES),
    )

    granted = {row["name"]: set(row["privileges"]) for row in found}
    assert all(rights <= {"SELECT", "INSERT", "UPDATE", "DELETE"} for rights in granted.values())
    assert not [name for name in granted if name.startswith("v_")]
    assert {name: granted[name] for name in HISTORY} == HISTORY


def test_it_may_connect_to_no_other_database_of_ours(database, tenant):
    # One that another test worker made a moment ago, and has not prepared yet, has no rights of its own.
    found = catalog(
        database,
        """SELECT datname AS name,
          has_database_privilege(%(role)s::text::name, oid, 'TEMP, CREATE') AS may_more
        FROM pg_database WHERE has_database_privilege(%(role)s::text::name, oid, 'CONNECT')
          AND datname LIKE 'charsu_test%%' AND datacl IS NOT NULL""",
        role=tenant.schema,
    )

    assert found == [{"name": database.name, "may_more": False}]


HOSTILE = (
    "SET ROLE {other}",
    "SELECT set_config('role', '{other}', false)",
    "SET ROLE {owner}",
    "SET ROLE {control}",
    "SET ROLE {group}",
    "SET SESSION AUTHORIZATION {other}",
    "SET SESSION AUTHORIZATION postgres",
    "SELECT * FROM {other}.core_member",
    "SELECT * FROM {other}.core_event",
    "INSERT INTO {other}.core_setting VALUES ('a', '1')",
    "SELECT * FROM control.tenant",
    "SELECT * FROM control.app_user",
    "SELECT * FROM control.module_access",
    "UPDATE control.membership SET role_id = role_id",
    "SELECT * FROM bus.delivery",
    "DELETE FROM bus.delivery",
    "INSERT INTO bus.delivery (handler, kind) VALUES ('x', 'job')",
    "SELECT control.begin_step(gen_random_uuid(), 'core', '0001')",
    "INSERT INTO core_event (type, subject_type, subject_id) VALUES ('a', 'b', 'c')",
    "UPDATE core_event SET hop = 0",
    "DELETE FROM core_event",
    "TRUNCATE core_event",
    "UPDATE core_inbox SET done_at = now()",
    "DELETE FROM core_inbox",
    "UPDATE loyalty_entry SET id = id",
    "DELETE FROM loyalty_entry",
    "TRUNCATE core_setting",
    "SELECT * FROM v_core",
    "UPDATE v_core SET version_num = '9999'",
    "CREATE TABLE mine (id integer)",
    "CREATE TEMP TABLE mine (id integer)",
    "CREATE TABLE public.mine (id integer)",
    "CREATE SCHEMA mine",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION bus.emit(text, text) RETURNS void LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION hstore",
    "CREATE ROLE mine",
    "ALTER ROLE {other} PASSWORD 'x'",
    "ALTER ROLE {self} CONNECTION LIMIT 1000",
    "ALTER ROLE {self} SUPERUSER",
    "ALTER TABLE core_setting ADD COLUMN more integer",
    "ALTER TABLE core_event DISABLE TRIGGER ALL",
    "DROP TABLE core_setting",
    "CREATE INDEX mine ON core_setting (value)",
    "CREATE RULE mine AS ON INSERT TO core_setting DO INSTEAD NOTHING",
    "CREATE TRIGGER mine BEFORE INSERT ON core_setting EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "GRANT SELECT ON control.tenant TO {self}",
    "GRANT {group} TO {other}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO {self}",
    "ALTER SYSTEM SET log_statement = 'all'",
    "ALTER DATABASE {database} SET search_path = {other}",
    "ALTER ROLE {other} RENAME TO somebody",
    "COPY core_setting TO PROGRAM 'id'",
    "COPY core_setting FROM '/etc/passwd'",
    "COPY core_setting TO '/tmp/rows'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_reload_conf()",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(1, 2)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT * FROM pg_authid",
    "SET session_replication_role = replica",
    "SET log_min_messages = 'fatal'",
    "BEGIN; LOCK TABLE {other}.core_setting",
    "COMMENT ON TABLE core_setting IS 'mine'",
    "REASSIGN OWNED BY {owner} TO {self}",
    "SELECT similarity('a', 'b')",
    "SELECT ext.similarity('a', 'b')",
)


@pytest.mark.parametrize("statement", HOSTILE)
def test_hostile_sql_is_refused(login, database, tenant, other_tenant, digest, statement):
    before = digest(other_tenant)
    names = {
        "self": tenant.schema,
        "other": other_tenant.schema,
        "owner": database.owner_role,
        "control": database.control_role,
        "group": database.tenant_group,
        "database": database.name,
    }

    with pytest.raises(
        (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction, psycopg.errors.ReservedName)
    ):
        login.execute(statement.format(**names))

    assert digest(other_tenant) == before


def test_a_terminated_neighbour_is_not_possible(login, database, other_tenant):
    with database.engine(other_tenant).connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_an_event_is_the_callers_whatever_it_says(login, database, tenant, other_tenant):
    login.execute("SELECT set_config('charsu.tenant', %s, false)", [other_tenant.schema])
    login.execute(
        "SELECT bus.emit(%s, %s)",
        [
            '{"type": "a.b", "subject_type": "x", "subject_id": "1", "tenant": "'
            + other_tenant.schema
            + '"}',
            '[{"handler": "m.r", "tenant": "' + other_tenant.schema + '"}]',
        ],
    )

    def events(schema):
        return catalog(database, sql.SQL("SELECT type FROM {}.core_event").format(sql.Identifier(schema)))

    deliveries = catalog(database, "SELECT tenant FROM bus.delivery")
    assert {row["tenant"] for row in deliveries} == {tenant.schema}
    assert {"type": "a.b"} in events(tenant.schema)
    assert events(other_tenant.schema) == []


def test_a_unique_key_of_one_tenant_does_not_block_another(database, tenant, other_tenant):
    job = '[{"handler": "m.j", "kind": "job", "unique_key": "daily"}]'
    for one in (tenant, other_tenant, tenant):
        with database.engine(one).begin() as connection:
            connection.exec_driver_sql("SELECT bus.emit(NULL, %s)", (job,))

    found = catalog(database, "SELECT tenant FROM bus.delivery WHERE handler = 'm.j'")
    assert sorted(row["tenant"] for row in found) == sorted([tenant.schema, other_tenant.schema])


def test_the_control_role_may_not_enter_a_tenant(database, tenant):
    with database.control() as control, pytest.raises(psycopg.errors.InsufficientPrivilege):
        control.execute(sql.SQL("SELECT * FROM {}.core_member").format(sql.Identifier(tenant.schema)))


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE control.mine (id int)", "DROP TABLE control.tenant", "CREATE ROLE mine"]
)
def test_the_control_role_changes_rows_not_tables(database, statement):
    with database.control() as control, pytest.raises(psycopg.errors.InsufficientPrivilege):
        control.execute(statement)


def test_a_planted_leak_is_found(database, tenant):
    """The test of the test: one grant too many on a table of the control plane."""
    with database.admin() as admin:
        admin.execute(f"GRANT SELECT (name) ON control.tenant TO {tenant.schema}")
    try:
        with pytest.raises(AssertionError):
            test_no_privilege_on_any_relation_outside_its_own_schema(database, tenant, tenant)
    finally:
        with database.admin() as admin:
            admin.execute(f"REVOKE SELECT (name) ON control.tenant FROM {tenant.schema}")
