"""Import of 50,000 customers, against a bare COPY of the same rows with the same parsing."""

import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from benchmarks.table import Row
from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.db import tenant_work
from charsu.events.cause import SYSTEM
from charsu.jobs.draining import drain_until_quiet
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.records import RecordType, full_access
from charsu.records.fields import Field
from charsu.records.importing.batches import get_batch
from charsu.records.importing.drafts import draft_import, fields_for
from charsu.records.importing.parsing import read_cell
from charsu.records.importing.running import start_import
from charsu.records.sheets import open_table
from charsu.runtime import start_runtime
from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.settings import Settings
from charsu_tenants.bootstrap import prepare_database
from charsu_tenants.context import Tenant
from charsu_tenants.registry import create_tenant, get_tenant

ROWS = 50_000
GOAL = 0.2
HEADER = ("full_name", "phone", "email", "birthday_on", "note")


def run() -> list[Row]:
    """COPY first, then the import, each into an empty business of its own."""
    with tempfile.TemporaryDirectory(prefix="charsu-bench-") as folder, _runtime(Path(folder)) as runtime:
        content = _file()
        copied = _copy(runtime, _business(runtime, "copied"), content)
        imported = _import(runtime, _business(runtime, "imported"), content)
    ours, yardstick = ROWS / imported, ROWS / copied
    return [
        Row(
            f"import of {ROWS:,} customers with audit and events",
            f"{ours:,.0f} rows/s",
            f"{yardstick:,.0f} rows/s, COPY with the same parsing",
            ours / yardstick,
            f">= {GOAL}",
            ours / yardstick >= GOAL,
        )
    ]


def _file() -> bytes:
    lines = [",".join(HEADER)]
    lines += [
        f"مشتري شمارة {n},۰۹۱۲{n:07d},C{n}@Example.com,۱۳۶۵/۰۴/{1 + n % 30:02d},یادداشت {n % 97}"
        for n in range(ROWS)
    ]
    return "\n".join(lines).encode()


def _copy(runtime: Runtime, tenant: Tenant, content: bytes) -> float:
    """Read the file, parse each cell by its field, COPY the values; nothing else."""
    record_type = _customer(runtime)
    with tenant_work(tenant) as session:
        by_name = {item.name: item for item in fields_for(session, record_type, full_access())}
        fields = [by_name[name] for name in HEADER]
        session.execute(text("SET LOCAL statement_timeout = 0"))
        began = time.perf_counter()
        statement = f"COPY {record_type.model.__tablename__} ({', '.join(HEADER)}) FROM STDIN"
        with _driver(session).cursor() as cursor, cursor.copy(statement) as copy:
            for values in _parsed(fields, content):
                copy.write_row(values)
        session.commit()
        return time.perf_counter() - began


def _parsed(fields: list[Field], content: bytes) -> Iterator[list[object]]:
    for row in open_table(content).rows():
        yield [read_cell(item, cell)[0] for item, cell in zip(fields, row.cells, strict=True)]


def _import(runtime: Runtime, tenant: Tenant, content: bytes) -> float:
    """The import's own job from its start to its end, in this process."""
    record_type = _customer(runtime)
    with tenant_work(tenant) as session:
        batch_id = draft_import(session, record_type, full_access(), io.BytesIO(content), "customers.csv")
    began = time.perf_counter()
    with tenant_work(tenant) as session:
        start_import(session, batch_id, full_access())
    drain_until_quiet(runtime)
    seconds = time.perf_counter() - began
    with tenant_work(tenant, read_only=True) as session:
        batch = get_batch(session, batch_id)
        count = session.execute(text(f"SELECT count(*) FROM {record_type.model.__tablename__}")).scalar_one()
    if (batch.state, batch.refused_count, count) != ("done", 0, ROWS):
        raise AssertionError(orjson.dumps([batch.state, batch.refused_count, count]).decode())
    return seconds


def _driver(session: Session) -> Connection[tuple[object, ...]]:
    found: Connection[tuple[object, ...]] | None = session.connection().connection.driver_connection
    if found is None:
        raise LookupError("the session has no connection")
    return found


def _customer(runtime: Runtime) -> RecordType:
    records = runtime.plugins.module("crm_core").records
    return next(item for item in records if item.key == "crm.customer")


def _business(runtime: Runtime, slug: str) -> Tenant:
    """A business with the CRM alone: what other modules do about new customers is not the import's."""
    tenant = create_tenant(runtime.database, slug=slug, name=slug, modules=runtime.plugins.lineages)
    enable_module(tenant.id, "crm_core", SYSTEM)
    return get_tenant(runtime.database, tenant.id)


@contextmanager
def _runtime(folder: Path) -> Iterator[Runtime]:
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    try:
        settings = Settings(
            database_url=postgres.start(),
            redis_url=valkey.start(),
            data_dir=folder,
            secret_key="the key of a benchmark, forty letters long",
            base_url="http://charsu.localhost:8000",
        )
        runtime = start_runtime(settings)
        prepare_database(runtime.database)
        yield runtime
        runtime.database.close()
    finally:
        valkey.stop()
        postgres.destroy()
