"""Knows which tables were written to, so that only those are read and brought back after a call.

A trigger on every table of the scene notes each statement that writes, whoever runs it, in its transaction:
what is rolled back leaves no note. A call without a note changed no row, and to see that costs one short
query, where reading all rows of two businesses took sixty milliseconds.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import sql

from charsu.testing.snapshots import Table, restore_snapshot, table_rows, take_snapshot, tenant_rows
from charsu_tenants.context import Tenant
from charsu_tenants.database import Database

# Everybody who may write sets off the trigger; nobody but its owner may write, or read, what it notes.
_BEGIN = """
CREATE SCHEMA watch;
CREATE TABLE watch.note (table_schema text NOT NULL, table_name text NOT NULL);
CREATE FUNCTION watch.take_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$ BEGIN INSERT INTO watch.note VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME); RETURN NULL; END $$;
REVOKE ALL ON FUNCTION watch.take_note() FROM PUBLIC
"""
_WATCH = (
    "CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {}"
    " FOR EACH STATEMENT EXECUTE FUNCTION watch.take_note()"
)


@contextmanager
def watching(database: Database, tables: Sequence[Table]) -> Iterator[None]:
    """Note what is written to these tables until the block ends; then nothing is left of it."""
    with database.admin() as admin:
        admin.execute(_BEGIN)
        for table in tables:
            admin.execute(sql.SQL(_WATCH).format(sql.Identifier(*table)))
    try:
        yield
    finally:
        with database.admin() as admin:
            # With the function go the triggers that call it.
            admin.execute("SET client_min_messages = error; DROP SCHEMA watch CASCADE; RESET ALL")


class Watch:
    """The rows some schemas are to have, and what became of them since."""

    def __init__(self, database: Database, tenants: Sequence[Tenant]) -> None:
        self._database = database
        self._schemas = ["control", "bus", *(tenant.schema for tenant in tenants)]
        self.snapshot = take_snapshot(database, self._schemas)
        self._own = {tenant.schema: tenant_rows(database, tenant) for tenant in tenants}

    def touched(self) -> frozenset[Table]:
        """The tables that somebody wrote to since the last reset, if only the rows that were there."""
        with self._database.admin() as admin:
            notes = admin.execute("SELECT DISTINCT table_schema, table_name FROM watch.note").fetchall()
        return frozenset((note["table_schema"], note["table_name"]) for note in notes)

    def changed(self) -> list[Table]:
        """The tables that hold other rows than they should, whoever's they are."""
        touched = self.touched()
        rows = table_rows(self._database, touched) if touched else {}
        return sorted(table for table in touched if rows[table] != self.snapshot.rows[table])

    def changed_of(self, tenant: Tenant) -> list[Table]:
        """The tables that hold other rows of this tenant than they should."""
        touched = self.touched()
        rows = tenant_rows(self._database, tenant, touched) if touched else {}
        return sorted(table for table in rows if rows[table] != self._own[tenant.schema][table])

    def reset(self) -> None:
        """Bring back the rows of what was written to."""
        touched = self.touched()
        if touched:
            restore_snapshot(self._database, self.snapshot, touched)
            self._forget()

    def lay_out(self) -> None:
        """Bring back the rows of all tables, whatever stands there now."""
        restore_snapshot(self._database, self.snapshot)
        self._forget()

    def missed(self) -> list[Table]:
        """The tables that hold other rows than they should after a reset: nobody noted that they changed."""
        now, then = take_snapshot(self._database, self._schemas).rows, self.snapshot.rows
        return sorted(table for table in now.keys() | then if now.get(table) != then.get(table))

    def _forget(self) -> None:
        with self._database.admin() as admin:
            admin.execute("DELETE FROM watch.note")
