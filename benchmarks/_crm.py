"""One business with 50,000 customers and 500,000 purchases, filled once for all benchmarks."""

import atexit
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks._database import own_business, own_runtime
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.process import Runtime, use_runtime
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password

CUSTOMERS, PURCHASES = 50_000, 500_000
#: What is beside the customers, so that no table is so small that PostgreSQL reads all of it.
INTERACTIONS, TASKS = 100_000, 50_000
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
_EACH = """
    FROM generate_series(1, :count) n
    JOIN (SELECT id, row_number() OVER () AS place FROM crm_core_customer) c ON c.place = 1 + n % :customers
"""
_PURCHASES = text(f"""
    INSERT INTO crm_core_purchase (customer_id, amount_minor, currency, occurred_at)
    SELECT c.id, 100000 * (1 + n % 90), 'IRR', now() - n * interval '1 minute' {_EACH}
""")
_INTERACTIONS = text(f"""
    INSERT INTO crm_core_interaction (customer_id, kind, subject, happened_at)
    SELECT c.id, 'call', 'گفت‌وگو ' || n, now() - n * interval '7 minutes' {_EACH}
""")
_TASKS = text(f"""
    INSERT INTO crm_core_task (customer_id, title, due_at, done_at)
    SELECT c.id, 'کار ' || n, now() - n * interval '9 minutes', now() - n * interval '8 minutes' {_EACH}
""")


@dataclass(frozen=True)
class Filled:
    """The runtime of the business, the business, and people who belong to it."""

    runtime: Runtime
    tenant: Tenant
    people: People

    @property
    def dsn(self) -> str:
        """Where the role of the business connects."""
        password = role_password(self.runtime.settings.secret_key, self.tenant.schema)
        return make_conninfo(self.runtime.settings.database_url, user=self.tenant.schema, password=password)

    def analyse(self) -> None:
        """Let PostgreSQL count anew what is there."""
        with self.runtime.database.admin() as admin:
            admin.execute("VACUUM ANALYZE")


@contextmanager
def filled_crm() -> Iterator[Filled]:
    """The business, in place as the runtime of this process for the block; its server stays until the end."""
    made = _made()
    with use_runtime(made.runtime):
        yield made


@cache
def _made() -> Filled:
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="charsu-bench-"))
    runtime = stack.enter_context(own_runtime(Path(folder)))
    tenant = own_business(runtime)
    with tenant_work(tenant) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(_CUSTOMERS, {"count": CUSTOMERS})
        for statement, count in ((_PURCHASES, PURCHASES), (_INTERACTIONS, INTERACTIONS), (_TASKS, TASKS)):
            session.execute(statement, {"count": count, "customers": CUSTOMERS})
    made = Filled(runtime, tenant, People(runtime, Crossing(runtime)))
    made.analyse()
    return made
