"""A column and an index in every tenant, against a bare psycopg loop; and a run with nothing to do."""

import tempfile
from pathlib import Path

import psycopg
from benchmarks._database import fresh_database, seconds
from benchmarks.table import Row

from charsu.testing.lineages import write_lineage
from charsu_tenants.database import Database
from charsu_tenants.lineages import Lineage, core_lineage
from charsu_tenants.migrations import migrate_fleet
from charsu_tenants.provisioning import TenantRow, provision_schema

SIZES = (100, 1000)
ROUNDS = 3
LOOP_GOAL = 2.0
IDLE_GOAL_MS = 0.2
TABLE = "CREATE TABLE bench_note (id uuid PRIMARY KEY DEFAULT uuidv7(), body text NOT NULL)"


def run() -> list[Row]:
    """Grows one fleet, and at each size lets both do the same work in turns."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, fresh_database() as database:
        lineage = _lineage(Path(folder))
        first = Lineage(lineage.name, lineage.package, "0000")
        schemas: list[str] = []
        step = 0
        for size in SIZES:
            while len(schemas) < size:
                row = TenantRow()
                provision_schema(database, row, [Lineage(lineage.name, lineage.package, f"{step:04}")])
                schemas.append(row.schema)
            ours = loop = 0.0
            for _ in range(ROUNDS):
                step += 1
                head = Lineage(first.name, first.package, f"{step:04}")
                ours += _migrate(database, head, size)
                loop += seconds(_bare_loop, database, schemas, step)
            rows.append(_row(size, ours / ROUNDS, loop / ROUNDS))
            idle = seconds(migrate_fleet, database, [core_lineage(), head]) * 1000 / size
            rows.append(
                Row(
                    f"nothing to do, {size} tenants",
                    f"{idle:.3f} ms each",
                    goal=f"< {IDLE_GOAL_MS} ms each",
                    is_met=idle < IDLE_GOAL_MS,
                )
            )
    return rows


def _lineage(folder: Path) -> Lineage:
    steps = {
        f"{number:04}": f"ALTER TABLE bench_note ADD COLUMN a{number} integer;"
        f" CREATE INDEX ix_bench_note_a{number} ON bench_note (a{number})"
        for number in range(1, ROUNDS * len(SIZES) + 1)
    }
    return write_lineage(folder, "bench", {"0000": TABLE, **steps})


def _migrate(database: Database, head: Lineage, size: int) -> float:
    report = migrate_fleet(database, [core_lineage(), head])
    if report.done != size:
        raise RuntimeError(f"{report.done} of {size} migrated: {report.failed[:1]}")
    return report.seconds


def _bare_loop(database: Database, schemas: list[str], step: int) -> None:
    """What a person would write: one connection, one transaction a tenant, no bookkeeping at all."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        for schema in schemas:
            script = (
                f"ALTER TABLE {schema}.bench_note ADD COLUMN b{step} integer;"
                f" CREATE INDEX ix_bench_note_b{step} ON {schema}.bench_note (b{step})"
            )
            connection.execute(script.encode())


def _row(size: int, ours: float, loop: float) -> Row:
    return Row(
        f"column and index, {size} tenants",
        f"{ours:.3f} s",
        f"{loop:.3f} s",
        ours / loop,
        f"<= {LOOP_GOAL}",
        is_met=ours / loop <= LOOP_GOAL,
    )
