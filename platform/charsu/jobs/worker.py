"""The worker process: RQ's SimpleWorker listens for the bell, and PostgreSQL is asked when it is silent."""

import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from types import FrameType, TracebackType

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DequeueTimeout, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.worker import SimpleWorker

from charsu.jobs.bell import QUEUES, RingJob, ring_queue
from charsu.jobs.draining import Drainer, set_drainer, signed_on
from charsu.jobs.heartbeat import Heartbeat
from charsu.process import Runtime
from charsu_tenants import bus

logger = logging.getLogger(__name__)

#: Seconds between two looks into PostgreSQL while the bell is silent, and while Valkey is away.
QUIET_SECONDS = 5
VALKEY_DOWN_SECONDS = 0.5


class NoDeathPenalty(BaseDeathPenalty):
    """RQ's own time limit, switched off: each delivery has one, and there is only one alarm clock."""

    def setup_death_penalty(self) -> None:
        """Set no alarm."""

    def cancel_death_penalty(self) -> None:
        """Leave the alarm to those who set it."""


class RingWorker(SimpleWorker):
    """Takes rings one by one in this process. Every trouble with Valkey ends `work()`; the loop outside
    starts anew.
    """

    death_penalty_class = NoDeathPenalty

    def __init__(self, drainer: Drainer, switch: "StopSwitch", connection: redis.Redis) -> None:
        super().__init__(
            [ring_queue(kind, connection) for kind in drainer.kinds],
            name=f"{socket.gethostname()}-{os.getpid()}-{drainer.number}",
            connection=connection,
            job_class=RingJob,
            serializer=JSONSerializer,
            worker_ttl=QUIET_SECONDS + 15,
            default_result_ttl=0,
            log_job_description=False,
        )
        self._drainer = drainer
        self._switch = switch
        self._heartbeat = Heartbeat("worker")

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for the next ring; between rings look into PostgreSQL, for rings may be lost."""
        while True:
            if self._drainer.is_stopping:
                return None
            self._heartbeat.beat(self._drainer.connection)
            self.heartbeat()
            with contextlib.suppress(DequeueTimeout), self._switch.waiting():
                return self.queue_class.dequeue_any(
                    self._ordered_queues,
                    timeout,
                    connection=self.connection,
                    job_class=self.job_class,
                    serializer=self.serializer,
                    death_penalty_class=self.death_penalty_class,
                )
            if max_idle_time is not None:
                return None
            bus.free_orphans(self._drainer.connection)
            self._drainer.drain_everything_due()

    def subscribe(self) -> None:
        """Listen to no commands: nobody stops a worker through Valkey."""
        self.pubsub_thread = None

    def _install_signal_handlers(self) -> None:
        """Leave the signals to `run_worker`."""


class StopSwitch:
    """SIGINT and SIGTERM: the delivery at hand is finished, an idle worker ends at once; a second signal
    ends it.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.drainer: Drainer | None = None
        #: While it waits for a ring the process may be stopped on the spot.
        self.is_waiting = False

    def __enter__(self) -> "StopSwitch":
        self._before = {
            number: signal.signal(number, self._ring) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Let a signal end the block at once."""
        self.is_waiting = True
        try:
            if self.is_on:
                raise StopRequested
            yield
        finally:
            self.is_waiting = False

    def _ring(self, _signal: int, _frame: FrameType | None) -> None:
        if self.is_on:
            raise SystemExit(1)
        self.is_on = True
        if self.drainer is not None:
            self.drainer.is_stopping = True
        if self.is_waiting:
            raise StopRequested


def run_worker(runtime: Runtime, kinds: Sequence[str] = tuple(QUEUES)) -> None:
    """Run deliveries of these kinds until the process is asked to end (SIGINT, SIGTERM).

    Lives through restarts of PostgreSQL and Valkey: while Valkey is away it looks into PostgreSQL twice a
    second.
    """
    with StopSwitch() as switch:
        while not switch.is_on:
            try:
                _work_as_one_number(runtime, switch, kinds)
            except psycopg.Error as error:
                logger.warning("PostgreSQL is away, the worker waits: %s", error)
                time.sleep(1.0)


def _work_as_one_number(runtime: Runtime, switch: StopSwitch, kinds: Sequence[str]) -> None:
    """Work for as long as one connection, and with it the worker's number, lasts."""
    with signed_on(runtime, kinds) as drainer:
        switch.drainer = drainer
        set_drainer(drainer)
        try:
            # What died with an earlier worker is taken up at once.
            bus.free_orphans(drainer.connection)
            drainer.drain_everything_due()
            while not switch.is_on:
                _listen(runtime, drainer, switch)
        finally:
            set_drainer(None)


def _listen(runtime: Runtime, drainer: Drainer, switch: StopSwitch) -> None:
    """Take rings until the process is to stop or Valkey goes away; then do without it for a moment."""
    connection = redis.Redis.from_url(
        runtime.settings.redis_url, socket_timeout=QUIET_SECONDS + 10, retry=Retry(NoBackoff(), 0)
    )
    try:
        RingWorker(drainer, switch, connection).work(logging_level="WARNING")
    except (redis.RedisError, OSError) as error:
        logger.warning("Valkey is away, the worker looks into PostgreSQL: %s", error)
    finally:
        connection.close()
    if not drainer.is_stopping:
        bus.free_orphans(drainer.connection)
        drainer.drain_everything_due()
        time.sleep(VALKEY_DOWN_SECONDS)
