"""Import of 50,000 customers, against a bare COPY of the same rows with the same parsing."""

import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from benchmarks._database import own_business, own_runtime
from benchmarks.table import Row
from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.db import tenant_work
from charsu.jobs.draining import drain_until_quiet
from charsu.process import Runtime
from charsu.records import RecordType, full_access
from charsu.records.fields import Field
from charsu.records.importing.batches import get_batch
from charsu.records.importing.drafts import draft_import, fields_for
from charsu.records.importing.parsing import read_cell
from charsu.records.importing.running import start_import
from charsu.records.sheets import open_table
from charsu_tenants.context import Tenant

ROWS = 50_000
GOAL = 0.2
HEADER = ("full_name", "phone", "email", "birthday_on", "note")


@dataclass(frozen=True)
class _Cost:
    """What taking the rows cost: seconds by the clock, processor time of Python, and memory on top."""

    seconds: float
    cpu: float
    megabytes: float

    @property
    def note(self) -> str:
        """Processor time and memory, which a busy machine changes less than the clock."""
        return f"{self.cpu:.1f} s CPU of Python, {self.megabytes:.0f} MB at most on top"


def run() -> list[Row]:
    """COPY first, then the import, each into an empty business of its own."""
    with tempfile.TemporaryDirectory(prefix="charsu-bench-") as folder, own_runtime(Path(folder)) as runtime:
        content = _file()
        copied = _copy(runtime, _business(runtime, "copied"), content)
        imported = _import(runtime, _business(runtime, "imported"), content)
    ours, yardstick = ROWS / imported.seconds, ROWS / copied.seconds
    return [
        Row(
            f"import of {ROWS:,} customers with audit and events",
            f"{ours:,.0f} rows/s",
            f"{yardstick:,.0f} rows/s, COPY with the same parsing",
            ours / yardstick,
            f">= {GOAL}",
            ours / yardstick >= GOAL,
        ),
        Row("what it took", imported.note, copied.note, copied.cpu / imported.cpu),
    ]


class _Meter:
    """Counts from when it is made."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self.memory, self.clock, self.cpu = _peak(), time.perf_counter(), time.process_time()

    def read(self) -> _Cost:
        return _Cost(time.perf_counter() - self.clock, time.process_time() - self.cpu, _peak() - self.memory)


def _peak() -> float:
    """The most memory this process held since it was reset, in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _file() -> bytes:
    lines = [",".join(HEADER)]
    lines += [
        f"مشتري شمارة {n},۰۹۱۲{n:07d},C{n}@Example.com,۱۳۶۵/۰۴/{1 + n % 30:02d},یادداشت {n % 97}"
        for n in range(ROWS)
    ]
    return "\n".join(lines).encode()


def _copy(runtime: Runtime, tenant: Tenant, content: bytes) -> _Cost:
    """Read the file, parse each cell by its field, COPY the values; nothing else."""
    record_type = _customer(runtime)
    with tenant_work(tenant) as session:
        by_name = {item.name: item for item in fields_for(session, record_type, full_access())}
        fields = [by_name[name] for name in HEADER]
        session.execute(text("SET LOCAL statement_timeout = 0"))
        meter = _Meter()
        statement = f"COPY {record_type.model.__tablename__} ({', '.join(HEADER)}) FROM STDIN"
        with _driver(session).cursor() as cursor, cursor.copy(statement) as copy:
            for values in _parsed(fields, content):
                copy.write_row(values)
        session.commit()
        return meter.read()


def _parsed(fields: list[Field], content: bytes) -> Iterator[list[object]]:
    for row in open_table(content).rows():
        yield [read_cell(item, cell)[0] for item, cell in zip(fields, row.cells, strict=True)]


def _import(runtime: Runtime, tenant: Tenant, content: bytes) -> _Cost:
    """The import's own job from its start to its end, in this process."""
    record_type = _customer(runtime)
    with tenant_work(tenant) as session:
        batch_id = draft_import(session, record_type, full_access(), io.BytesIO(content), "customers.csv")
    meter = _Meter()
    with tenant_work(tenant) as session:
        start_import(session, batch_id, full_access())
    drain_until_quiet(runtime)
    cost = meter.read()
    with tenant_work(tenant, read_only=True) as session:
        batch = get_batch(session, batch_id)
        count = session.execute(text(f"SELECT count(*) FROM {record_type.model.__tablename__}")).scalar_one()
    if (batch.state, batch.refused_count, count) != ("done", 0, ROWS):
        raise AssertionError(orjson.dumps([batch.state, batch.refused_count, count]).decode())
    return cost


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
    return own_business(runtime, slug, ["crm_core"])
