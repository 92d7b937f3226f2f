"""A new tenant: made at once against the same DDL as one raw message, and taken from the spares."""

import itertools
import statistics
from collections.abc import Callable

import psycopg
from benchmarks._database import fresh_database, seconds
from benchmarks.table import Row

from charsu_tenants.database import Database
from charsu_tenants.lineages import Lineage, core_lineage, head_sql, load_lineage
from charsu_tenants.registry import create_tenant
from charsu_tenants.spares import fill_spares

MODULES = ("crm_core", "loyalty")
ROUNDS = 25
MANY = 200
SPARES = 40
RAW_GOAL = 1.5
GROWTH_GOAL = 1.3
SPARE_GOAL_MS = 25.0
_numbers = itertools.count()


def run() -> list[Row]:
    """Interleaves ours and the yardstick, so that both see the same machine."""
    modules = [load_lineage(name, f"charsu_{name}.migrations") for name in MODULES]
    with fresh_database() as database, psycopg.connect(database.url, autocommit=True) as raw:
        send_raw = _raw_sender(raw, modules)
        _sample(database, modules, send_raw, 5)
        ours, yardstick = _sample(database, modules, send_raw, ROUNDS)
        rows = [_against("on demand: core + crm_core + loyalty", ours, yardstick, RAW_GOAL)]
        for _ in range(MANY - ROUNDS):
            _create(database, modules)
        later, _ = _sample(database, modules, send_raw, ROUNDS)
        rows.append(_against(f"on demand, {MANY} tenants there, against {ROUNDS}", later, ours, GROWTH_GOAL))
        rows.append(_spares(database, modules))
        return rows


def _sample(
    database: Database, modules: list[Lineage], send_raw: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Medians, in seconds: a tenant by `create_tenant`, the raw message."""
    ours, raw = [], []
    for _ in range(rounds):
        ours.append(seconds(_create, database, modules))
        raw.append(seconds(send_raw))
    return statistics.median(ours), statistics.median(raw)


def _create(database: Database, modules: list[Lineage]) -> None:
    create_tenant(database, slug=f"bench-{next(_numbers)}", name="Bench", modules=modules)


def _raw_sender(
    connection: "psycopg.Connection[tuple[object, ...]]", modules: list[Lineage]
) -> Callable[[], object]:
    """The same tables as one simple-query message in a schema without role, grants and control rows."""
    ddl = "\n".join(head_sql(lineage) for lineage in (core_lineage(), *modules))

    def send() -> object:
        name = f"raw_{next(_numbers)}"
        # The revisions take rights from the role that is named like the schema: here, from nobody's.
        script = f"CREATE ROLE {name}; CREATE SCHEMA {name}; SET LOCAL search_path = {name}; {ddl}"
        return connection.execute(script.encode())

    return send


def _against(what: str, ours: float, yardstick: float, goal: float) -> Row:
    ratio = ours / yardstick
    return Row(
        what, f"{ours * 1000:.1f} ms", f"{yardstick * 1000:.1f} ms", ratio, f"<= {goal}", is_met=ratio <= goal
    )


def _spares(database: Database, modules: list[Lineage]) -> Row:
    fill_spares(database, SPARES, modules)
    taken = [seconds(_create, database, modules) for _ in range(SPARES)]
    p95 = sorted(taken)[int(len(taken) * 0.95) - 1] * 1000
    figure = f"{statistics.median(taken) * 1000:.1f} ms, p95 {p95:.1f} ms"
    return Row(
        "taken from the spares", figure, goal=f"p95 <= {SPARE_GOAL_MS:.0f} ms", is_met=p95 <= SPARE_GOAL_MS
    )
