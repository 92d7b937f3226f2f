"""Redemptions of points against a bare psycopg transaction (lock, insert, update): round trips and rate."""

import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from benchmarks.table import Row
from sqlalchemy import event, text

from charsu.clock import now
from charsu.db import tenant_work
from charsu.events import SYSTEM
from charsu.plugins.lifecycle import enable_module
from charsu.runtime import Runtime, start_runtime
from charsu.server.embedded import EmbeddedPostgres
from charsu.settings import Settings
from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.redeeming import Redemption
from charsu_loyalty.rules import PurchaseFacts
from charsu_loyalty.services import redeem
from charsu_loyalty.verification import verify_ledger
from charsu_tenants.bootstrap import prepare_database
from charsu_tenants.context import Tenant
from charsu_tenants.registry import create_tenant, find_by_slug

MEMBERS = 64
CLIENTS = 8
SECONDS = 4.0
ROUND_TRIPS = 3
#: A redemption also allocates lots and emits an event, through an ORM session; the yardstick does neither.
GOAL = 0.2
STEP = 1_000_000
LOTS = 3
_YARDSTICK = """
CREATE TABLE bench_account (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
CREATE TABLE bench_entry (id uuid PRIMARY KEY DEFAULT uuidv7(), account int NOT NULL, points bigint NOT NULL,
    source_key text NOT NULL UNIQUE);
INSERT INTO bench_account SELECT n, 1000000000 FROM generate_series(0, 63) AS n;
GRANT SELECT, INSERT, UPDATE ON bench_account, bench_entry TO {role};
"""


@dataclass(frozen=True)
class Club:
    """A business with members who have more points than a run can spend."""

    runtime: Runtime
    tenant: Tenant
    members: list[uuid.UUID]


def run() -> list[Row]:
    """Counts round trips once, then measures spread and hot members, ours and the yardstick in turns."""
    with _club() as club:
        trips = _round_trips(club)
        is_met = 0 < trips <= ROUND_TRIPS
        rows = [Row("round trips of one redemption", str(trips), goal=f"<= {ROUND_TRIPS}", is_met=is_met)]
        for what, clients, members in (
            ("redemptions/s, 1 client", 1, MEMBERS),
            (f"redemptions/s, {CLIENTS} clients, {MEMBERS} members", CLIENTS, MEMBERS),
            (f"redemptions/s, {CLIENTS} clients, 1 member", CLIENTS, 1),
        ):
            ours = _rate(clients, partial(_redeem, club, members))
            bare = _rate_of_yardstick(club, clients, members)
            is_goal = clients > 1 and members > 1
            rows.append(
                Row(
                    what,
                    f"{ours:,.0f}",
                    f"{bare:,.0f}",
                    ours / bare,
                    f">= {GOAL:.0%}" if is_goal else "",
                    ours / bare >= GOAL if is_goal else None,
                )
            )
        with tenant_work(club.tenant, read_only=True) as session:
            differences = len(verify_ledger(session))
        rows.append(Row("differences in the ledger", str(differences), goal="0", is_met=differences == 0))
    return rows


@contextmanager
def _club() -> Iterator[Club]:
    folder = Path(tempfile.mkdtemp(prefix="charsu-bench-"))
    postgres = EmbeddedPostgres(folder)
    try:
        settings = Settings(
            database_url=postgres.start(),
            redis_url="redis://127.0.0.1:1/0",
            data_dir=folder,
            secret_key="the key of a benchmark, forty letters long",
            base_url="http://localhost:8000",
        )
        runtime = start_runtime(settings)
        prepare_database(runtime.database)
        made = create_tenant(runtime.database, slug="bench", name="Bench", modules=runtime.plugins.lineages)
        for plugin in runtime.plugins.loaded:
            enable_module(made.id, plugin.name, SYSTEM)
        tenant = find_by_slug(runtime.database, "bench") or made
        yield Club(runtime, tenant, _members(tenant))
        runtime.database.close()
    finally:
        postgres.destroy()


def _members(tenant: Tenant) -> list[uuid.UUID]:
    moment = now()
    occasion = Occasion(locality=tenant, now=moment)
    with tenant_work(tenant) as session:
        insert = text("INSERT INTO crm_core_customer (full_name) VALUES ('bench') RETURNING id")
        members = [session.execute(insert).scalar_one() for _ in range(MEMBERS)]
        for member in members:
            for _ in range(LOTS):
                facts = PurchaseFacts(
                    purchase_id=uuid.uuid4(),
                    customer_id=member,
                    amount_minor=10**9 * STEP,
                    currency="IRR",
                    occurred_at=moment,
                    recorded_at=moment,
                )
                earn_for_purchase(session, facts, occasion)
    return members


def _redeem(club: Club, members: int, number: int) -> None:
    redemption = Redemption(customer_id=club.members[number % members], points=1)
    with tenant_work(club.tenant) as session:
        redeem(session, redemption, Occasion(locality=club.tenant, now=now()))


def _round_trips(club: Club) -> int:
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with tenant_work(club.tenant) as session:
        engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", count)
    _redeem(club, 1, 0)
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def _rate_of_yardstick(club: Club, clients: int, members: int) -> float:
    role, url = club.tenant.schema, club.runtime.settings.database_url
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS bench_account, bench_entry")
        admin.execute(_YARDSTICK.format(role=role))
    local = threading.local()
    opened: list[psycopg.Connection[tuple[object, ...]]] = []

    def spend(number: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(url)
            opened.append(local.connection)
        account = number % members
        with local.connection.transaction(), local.connection.cursor() as cursor:
            cursor.execute("SELECT balance FROM public.bench_account WHERE id = %s FOR UPDATE", (account,))
            cursor.execute(
                "INSERT INTO public.bench_entry (account, points, source_key) VALUES (%s, -1, %s)",
                (account, str(uuid.uuid4())),
            )
            cursor.execute("UPDATE public.bench_account SET balance = balance - 1 WHERE id = %s", (account,))

    rate = _rate(clients, spend)
    for connection in opened:
        connection.close()
    return rate


def _rate(clients: int, work: Callable[[int], None]) -> float:
    """How often `work` is done in a second by so many threads at once."""
    end = time.perf_counter() + SECONDS
    began = time.perf_counter()

    def client(number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            work(number + done * clients)
            done += 1
        return done

    with ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(client, range(clients)))
    return total / (time.perf_counter() - began)
