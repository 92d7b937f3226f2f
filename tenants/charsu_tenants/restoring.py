"""A tenant made from a backup: its schema at the old revisions, its rows, its people."""

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from charsu_tenants.backups import BadArchive, load_rows, open_archive
from charsu_tenants.context import Tenant
from charsu_tenants.database import Connection, Database
from charsu_tenants.erasure import erase_tenant
from charsu_tenants.lineages import Lineage
from charsu_tenants.provisioning import TenantRow, provision_schema
from charsu_tenants.registry import find_by_id, get_tenant
from charsu_tenants.slugs import InvalidSlug, check_slug

_KEPT = ("name", "locale", "calendar", "timezone", "currency", "money_display", "trial_ends_at", "created_at")
_JSON = {"payload", "actor", "field_rules"}


def restore_tenant(
    database: Database, source: IO[bytes], lineages: Mapping[str, Lineage], *, slug: str | None = None
) -> Tenant:
    """Bring a tenant back from its backup, under its own address or under `slug`.

    Its doors open when all of it is there; a restore that fails leaves nothing behind. It stands at the
    revisions of the backup: run the migrations next. Raises: BadArchive, BadLineage; InvalidSlug, when its
    address is taken.
    """
    archive, contents = open_archive(source)
    old = contents["tenant"][0]
    address = check_slug(slug) if slug is not None else old["slug"]
    # The same id, and so the same schema and role, where the old tenant is gone.
    tenant_id = UUID(old["id"]) if find_by_id(database, UUID(old["id"])) is None else uuid4()
    columns = {name: old[name] for name in _KEPT} | {"slug": address}
    row = TenantRow(id=tenant_id, status="suspended", columns=columns)
    try:
        provision_schema(database, row, _at_revisions(contents, lineages))
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "uq_tenant_slug":
            raise
        raise InvalidSlug(address, "taken") from error
    try:
        with database.admin() as admin, admin.transaction():
            admin.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(database.owner_role)))
            load_rows(admin, row.schema, archive, contents)
            _load_control(admin, row, contents)
    except BaseException:
        erase_tenant(database, row.id)
        raise
    return get_tenant(database, row.id)


def _at_revisions(contents: dict[str, Any], lineages: Mapping[str, Lineage]) -> list[Lineage]:
    """The lineages of the archive's modules, each ending at the revision the archive stands at.

    Modules without tables have neither.
    """
    revisions = {row["module"]: row["revision"] for row in contents["modules"] if row["revision"]}
    missing = sorted(revisions.keys() - lineages.keys())
    if missing:
        raise BadArchive(f"the backup needs modules that are not installed: {', '.join(missing)}")
    return [
        Lineage(name, lineage.package, revisions[name])
        for name, lineage in lineages.items()
        if name in revisions
    ]


def _load_control(admin: Connection, row: TenantRow, contents: dict[str, Any]) -> None:
    old = contents["tenant"][0]
    people = _load_people(admin, row.schema, contents["people"])
    for module in contents["modules"]:
        admin.execute(
            """INSERT INTO control.tenant_module (tenant_id, module, state, revision, enabled_at, disabled_at)
            VALUES (%(tenant_id)s, %(module)s, %(state)s, %(revision)s, %(enabled_at)s, %(disabled_at)s)
            ON CONFLICT (tenant_id, module) DO UPDATE SET state = excluded.state,
            enabled_at = excluded.enabled_at, disabled_at = excluded.disabled_at""",
            {**module, "tenant_id": row.id},
        )
    roles = {role["id"]: uuid4() for role in contents["roles"]}
    for role in contents["roles"]:
        _insert(admin, ("control", "role"), {**role, "id": roles[role["id"]], "tenant_id": row.id})
    for seat in contents["memberships"]:
        changed = {"user_id": people[seat["user_id"]], "role_id": roles[seat["role_id"]], "tenant_id": row.id}
        _insert(admin, ("control", "membership"), {**seat, **changed, "id": uuid4()})
    for entitlement in contents["entitlements"]:
        _insert(admin, ("control", "entitlement"), {**entitlement, "tenant_id": row.id})
    for domain in contents["domains"]:
        admin.execute(
            "INSERT INTO control.domain (host, tenant_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [domain["host"], row.id],
        )
    for delivery in contents["deliveries"]:
        _insert(admin, ("bus", "delivery"), _delivery(delivery, row.schema))
    admin.execute(
        "UPDATE control.tenant SET status = %s, suspended_at = %s WHERE id = %s",
        [old["status"], old["suspended_at"], row.id],
    )


def _load_people(admin: Connection, schema: str, people: list[dict[str, Any]]) -> dict[str, UUID]:
    """Old user id to the user it is now: by address, for she may have signed up anew since."""
    found: dict[str, UUID] = {}
    for person in people:
        columns = {name: value for name, value in person.items() if name != "id"}
        there = admin.execute(
            "SELECT id FROM control.app_user WHERE email = %s", [person["email"]]
        ).fetchone()
        user_id = there["id"] if there else _insert(admin, ("control", "app_user"), columns)
        found[person["id"]] = user_id
        admin.execute(
            sql.SQL("UPDATE {} SET user_id = %s WHERE user_id = %s").format(
                sql.Identifier(schema, "core_member")
            ),
            [user_id, person["id"]],
        )
    return found


def _delivery(delivery: dict[str, Any], schema: str) -> dict[str, Any]:
    """A delivery of the archive, not claimed by anybody, in the name of the schema it is restored to."""
    fresh = {name: value for name, value in delivery.items() if name not in {"id", "claimed_by"}}
    if fresh["unique_key"]:
        fresh["unique_key"] = fresh["unique_key"].replace(fresh["tenant"], schema)
    return {**fresh, "tenant": schema}


def _insert(admin: Connection, table: tuple[str, str], values: dict[str, Any]) -> UUID:
    plain = {
        name: Jsonb(value) if name in _JSON and value is not None else value for name, value in values.items()
    }
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
        sql.Identifier(*table),
        sql.SQL(", ").join(map(sql.Identifier, plain)),
        sql.SQL(", ").join(map(sql.Placeholder, plain)),
        sql.SQL("NULL::uuid AS id" if table[1] in {"entitlement", "delivery"} else "id"),
    )
    row = admin.execute(statement, plain).fetchone()
    if row is None:
        raise LookupError(f"no row of {'.'.join(table)} was made")
    made: UUID = row["id"]
    return made
