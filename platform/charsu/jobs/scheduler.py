"""The scheduler process: starts jobs by the clock and sweeps up what was lost. Any number of them may run."""

import logging
import random
import signal
import threading
from collections.abc import Mapping
from datetime import timedelta
from types import FrameType

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from charsu.jobs.bell import PLATFORM, QUEUES
from charsu.jobs.heartbeat import Heartbeat
from charsu.jobs.spec import JobSpec
from charsu.process import Runtime
from charsu_tenants import bus, schedules

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
#: A job that runs rarely does not begin for every tenant at the same moment.
MAX_SPREAD = timedelta(minutes=1)


class Scheduler:
    """One round after another: free what dead workers held, ring for what is due, start what the clock
    says.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._heartbeat = Heartbeat("scheduler")
        self.jobs: Mapping[str, JobSpec] = {
            name: job
            for name, job in runtime.plugins.handlers.items()
            if isinstance(job, JobSpec) and job.interval is not None
        }

    def prepare(self, conn: Connection[DictRow]) -> None:
        """Write down the jobs that have no row yet.

        Jobs of the platform begin at once; those of tenants within an interval, each at a random point of it.
        Jobs with a time of day are planned at once.
        """
        for name, job in self.jobs.items():
            if job.interval is not None:
                is_spread = job.scope == "tenant" and job.at is None
                wait = random.random() if is_spread else 0.0  # noqa: S311 - no secret
                schedules.add_schedule(conn, name, first_in=job.interval * wait)

    def round(self, conn: Connection[DictRow]) -> None:
        """Do one round; each statement stands by itself, so a kill between two of them does no harm."""
        self._heartbeat.beat(conn)
        freed = bus.free_orphans(conn)
        if freed:
            logger.warning("%s claims of dead workers are free again", freed)
        bus.release_parked(conn)
        for name, job in self.jobs.items():
            if job.interval is None:
                continue
            plan = schedules.Plan(
                every=job.interval, scope=job.scope, spread=min(job.interval / 10, MAX_SPREAD), at=job.at
            )
            if schedules.start_due(conn, name, plan):
                logger.debug("%s starts by the clock", name)
        for kind in QUEUES:
            for schema in bus.due_tenants(conn, kind):
                self.runtime.bell.ring(schema or PLATFORM, kind)

    def finish(self, conn: Connection[DictRow]) -> None:
        """Say that this process ends well."""
        self._heartbeat.end(conn)


def run_scheduler(runtime: Runtime) -> None:
    """Sweep once a second until the process is asked to end (SIGINT, SIGTERM). Lives through restarts of
    PostgreSQL.
    """
    stop = threading.Event()

    def ring(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ring)
    scheduler = Scheduler(runtime)
    while not stop.is_set():
        try:
            _work(runtime, scheduler, stop)
        except psycopg.Error as error:
            logger.warning("PostgreSQL is away, the scheduler waits: %s", error)
            stop.wait(SWEEP_SECONDS)


def _work(runtime: Runtime, scheduler: Scheduler, stop: threading.Event) -> None:
    with runtime.database.control_autocommit() as conn:
        scheduler.prepare(conn)
        while not stop.is_set():
            scheduler.round(conn)
            stop.wait(SWEEP_SECONDS)
        scheduler.finish(conn)
