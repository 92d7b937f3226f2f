"""What a module has in the schema of a tenant: the tables and all else that carries its name as prefix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

#: In the order in which one goes before what it needs.
_KINDS = (
    "TRIGGER",
    "VIEW",
    "MATERIALIZED VIEW",
    "TABLE",
    "FOREIGN TABLE",
    "FUNCTION",
    "PROCEDURE",
    "AGGREGATE",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
)
# `crm_core_customer` carries the prefix of a module `crm` too: the longer name decides, of the lineages this
# schema has. Their version tables (`v_…`) are named after modules and belong to none.
_BELONGS = """starts_with(name, %(prefix)s) AND NOT starts_with(name, 'v_') AND NOT EXISTS (
    SELECT FROM pg_class l WHERE l.relnamespace = to_regnamespace(%(schema)s)
       AND starts_with(l.relname, 'v_' || %(prefix)s) AND starts_with(name, substr(l.relname, 3) || '_'))"""
# What falls with a table is not named: its indexes, its own triggers, the sequences of its columns.
_OBJECTS = f"""
SELECT kind, spelt FROM (
  SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind,
         relname::text AS name, quote_ident(relname) AS spelt
    FROM pg_class c WHERE relnamespace = to_regnamespace(%(schema)s)
     AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
     AND NOT (relkind = 'S' AND EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND d.deptype IN ('a', 'i')))
  UNION ALL
  SELECT CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
         proname::text, oid::regprocedure::text
    FROM pg_proc WHERE pronamespace = to_regnamespace(%(schema)s)
  UNION ALL
  SELECT CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, typname::text, quote_ident(typname)
    FROM pg_type t WHERE typnamespace = to_regnamespace(%(schema)s) AND typtype IN ('e', 'd', 'r', 'c')
     AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
  UNION ALL
  SELECT 'TRIGGER', p.proname::text, format('%%I ON %%I', g.tgname, c.relname)
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_proc p ON p.oid = g.tgfoid
   WHERE c.relnamespace = to_regnamespace(%(schema)s) AND p.pronamespace = c.relnamespace
     AND NOT g.tgisinternal
) AS found WHERE {_BELONGS} ORDER BY spelt"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """Names as SQL writes them, by the kind of object."""

    by_kind: Mapping[str, Sequence[str]]

    @property
    def tables(self) -> Sequence[str]:
        """The tables."""
        return self.by_kind.get("TABLE", ())

    @property
    def drops(self) -> list[str]:
        """Statements that drop all of them and nothing else: where anything else needs one, they fail."""
        found = []
        for kind in _KINDS:
            names = self.by_kind.get(kind, ())
            if kind == "TRIGGER":
                found += [f"DROP TRIGGER {name}" for name in names]
            elif names:
                found.append(f"DROP {kind} {', '.join(names)} RESTRICT")
        return found


def belongings_of(conn: Connection[Any], schema: str, module: str) -> Belongings:
    """What the module has in this schema; names are right where the schema is the search path."""
    by_kind: dict[str, list[str]] = {}
    cursor = conn.cursor(row_factory=dict_row)
    for row in cursor.execute(_OBJECTS, {"schema": schema, "prefix": f"{module}_"}):
        by_kind.setdefault(row["kind"], []).append(row["spelt"])
    return Belongings(by_kind)


def count_rows(conn: Connection[Any], schema: str, tables: Sequence[str]) -> dict[str, int]:
    """How many rows each of these tables of the schema has."""
    cursor = conn.cursor(row_factory=dict_row)
    counts = {}
    for table in tables:
        statement = sql.SQL("SELECT count(*) AS found FROM {}.{}").format(
            sql.Identifier(schema), sql.SQL(table)
        )
        row = cursor.execute(statement).fetchone()
        counts[table] = row["found"] if row else 0
    return counts
