"""What the catalog says of a schema, as lines of text that two schemas can be compared by."""

from psycopg import sql

from charsu_tenants.database import Database

#: Each query yields one line per object, without the name of the schema where `replace` can take it out.
_QUERIES = (
    """SELECT concat_ws(' ', 'table', c.relname, c.relkind, pg_get_userbyid(c.relowner),
      coalesce(c.relacl, acldefault('r', c.relowner)),
      obj_description(c.oid, 'pg_class'))
    FROM pg_class c WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = ANY ('{r,v,m,S,p}')""",
    """SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      a.attnotnull,
      a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation, a.attnum)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = %(schema)s::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relkind = ANY ('{r,v,p}')""",
    """SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace""",
    """SELECT concat_ws(' ', 'index', pg_get_indexdef(c.oid)) FROM pg_class c
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'i'""",
    """SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid))
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal""",
    """SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid), p.proacl) FROM pg_proc p
    WHERE p.pronamespace = %(schema)s::regnamespace""",
    """SELECT concat_ws(' ', 'default', d.defaclobjtype, d.defaclacl) FROM pg_default_acl d
    WHERE d.defaclnamespace = %(schema)s::regnamespace""",
    """SELECT concat_ws(' ', 'schema', nspacl) FROM pg_namespace WHERE oid = %(schema)s::regnamespace""",
    """SELECT concat_ws(' ', 'role', r.rolconfig, r.rolconnlimit, r.rolsuper, r.rolcreaterole, r.rolcreatedb,
      r.rolcanlogin, r.rolbypassrls, r.rolreplication)
    FROM pg_roles r WHERE r.rolname = %(schema)s""",
)


def describe_schema(database: Database, schema: str) -> list[str]:
    """Every object of a tenant's schema and its role, sorted, as if the schema were called `tenant`."""
    lines: list[str] = []
    with database.admin() as admin:
        for query in _QUERIES:
            for row in admin.execute(sql.SQL(query), {"schema": schema}):
                line = next(iter(row.values()))
                lines.append(str(line).replace(f"{schema}.", "").replace(schema, "tenant"))
    return sorted(lines)
