"""The search over 50,000 customers and 60,000 other records, against a bare LIKE of customers."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from benchmarks._database import own_business, own_runtime, seconds
from benchmarks.table import Row
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.process import Runtime
from charsu.records.access import full_access
from charsu.records.registry import usable_types
from charsu.records.search import search_records
from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password

CUSTOMERS = 50_000
OTHERS = 30_000
ROUNDS = 11
#: Within the time a statement of a tenant may take.
_CHUNK = 5_000
GOAL_MS = 300.0
#: What is typed, by what it stands for.
QUERIES = {
    "a frequent name": "احمدی",
    "three letters": "رضا",
    "the beginning of a phone number": "0912004",
    "two words of one customer": "مریم 0912000123",
    "nothing like it": "ققنوس طلایی",
    "a name with a slip": "مریم اخمدی",
    "a short word with a slip, found nowhere": "ژخضث",
}
_NAMES = """(ARRAY['مریم','رضا','علی','زهرا','محمد','سارا','حسین','نگار','امیر','فاطمه'])[1 + n % 10] || ' '
    || (ARRAY['احمدی','رضایی','کریمی','محمدی','حسینی','موسوی','جعفری','رحیمی','صادقی','کاظمی'])
    [1 + n / 10 % 10] || ' ' || n"""
_FILL = f"""
    INSERT INTO crm_core_customer (full_name, phone, email, search_text, created_at)
    SELECT {_NAMES}, '+98912' || to_char(n, 'FM0000000'), 'c' || n || '@example.com',
           {_NAMES} || ' 98912' || to_char(n, 'FM0000000') || ' 0912' || to_char(n, 'FM0000000')
           || ' c' || n || '@example.com', now() - n * interval '1 minute'
      FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n WHERE n <= {CUSTOMERS};
    INSERT INTO crm_core_task (title, search_text, created_at)
    SELECT 'پیگیری ' || {_NAMES}, 'پیگیری ' || {_NAMES}, now() - n * interval '1 minute'
      FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n WHERE n <= {OTHERS};
    INSERT INTO crm_core_interaction (customer_id, kind, subject, search_text, created_at)
    SELECT (SELECT id FROM crm_core_customer LIMIT 1), 'call', 'تماس ' || n, 'تماس ' || {_NAMES},
           now() - n * interval '1 minute'
      FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n WHERE n <= {OTHERS}
"""
_BARE = """
    SELECT id, full_name, phone FROM crm_core_customer
     WHERE deleted_at IS NULL AND search_text LIKE %s ORDER BY created_at DESC, id DESC LIMIT 20
"""


def run() -> list[Row]:
    """Each query many times through the kit, and its first word by bare SQL."""
    with tempfile.TemporaryDirectory(prefix="charsu-bench-") as folder, _filled(Path(folder)) as scene:
        runtime, tenant = scene
        dsn = make_conninfo(
            runtime.settings.database_url,
            user=tenant.schema,
            password=role_password(runtime.settings.secret_key, tenant.schema),
        )
        with psycopg.connect(dsn, autocommit=True) as bare, tenant_work(tenant, read_only=True) as session:
            reach = [(item, full_access()) for item in usable_types(tenant)]
            return [
                _row(
                    what,
                    _median(partial(search_records, session, reach, query)),
                    _median(partial(_ask, bare, query)),
                )
                for what, query in QUERIES.items()
            ]


def _ask(connection: Any, query: str) -> None:
    connection.execute(_BARE, [f"%{query.split()[-1]}%"]).fetchall()


def _median(work: Callable[[], object]) -> float:
    work()
    return median(seconds(work) for _ in range(ROUNDS)) * 1_000


def _row(what: str, ours: float, bare: float) -> Row:
    goal = f"under {GOAL_MS:.0f} ms"
    return Row(what, f"{ours:.0f} ms", f"{bare:.0f} ms", ours / max(bare, 0.1), goal, ours < GOAL_MS)


@contextmanager
def _filled(folder: Path) -> Iterator[tuple[Runtime, Tenant]]:
    """A Charsu on servers of its own, with one business that has many records."""
    with own_runtime(folder) as runtime:
        tenant = own_business(runtime)
        for first in range(1, CUSTOMERS, _CHUNK):
            with tenant_work(tenant) as session:
                for statement in _FILL.split(";"):
                    session.execute(text(statement), {"first": first, "last": first + _CHUNK - 1})
        with runtime.database.admin() as admin:
            admin.execute("VACUUM ANALYZE")
        yield runtime, tenant
