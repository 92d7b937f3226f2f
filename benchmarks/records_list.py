"""Lists of the record kit over 50,000 customers and 500,000 purchases, against their bare SQL.

Bare SQL is the same statement sent by psycopg on a connection of the same role, its rows made into JSON by
orjson; ours is the request of the API through the whole application: host, token, permission, query, answer.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psycopg
from benchmarks.table import Row
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from charsu.db import tenant_work
from charsu.events.cause import SYSTEM
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.records import full_access
from charsu.records.query import list_sql, parse_query
from charsu.records.record_type import RecordType
from charsu.records.registry import find_type
from charsu.runtime import start_runtime
from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.settings import Settings
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_tenants.bootstrap import prepare_database
from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password
from charsu_tenants.registry import create_tenant

CUSTOMERS, PURCHASES = 50_000, 500_000
TIMES = 41
RATIO, ALLOWANCE_MS = 1.5, 15.0
#: What is asked of a list of customers.
QUESTIONS = {
    "two filters and a sort": {
        "where": ["stage:is:customer", "created_at:within:last_30_days"],
        "sort": "full_name",
    },
    "search by three letters, many fit": {"search": "ضای"},
    "search by three letters, few fit": {"search": "پژو"},
    "the newest": {},
}
_CUSTOMERS = text("""
    INSERT INTO crm_core_customer
      (kind, full_name, phone, email, stage, tags, tag_keys, search_text, note, created_at)
    SELECT 'person', name, '+98912' || to_char(n, 'FM0000000'), 'c' || n || '@example.com',
      (ARRAY['lead', 'customer'])[1 + n % 2], ARRAY['وفادار'], ARRAY['وفادار'],
      name || ' 98912' || to_char(n, 'FM0000000') || ' 0912' || to_char(n, 'FM0000000'), '',
      now() - n * interval '5 minutes'
    FROM (SELECT n, (ARRAY['علی', 'زهرا', 'مریم', 'حسین', 'رضا', 'سارا', 'امیر', 'نگار'])[1 + n % 8] || ' '
            || CASE n % 997 WHEN 0 THEN 'پژوهنده' ELSE
               (ARRAY['محمدی', 'رضایی', 'کریمی', 'احمدی', 'حسینی', 'جعفری', 'موسوی'])[1 + n % 7] END
            || ' ' || n AS name
            FROM generate_series(1, :count) n) AS made
""")
_PURCHASES = text("""
    INSERT INTO crm_core_purchase (customer_id, amount_minor, currency, occurred_at)
    SELECT c.id, 100000 * (1 + n % 90), 'IRR', now() - n * interval '1 minute'
      FROM generate_series(1, :count) n
      JOIN (SELECT id, row_number() OVER () AS place FROM crm_core_customer) c ON c.place = 1 + n % :customers
""")


def run() -> list[Row]:
    """Each question asked in turns, ours and bare, in one process."""
    with (
        tempfile.TemporaryDirectory(prefix="charsu-bench-") as folder,
        _filled(Path(folder)) as (runtime, tenant),
    ):
        people = People(runtime, Crossing(runtime))
        program = people.program(people.member(tenant))
        customer = find_type("crm.customer", [item for one in runtime.plugins.loaded for item in one.records])
        if customer is None:
            raise LookupError("there are no customers")
        with _bare(runtime, tenant) as bare:
            return [_row(what, args, program, customer, tenant, bare) for what, args in QUESTIONS.items()]


def _row(
    what: str, args: dict[str, Any], program: Any, customer: RecordType, tenant: Tenant, bare: Any
) -> Row:
    sql, values = _statement(customer, tenant, args)

    def ask_ours() -> int:
        answer = program.get(f"/api/v1{customer.path}", query_string=args)
        return len(orjson.loads(answer.data)["items"])

    def ask_bare() -> int:
        rows = bare.execute(sql, values, prepare=not args).fetchall()
        orjson.dumps(rows[:50], default=str)
        return len(rows[:50])

    ours, theirs = _times(ask_ours, ask_bare)
    limit = RATIO * theirs + ALLOWANCE_MS
    return Row(
        f"customers: {what}",
        f"{ours:.1f} ms",
        f"{theirs:.1f} ms",
        ours / theirs,
        f"at most {RATIO} x + {ALLOWANCE_MS:.0f} ms = {limit:.1f} ms",
        ours <= limit,
    )


def _times(ours: Callable[[], int], bare: Callable[[], int]) -> tuple[float, float]:
    """Medians in milliseconds, taken in turns so that a busy moment hits both."""
    if ours() != bare():
        raise RuntimeError("the two do not find the same")
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(TIMES):
        for name, ask in (("ours", ours), ("bare", bare)):
            began = time.perf_counter()
            ask()
            taken[name].append((time.perf_counter() - began) * 1000)
    return statistics.median(taken["ours"]), statistics.median(taken["bare"])


def _statement(customer: RecordType, tenant: Tenant, args: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    with tenant_work(tenant, read_only=True) as session:
        query = parse_query(customer, session, full_access(), MultiDict(args))
        return list_sql(query, customer.all_fields)


@contextmanager
def _filled(folder: Path) -> Iterator[tuple[Runtime, Tenant]]:
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
        tenant = create_tenant(
            runtime.database, slug="saffron", name="زعفران", modules=runtime.plugins.lineages
        )
        for plugin in runtime.plugins.loaded:
            enable_module(tenant.id, plugin.name, SYSTEM)
        with tenant_work(tenant) as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(_CUSTOMERS, {"count": CUSTOMERS})
            session.execute(_PURCHASES, {"count": PURCHASES, "customers": CUSTOMERS})
        with runtime.database.admin() as admin:
            admin.execute("VACUUM ANALYZE")
        yield runtime, tenant
        runtime.database.close()
    finally:
        valkey.stop()
        postgres.destroy()


@contextmanager
def _bare(runtime: Runtime, tenant: Tenant) -> Iterator[Any]:
    password = role_password(runtime.settings.secret_key, tenant.schema)
    dsn = make_conninfo(runtime.settings.database_url, user=tenant.schema, password=password)
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        yield connection
