"""From the commit of a purchase to its points, with a real worker process; and how fast events drain."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from benchmarks._database import fresh_database
from benchmarks.table import Row
from sqlalchemy import text

from charsu.clock import now
from charsu.db import tenant_work
from charsu.events import SYSTEM, emit
from charsu.jobs.draining import drain_until_quiet
from charsu.jobs.quiet import wait_until_quiet
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.runtime import start_runtime
from charsu.server.embedded import EmbeddedValkey
from charsu.settings import Settings
from charsu_crm_core.api import CustomerCreated, PurchaseRecorded
from charsu_tenants.context import Tenant
from charsu_tenants.registry import create_tenant, get_tenant

PURCHASES = 60
BURST = 1_000
GOAL_SECONDS = 0.3
DRAIN_GOAL = 0.25


def run() -> list[Row]:
    """One tenant, one worker, an otherwise idle Charsu."""
    with fresh_database() as database, _valkey() as redis_url:
        settings = Settings(
            database_url=database.url,
            redis_url=redis_url,
            data_dir=Path(tempfile.gettempdir()),
            secret_key=database.secret_key,
            base_url="http://localhost:8000",
        )
        runtime = start_runtime(settings)
        tenant = _tenant(runtime)
        customer_id = _customer(tenant)
        with _worker(runtime):
            latencies = _latencies(runtime, tenant, customer_id)
        drained = _drain_rate(runtime, tenant)
        raw = _raw_rate(runtime, tenant)
        runtime.database.close()
    median, slow = statistics.median(latencies), sorted(latencies)[int(len(latencies) * 0.95)]
    return [
        Row(
            f"points there after the commit, median of {PURCHASES}",
            f"{median * 1000:.1f} ms",
            f"{GOAL_SECONDS * 1000:.0f} ms",
            median / GOAL_SECONDS,
            "<= 1.00",
            median <= GOAL_SECONDS,
        ),
        Row("the same, 95th of 100", f"{slow * 1000:.1f} ms"),
        Row(
            "events drained, one process, a transaction each",
            f"{drained:.0f}/s",
            f"{raw:.0f}/s bare psycopg, the same statements",
            drained / raw,
            f">= {DRAIN_GOAL}",
            drained / raw >= DRAIN_GOAL,
        ),
    ]


def _tenant(runtime: Runtime) -> Tenant:
    tenant = create_tenant(runtime.database, slug="bench", name="Bench", modules=runtime.plugins.lineages)
    for plugin in runtime.plugins.loaded:
        enable_module(tenant.id, plugin.name, SYSTEM)
    return get_tenant(runtime.database, tenant.id)


def _customer(tenant: Tenant) -> uuid.UUID:
    with tenant_work(tenant) as session:
        row = session.execute(text("INSERT INTO crm_core_customer (full_name) VALUES ('Sara') RETURNING id"))
        return uuid.UUID(str(row.scalar_one()))


def _latencies(runtime: Runtime, tenant: Tenant, customer_id: uuid.UUID) -> list[float]:
    """Record purchases one by one and look for each one's entry every millisecond."""
    found = []
    with psycopg.connect(runtime.database.url, autocommit=True) as watcher:
        for _ in range(PURCHASES + 5):
            purchase_id = _record(tenant, customer_id)
            began = time.perf_counter()
            query = f"SELECT 1 FROM {tenant.schema}.loyalty_entry WHERE source_id = %s"
            while watcher.execute(query, [str(purchase_id)]).fetchone() is None:
                if time.perf_counter() - began > 20:
                    raise TimeoutError("the points do not come")
                time.sleep(0.001)
            found.append(time.perf_counter() - began)
            time.sleep(0.02)
    return found[5:]


def _record(tenant: Tenant, customer_id: uuid.UUID) -> uuid.UUID:
    with tenant_work(tenant) as session:
        row = session.execute(
            text(
                "INSERT INTO crm_core_purchase (customer_id, amount_minor, currency, occurred_at, channel)"
                " VALUES (:customer_id, 2500000, 'IRR', now(), 'store') RETURNING id"
            ),
            {"customer_id": customer_id},
        )
        purchase_id = uuid.UUID(str(row.scalar_one()))
        emit(
            PurchaseRecorded(
                purchase_id=purchase_id,
                customer_id=customer_id,
                amount_minor=2_500_000,
                currency="IRR",
                occurred_at=now(),
                channel="store",
            )
        )
    return purchase_id


def _drain_rate(runtime: Runtime, tenant: Tenant) -> float:
    """Events a second through claim, transaction with inbox, reaction (one read) and removal."""
    wait_until_quiet(runtime, 20)
    with tenant_work(tenant):
        for _ in range(BURST):
            emit(CustomerCreated(customer_id=uuid.uuid4()))
    began = time.perf_counter()
    drain_until_quiet(runtime)
    return BURST / (time.perf_counter() - began)


def _raw_rate(runtime: Runtime, tenant: Tenant) -> float:
    """The least a delivery can be: count it, mark and read in a transaction, remove it."""
    with (
        psycopg.connect(runtime.database.url, autocommit=True) as control,
        psycopg.connect(runtime.database.url, options=f"-c search_path={tenant.schema}") as work,
    ):
        control.execute(
            "INSERT INTO bus.delivery (tenant, handler, kind, event_id)"
            " SELECT %s, 'bench.raw', 'reaction', uuidv7() FROM generate_series(1, %s)",
            [tenant.schema, BURST],
        )
        ids = [row[0] for row in control.execute("SELECT id FROM bus.delivery ORDER BY id")]
        began = time.perf_counter()
        for number in ids:
            control.execute("UPDATE bus.delivery SET attempts = attempts + 1 WHERE id = %s", [number])
            work.execute("INSERT INTO core_inbox (key) VALUES (%s)", [f"raw:{number}"])
            work.execute("SELECT id FROM crm_core_customer WHERE id = uuidv7() FOR NO KEY UPDATE")
            work.commit()
            control.execute("DELETE FROM bus.delivery WHERE id = %s", [number])
        return len(ids) / (time.perf_counter() - began)


@contextmanager
def _valkey() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="charsu-bench-valkey-"))
    valkey = EmbeddedValkey(folder)
    try:
        yield valkey.start()
    finally:
        valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _worker(runtime: Runtime) -> Iterator[None]:
    """A worker process that has begun to listen."""
    environ = {**os.environ, **runtime.settings.to_environ()}
    process = subprocess.Popen(
        [sys.executable, "-m", "charsu", "worker"], env=environ, stderr=subprocess.DEVNULL
    )
    try:
        with runtime.database.control_autocommit() as conn:
            while not conn.execute("SELECT 1 FROM control.heartbeat").fetchone():
                if process.poll() is not None:
                    raise RuntimeError("the worker did not start")
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)
