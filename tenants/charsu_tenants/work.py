"""What is left to migrate, by one query over the whole fleet."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from charsu_tenants.database import Database
from charsu_tenants.lineages import Lineage

_BEHIND = """SELECT m.tenant_id, t.schema_name, t.slug, m.module, m.revision
FROM control.tenant_module m JOIN control.tenant t ON t.id = m.tenant_id
WHERE t.status <> 'erasing' AND m.module = ANY(%(order)s)
  AND m.revision IS DISTINCT FROM %(heads)s ->> m.module
ORDER BY t.status <> 'spare', t.id, array_position(%(order)s, m.module)"""


@dataclass(frozen=True, slots=True)
class Work:
    """One module of one tenant that is behind its head."""

    tenant_id: UUID
    schema: str
    #: None for a spare.
    slug: str | None
    module: str
    revision: str


def find_work(database: Database, lineages: Sequence[Lineage]) -> list[Work]:
    """Every module that is behind, by one query: spares first (nobody is in them), then tenant by tenant.

    Within a tenant the modules come in the order of `lineages`.
    """
    parameters = {
        "order": [lineage.name for lineage in lineages],
        "heads": Jsonb({lineage.name: lineage.head for lineage in lineages}),
    }
    with database.control_autocommit() as control:
        rows = control.execute(_BEHIND, parameters).fetchall()
    return [
        Work(row["tenant_id"], row["schema_name"], row["slug"], row["module"], row["revision"])
        for row in rows
    ]
