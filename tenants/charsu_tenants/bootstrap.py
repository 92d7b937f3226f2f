"""Preparation of a database: its roles, the control plane at its head, and who may connect."""

from psycopg import sql

from charsu_tenants.credentials import role_password, scram_verifier
from charsu_tenants.database import Connection, Database
from charsu_tenants.lineages import Lineage, control_lineage, steps

_LOCK = "SELECT pg_advisory_lock(hashtextextended('charsu.prepare', 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('charsu.prepare', 0))"


class BadDatabase(Exception):
    """The database or its administrator will not do; the text says what to change, in one line."""


def prepare_database(database: Database) -> None:
    """Make what is missing and migrate the control plane; safe to call at every start, by several at once.

    Raises: BadDatabase.
    """
    with database.admin() as admin:
        _check_administrator(admin, database)
        admin.execute(_LOCK)
        try:
            _prepare_roles(admin, database)
            _prepare_schemas(admin, database)
            _close_shared_doors(admin, database)
            _migrate_control(admin, database, control_lineage())
            _renew_passwords(admin, database)
        finally:
            admin.execute(_UNLOCK)


def control_revision(database: Database) -> str | None:
    """Revision the control plane stands at, None before `prepare_database`."""
    with database.admin() as admin:
        return _revision(admin)


def _check_administrator(admin: Connection, database: Database) -> None:
    row = admin.execute(
        """SELECT current_setting('server_version_num')::integer AS version, r.rolsuper, r.rolcreaterole,
             pg_has_role(d.datdba, 'MEMBER') AS owns
           FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"""
    ).fetchone()
    if row is None or row["version"] < 180000:
        raise BadDatabase("Charsu needs PostgreSQL 18 or newer")
    if not row["rolsuper"] and not (row["rolcreaterole"] and row["owns"]):
        raise BadDatabase(
            f"the user of CHARSU_DATABASE_URL needs CREATEROLE and must own the database {database.name}"
        )


def _prepare_roles(admin: Connection, database: Database) -> None:
    found = {row["rolname"] for row in admin.execute("SELECT rolname FROM pg_roles")}
    names = _names(database)
    for role in ("owner", "control", "group"):
        if names[role].as_string(None).strip('"') not in found:
            admin.execute(sql.SQL("CREATE ROLE {}").format(names[role]))
    verifier = scram_verifier(role_password(database.secret_key, database.control_role))
    admin.execute(
        sql.SQL(
            """ALTER ROLE {control} LOGIN PASSWORD {verifier};
            ALTER ROLE {control} SET search_path = pg_catalog;
            ALTER ROLE {control} SET statement_timeout = '15s';
            ALTER ROLE {control} SET lock_timeout = '5s';
            ALTER ROLE {control} SET idle_in_transaction_session_timeout = '30s';
            GRANT {owner} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
            ALTER DATABASE {database} SET timezone = 'UTC';
            REVOKE ALL ON DATABASE {database} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {database} TO {control}, {group};
            GRANT CREATE ON DATABASE {database} TO {owner};
            REVOKE ALL ON SCHEMA public FROM PUBLIC"""
        ).format(verifier=sql.Literal(verifier), **names)
    )


def _prepare_schemas(admin: Connection, database: Database) -> None:
    admin.execute(
        sql.SQL(
            """CREATE SCHEMA IF NOT EXISTS ext AUTHORIZATION {owner};
            CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ext;
            CREATE SCHEMA IF NOT EXISTS control AUTHORIZATION {owner};
            CREATE SCHEMA IF NOT EXISTS bus AUTHORIZATION {owner};
            GRANT USAGE ON SCHEMA control, bus TO {control};
            GRANT USAGE ON SCHEMA bus TO {group};
            ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA control, bus
              GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {control};
            CREATE TABLE IF NOT EXISTS control.v_control (version_num varchar(32) NOT NULL);
            ALTER TABLE control.v_control OWNER TO {owner}"""
        ).format(**_names(database))
    )


def _close_shared_doors(admin: Connection, database: Database) -> None:
    """Take what crosses the walls between tenants from all but the control role: locks, large objects.

    Only a superuser may: these functions are PostgreSQL's own. NOTIFY can not be taken from anybody.
    """
    row = admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is None or not row["rolsuper"]:
        return
    open_doors = admin.execute(
        """SELECT p.oid::regprocedure::text AS name FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
          AND has_function_privilege('public', p.oid, 'EXECUTE')
          AND (p.proname ~ '^pg_(try_)?advisory_' OR p.proname ~ '^lo_(creat|create|from_bytea|put)$')"""
    ).fetchall()
    for door in open_doors:
        admin.execute(
            sql.SQL(
                "REVOKE ALL ON FUNCTION {door} FROM PUBLIC; GRANT ALL ON FUNCTION {door} TO {control}"
            ).format(door=sql.SQL(door["name"]), control=sql.Identifier(database.control_role))
        )


def _migrate_control(admin: Connection, database: Database, lineage: Lineage) -> None:
    start = _revision(admin)
    for step in steps(lineage, start) if start != lineage.head else ():
        admin.execute(
            sql.SQL(
                "SET LOCAL ROLE {owner}; SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = '5s'; "
                "{script}; DELETE FROM control.v_control; INSERT INTO control.v_control VALUES ({end})"
            ).format(script=sql.SQL(step.sql), end=sql.Literal(step.end), **_names(database))
        )
    admin.execute(
        sql.SQL(
            "GRANT EXECUTE ON FUNCTION bus.emit(jsonb, jsonb), bus.blank_changes(text, uuid[]) TO {group}"
        ).format(**_names(database))
    )


def _renew_passwords(admin: Connection, database: Database) -> None:
    """Where the secret key is not the one of the last start: give every tenant role its new password.

    Which key that was is kept as a fingerprint, in the comment of the control role.
    """
    fingerprint = role_password(database.secret_key, "fingerprint of the key")[:16]
    control = sql.Identifier(database.control_role)
    found = admin.execute(
        "SELECT shobj_description(oid, 'pg_authid') AS key FROM pg_roles WHERE rolname = %s",
        [database.control_role],
    ).fetchone()
    if found == {"key": fingerprint}:
        return
    for row in admin.execute("SELECT schema_name FROM control.tenant").fetchall():
        role = row["schema_name"]
        verifier = scram_verifier(role_password(database.secret_key, role))
        admin.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
        )
    admin.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(control, sql.Literal(fingerprint)))


def _revision(admin: Connection) -> str | None:
    if admin.execute("SELECT to_regclass('control.v_control') AS found").fetchone() == {"found": None}:
        return None
    row = admin.execute("SELECT version_num FROM control.v_control").fetchone()
    return row["version_num"] if row else None


def _names(database: Database) -> dict[str, sql.Identifier]:
    return {
        "database": sql.Identifier(database.name),
        "owner": sql.Identifier(database.owner_role),
        "control": sql.Identifier(database.control_role),
        "group": sql.Identifier(database.tenant_group),
    }
