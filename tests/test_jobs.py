"""Jobs: kept in PostgreSQL, rung by Valkey, run once however often workers, Valkey or schedulers die."""

import importlib
import json
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rq.serializers import JSONSerializer
from sqlalchemy import text

from charsu.clock import now
from charsu.db import tenant_work
from charsu.events import SYSTEM, Actor, acting_as, emit
from charsu.faultpoints import FAULTPOINTS
from charsu.jobs.bell import COALESCE_SECONDS, DRAIN, Bell, RingJob, mark, ring_queue
from charsu.jobs.draining import drain_until_quiet, signed_on
from charsu.jobs.queueing import (
    UnknownJob,
    cancel_platform,
    enqueue,
    enqueue_once,
    enqueue_platform,
    enqueue_platform_once,
)
from charsu.jobs.quiet import wait_until_quiet
from charsu.jobs.scheduler import Scheduler
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.testing.processes import Processes
from charsu_tenants import bus
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant, suspend_tenant

SHELF = Path(__file__).parent / "hostile_plugins"
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def market(with_plugins: Callable[..., Runtime]) -> Runtime:
    return with_plugins(SHELF / "bazaar")


@pytest.fixture
def bazaar(market: Runtime) -> ModuleType:
    return importlib.import_module("charsu_bazaar.plugin")


@pytest.fixture
def business(market: Runtime, tenant: Tenant) -> Tenant:
    enable_module(tenant.id, "bazaar", SYSTEM)
    return get_tenant(market.database, tenant.id)


@pytest.fixture
def neighbour(market: Runtime, other_tenant: Tenant) -> Tenant:
    enable_module(other_tenant.id, "bazaar", SYSTEM)
    return get_tenant(market.database, other_tenant.id)


@pytest.fixture
def processes(market: Runtime, processes_of: Callable[..., Processes]) -> Processes:
    return processes_of(SHELF / "bazaar")


def counted(tenant: Tenant, key: str) -> int:
    with tenant_work(tenant, read_only=True) as session:
        query = text("SELECT value::text::int FROM core_setting WHERE key = :key")
        return session.execute(query, {"key": key}).scalar() or 0


def deliveries(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.database.admin() as conn:
        return list(conn.execute("SELECT *, due_at > now() AS is_later FROM bus.delivery ORDER BY id"))


def change(runtime: Runtime, statement: str) -> None:
    with runtime.database.admin() as conn:
        conn.execute(statement)


def wait_for(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "it did not come to pass"
        time.sleep(0.02)


def test_a_job_runs_after_the_commit_with_its_arguments(market: Runtime, business: Tenant) -> None:
    with tenant_work(business):
        enqueue("bazaar.tidy", key="kitchen")
        before = counted(business, "kitchen")

    drain_until_quiet(market)

    assert (before, counted(business, "kitchen")) == (0, 1)
    assert deliveries(market) == []


def test_a_job_of_a_transaction_that_is_rolled_back_does_not_run(market: Runtime, business: Tenant) -> None:
    def enqueue_and_fail() -> None:
        with tenant_work(business):
            enqueue("bazaar.tidy")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        enqueue_and_fail()

    assert deliveries(market) == []


def test_a_job_knows_who_asked_for_it(market: Runtime, business: Tenant) -> None:
    with acting_as(Actor(kind="user", id="7", name="Sara")), tenant_work(business):
        enqueue("bazaar.tidy", at=now(), by=uuid.uuid4())

    (row,) = deliveries(market)
    assert row["actor"] == {"kind": "user", "id": "7", "name": "Sara"}
    assert row["tenant"] == business.schema


def test_a_job_may_ask_for_the_next_one(market: Runtime, business: Tenant) -> None:
    with tenant_work(business):
        enqueue("bazaar.again", times=3)

    drain_until_quiet(market)

    assert counted(business, "again") == 3


def test_a_failing_job_leaves_nothing_and_comes_back(market: Runtime, business: Tenant) -> None:
    with tenant_work(business):
        enqueue("bazaar.tidy", fail=True)

    drain_until_quiet(market)

    (row,) = deliveries(market)
    assert (row["attempts"], row["is_later"]) == (1, True)
    assert "nothing is tidy" in row["last_error"]
    assert counted(business, "tidy") == 0


def test_only_registered_jobs_of_the_right_scope_can_be_asked_for(market: Runtime, business: Tenant) -> None:
    for name in ("os.system", "bazaar.nothing", "core.fill_spares", "bazaar.read_note"):
        with pytest.raises(UnknownJob), tenant_work(business):
            enqueue(name)
    with pytest.raises(UnknownJob), market.database.control() as conn:
        enqueue_platform(conn, "bazaar.tidy")


def test_a_job_that_waits_under_a_key_is_not_doubled(
    market: Runtime, business: Tenant, neighbour: Tenant
) -> None:
    for tenant in (business, business, neighbour):
        with tenant_work(tenant):
            enqueue_once("bazaar.tidy", "daily")

    assert [row["tenant"] for row in deliveries(market)] == [business.schema, neighbour.schema]


def test_a_dead_letter_does_not_keep_its_job_from_being_started_again(
    market: Runtime, business: Tenant
) -> None:
    with tenant_work(business):
        enqueue_once("bazaar.tidy", "daily")
    with market.database.control_autocommit() as conn:
        (waiting,) = deliveries(market)
        conn.execute("UPDATE bus.delivery SET attempts = %s", [bus.MAX_ATTEMPTS])
        assert bus.fail(conn, waiting["id"], "a full disk")

    with tenant_work(business):
        enqueue_once("bazaar.tidy", "daily")

    assert sorted(row["state"] for row in deliveries(market)) == ["dead", "ready"]


def test_a_platform_job_can_be_planned_and_taken_back(market: Runtime) -> None:
    with market.database.control() as conn:
        enqueue_platform_once(conn, "core.clean_up", "one", due_at=now())
        enqueue_platform_once(conn, "core.clean_up", "one", due_at=now())
        enqueue_platform_once(conn, "core.clean_up", "two", due_at=now())
        taken_back = cancel_platform(conn, "core.clean_up", "one")

    drain_until_quiet(market)

    assert taken_back
    assert deliveries(market) == []


def test_a_hundred_events_ring_once(market: Runtime, business: Tenant, bazaar: ModuleType) -> None:
    for number in range(100):
        with tenant_work(business):
            emit(bazaar.NotePinned(note_id=str(number)))

    assert ring_queue("reaction", market.bell.connection).count == 1
    assert 0 < market.bell.connection.ttl(mark(business.schema, "reaction")) <= COALESCE_SECONDS


def test_a_valkey_that_is_away_costs_the_caller_nothing() -> None:
    bell = Bell(NOWHERE)
    begun = time.monotonic()

    assert not any(bell.ring("t_any", "job") for _ in range(100))
    # Had each waited for its connection, it would be fifty seconds.
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("name", ["os.system", "charsu.jobs.draining.set_drainer", "builtins.eval"])
def test_a_ring_that_names_another_function_is_refused(market: Runtime, name: str) -> None:
    queue = ring_queue("job", market.bell.connection)

    job = queue.enqueue(name, "touch /tmp/charsu-was-here")

    with pytest.raises(PermissionError, match="refused"):
        job.perform()


def test_a_ring_brings_no_callback_along(market: Runtime) -> None:
    queue = ring_queue("job", market.bell.connection)
    job = queue.enqueue(DRAIN, "t_any")
    market.bell.connection.hset(job.key, "success_callback_name", "os.getcwd")
    market.bell.connection.hset(job.key, "failure_callback_name", "os.getcwd")

    again = RingJob.fetch(job.id, connection=market.bell.connection, serializer=JSONSerializer)

    assert again.success_callback is None
    assert again.failure_callback is None


def test_claims_of_a_dead_worker_are_free_at_once(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    with signed_on(market) as dead:
        claimed = bus.claim(dead.connection, dead.number, business.schema, "reaction", 10)
        bus.begin(dead.connection, dead.number, claimed[0].id)
        with market.database.control_autocommit() as conn:
            freed_while_alive = bus.free_orphans(conn)

    with market.database.control_autocommit() as conn:
        freed = bus.free_orphans(conn)
    drain_until_quiet(market)

    assert (len(claimed), freed_while_alive, freed) == (1, 0, 1)
    assert counted(business, "note:n1") == 1


def test_a_delivery_that_kills_its_worker_each_time_is_dead_after_eight(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
        emit(bazaar.NotePinned(note_id="n2"))

    for _ in range(8):
        change(market, "UPDATE bus.delivery SET due_at = now()")
        with signed_on(market) as dead:
            claimed = bus.claim(dead.connection, dead.number, business.schema, "reaction", 10)
            bus.begin(dead.connection, dead.number, claimed[0].id)
        with market.database.control_autocommit() as conn:
            bus.free_orphans(conn)

    first, second = deliveries(market)
    assert (first["state"], first["attempts"], first["last_error"]) == ("dead", 8, "its worker died")
    assert (second["state"], second["attempts"]) == ("ready", 0)


def test_two_schedulers_start_a_job_once(market: Runtime, business: Tenant, neighbour: Tenant) -> None:
    schedulers = [Scheduler(market) for _ in range(4)]
    with market.database.control_autocommit() as conn:
        schedulers[0].prepare(conn)
    change(market, "UPDATE control.schedule SET next_at = now() + interval '1 day'")
    change(market, "UPDATE control.schedule SET next_at = now() WHERE name = 'bazaar.tidy'")
    start = threading.Barrier(len(schedulers))

    def go(scheduler: Scheduler) -> None:
        with market.database.control_autocommit() as conn:
            start.wait()
            scheduler.round(conn)

    threads = [threading.Thread(target=go, args=[scheduler]) for scheduler in schedulers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    started = sorted((row["tenant"], row["handler"]) for row in deliveries(market))
    assert started == sorted([(business.schema, "bazaar.tidy"), (neighbour.schema, "bazaar.tidy")])


def test_a_job_of_the_clock_that_still_waits_is_not_doubled(market: Runtime, business: Tenant) -> None:
    scheduler = Scheduler(market)
    with market.database.control_autocommit() as conn:
        scheduler.prepare(conn)
        for _ in range(3):
            change(market, "UPDATE control.schedule SET next_at = now() WHERE name = 'bazaar.tidy'")
            scheduler.round(conn)

    waiting = [row for row in deliveries(market) if row["handler"] == "bazaar.tidy"]
    assert len(waiting) == 1


def test_old_marks_of_done_work_are_removed_and_young_ones_stay(market: Runtime, business: Tenant) -> None:
    with tenant_work(business):
        enqueue("bazaar.tidy")
        enqueue("bazaar.tidy")
    drain_until_quiet(market)
    change(
        market,
        f"UPDATE {business.schema}.core_inbox SET done_at = now() - interval '31 days'"
        f" WHERE key = (SELECT min(key) FROM {business.schema}.core_inbox)",
    )

    with market.database.control() as conn:
        enqueue_platform(conn, "core.clean_up")
    drain_until_quiet(market)

    with tenant_work(business, read_only=True) as session:
        assert session.execute(text("SELECT count(*) FROM core_inbox")).scalar_one() == 1


def test_a_suspended_tenant_has_no_jobs_run_and_is_not_waited_for(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    suspend_tenant(market.database, business.id)

    drain_until_quiet(market)

    assert wait_until_quiet(market, 0) == 0
    assert len(deliveries(market)) == 1


def test_waiting_ends_when_all_is_done_and_says_how_much_is_left_when_not(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
        enqueue_once("bazaar.tidy", "tomorrow", due_at=now().replace(year=2999))

    before = wait_until_quiet(market, 0.1)
    drain_until_quiet(market)

    assert (before, wait_until_quiet(market, 0)) == (1, 0)


@pytest.mark.faults
@pytest.mark.parametrize("fault", [name for name in FAULTPOINTS if name.startswith("delivery.")])
def test_a_worker_killed_at_any_step_has_the_effect_once(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes, fault: str
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
        emit(bazaar.NotePinned(note_id="n2"))
    processes.kill_worker_at(fault)

    processes.start("worker")
    processes.settle()

    assert [counted(business, f"note:n{number}") for number in (1, 2)] == [1, 1]
    assert deliveries(market) == []


@pytest.mark.faults
def test_a_worker_killed_at_random_moments_has_every_effect_once(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    worker = processes.start("worker")
    for number in range(120):
        with tenant_work(business):
            emit(bazaar.NotePinned(note_id=str(number), wish="slow"))
        if number % 40 == 39:
            worker.kill()
            worker = processes.start("worker")

    processes.settle()

    assert {counted(business, f"note:{number}") for number in range(120)} == {1}


@pytest.mark.faults
def test_what_a_flushed_valkey_forgot_is_done_all_the_same(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    market.bell.connection.flushdb()

    processes.start("worker")
    processes.start("scheduler")
    wait_for(lambda: counted(business, "note:n1") == 1)
    market.bell.connection.flushdb()
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n2"))

    wait_for(lambda: counted(business, "note:n2") == 1)


@pytest.mark.faults
def test_a_worker_without_valkey_finds_the_work_in_postgresql(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    processes.start("worker", redis_url=NOWHERE)

    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))

    wait_for(lambda: counted(business, "note:n1") == 1)


@pytest.mark.faults
def test_a_worker_outlives_the_loss_of_its_connections(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    with market.database.admin() as conn:
        ours = [row["pid"] for row in conn.execute("SELECT pid FROM pg_stat_activity").fetchall()]
    worker = processes.start("worker")
    for name in ("n1", "n2"):
        with tenant_work(business):
            emit(bazaar.NotePinned(note_id=name))
        wait_for(lambda name=name: counted(business, f"note:{name}") == 1)  # type: ignore[misc]
        change(
            market,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            f" AND NOT pid = ANY ('{set(ours)}')",
        )

    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n3"))
    wait_for(lambda: counted(business, "note:n3") == 1)

    assert worker.is_running


@pytest.mark.faults
def test_a_busy_tenant_does_not_keep_the_others_waiting(
    market: Runtime, business: Tenant, neighbour: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    with tenant_work(business):
        for number in range(400):
            emit(bazaar.NotePinned(note_id=str(number), wish="slow"))
    with tenant_work(neighbour):
        emit(bazaar.NotePinned(note_id="n1"))

    processes.start("worker")
    wait_for(lambda: counted(neighbour, "note:n1") == 1)

    assert wait_until_quiet(market, 0) > 100


@pytest.mark.faults
def test_several_workers_keep_the_order_of_a_tenant_and_do_nothing_twice(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    for _ in range(3):
        processes.start("worker")
    for number in range(60):
        with tenant_work(business):
            emit(bazaar.NotePinned(note_id=str(number)))
    processes.settle()

    with tenant_work(business, read_only=True) as session:
        done = session.execute(text("SELECT key FROM core_inbox ORDER BY done_at")).scalars().all()
        told = session.execute(text("SELECT id::text FROM core_event ORDER BY occurred_at")).scalars().all()
    assert [key.rpartition(":")[2] for key in done] == told
    assert {counted(business, f"note:{number}") for number in range(60)} == {1}


@pytest.mark.faults
def test_a_worker_that_is_asked_to_end_finishes_what_it_has_in_hand(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    with tenant_work(business):
        for number in range(100):
            emit(bazaar.NotePinned(note_id=str(number), wish="slow"))
    worker = processes.start("worker")
    wait_for(lambda: counted(business, "note:3") == 1)

    worker.terminate()

    assert worker.wait(60) == 0
    left = deliveries(market)
    assert 0 < len(left) < 97
    assert all(row["claimed_by"] is None and row["attempts"] == 0 for row in left)


@pytest.mark.faults
def test_an_idle_worker_and_scheduler_end_at_once(processes: Processes, market: Runtime) -> None:
    # One of a few tries: on a busy machine anything may take its time.
    assert any(seconds_to_end(processes, market) < 3 for _ in range(3))


def seconds_to_end(processes: Processes, market: Runtime) -> float:
    change(market, "DELETE FROM control.heartbeat")
    running = [processes.start("worker"), processes.start("scheduler")]

    def are_alive() -> bool:
        with market.database.admin() as conn:
            row = conn.execute("SELECT count(*) AS n FROM control.heartbeat").fetchone()
            return row is not None and row["n"] == 2

    wait_for(are_alive)
    for process in running:
        process.terminate()
    begun = time.monotonic()
    assert [process.wait(60) for process in running] == [0, 0]
    return time.monotonic() - begun


@pytest.mark.faults
def test_the_commands_show_wait_for_and_replay(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    waited = processes.run("jobs", "wait", "--timeout", "0.2")
    change(market, "UPDATE bus.delivery SET state = 'dead', attempts = 8, last_error = 'it broke'")

    dead = json.loads(processes.run("jobs", "dead", "--json")[1])
    unknown = processes.run("jobs", "replay", "999999")
    replayed = processes.run("jobs", "replay", str(dead[0]["id"]))
    drain_until_quiet(market)

    assert waited == (1, "charsu: 1 still to run after 0.2 s\n")
    assert (dead[0]["slug"], dead[0]["last_error"]) == (business.slug, "it broke")
    assert unknown == (1, "charsu: there is no dead letter 999999\n")
    assert replayed == (0, "1 will run again\n")
    assert counted(business, "note:n1") == 1
    assert processes.run("jobs", "wait", "--timeout", "5") == (0, "")


@pytest.mark.faults
def test_a_long_job_does_not_keep_reactions_waiting_where_a_worker_is_kept_for_them(
    market: Runtime, business: Tenant, bazaar: ModuleType, processes: Processes
) -> None:
    with tenant_work(business):
        enqueue("bazaar.doze", seconds=20)
    processes.start("worker", "--only", "reaction")
    processes.start("worker", "--only", "job")
    wait_for(lambda: any(row["claimed_by"] for row in deliveries(market)))

    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    wait_for(lambda: counted(business, "note:n1") == 1)

    assert [row["handler"] for row in deliveries(market)] == ["bazaar.doze"]
