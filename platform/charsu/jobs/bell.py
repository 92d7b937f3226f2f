"""The bell: tells a worker through RQ on Valkey that a tenant has work. Losing a ring loses nothing."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

logger = logging.getLogger(__name__)

#: The RQ queue of each kind of work: a long job must not stand before the reactions to events.
QUEUES: Mapping[str, str] = {"reaction": "charsu-reactions", "job": "charsu-jobs"}
#: The only function a ring may name; the worker's own Job class refuses every other.
DRAIN = "charsu.jobs.draining.drain"
#: Stands for the platform's own jobs, which belong to no tenant.
PLATFORM = "platform"
#: A tenant that was rung within this time is not rung again; the drain removes the mark when it begins.
COALESCE_SECONDS = 5
#: After a failed ring the process is silent for so long, so that requests do not wait for a dead Valkey.
SILENCE_SECONDS = 2.0


class RingJob(Job):
    """An RQ job that can only be a ring: what else Valkey names is refused before anything is imported."""

    @property
    def func(self) -> Callable[..., object]:
        """Return `drain`, or raise `PermissionError`."""
        if self.func_name != DRAIN:
            raise PermissionError(f"refused to run {self.func_name!r} from the queue")
        function: Callable[..., object] = super().func
        return function

    @property
    def success_callback(self) -> None:
        """Have none: RQ would import it by the dotted name in Valkey."""

    @property
    def failure_callback(self) -> None:
        """Have none, as above."""

    @property
    def stopped_callback(self) -> None:
        """Have none, as above."""

    def send_webhooks(self, *_: object, **__: object) -> None:
        """Send none: RQ would call the address in Valkey."""


class Bell:
    """Rings for tenants. A Valkey that is down or slow is logged and never fails the caller."""

    def __init__(self, redis_url: str) -> None:
        # No retries: the caller is a request that has done its work already.
        self.connection = redis.Redis.from_url(
            redis_url, socket_connect_timeout=0.5, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)
        )
        self._queues = {kind: ring_queue(kind, self.connection) for kind in QUEUES}
        self._silent_until = 0.0
        self._lock = threading.Lock()

    def ring(self, tenant: str, kind: str) -> bool:
        """Say that a tenant (its schema, or `PLATFORM`) has work of a kind; return whether Valkey knows
        now.
        """
        if time.monotonic() < self._silent_until:
            return False
        try:
            if self.connection.set(mark(tenant, kind), 1, nx=True, ex=COALESCE_SECONDS):
                self._queues[kind].enqueue(DRAIN, tenant, kind, result_ttl=0, failure_ttl=60, job_timeout=-1)
        except (redis.RedisError, OSError) as error:
            with self._lock:
                self._silent_until = time.monotonic() + SILENCE_SECONDS
            logger.warning("the bell is silent, the sweep will find the work: %s", error)
            return False
        return True

    def heard(self, tenant: str, kind: str) -> None:
        """Say that a drain of the tenant begins: from here on a ring for it is a new one."""
        try:
            self.connection.delete(mark(tenant, kind))
        except (redis.RedisError, OSError) as error:
            logger.debug("no mark to remove: %s", error)

    def close(self) -> None:
        """Close the connections to Valkey."""
        self.connection.close()


def mark(tenant: str, kind: str) -> str:
    """Return the key that says a ring of this kind for this tenant is on its way."""
    return f"charsu:ring:{kind}:{tenant}"


def ring_queue(kind: str, connection: redis.Redis) -> Queue:
    """Return the queue of rings of a kind, whose jobs can be nothing but rings."""
    return Queue(QUEUES[kind], connection=connection, job_class=RingJob, serializer=JSONSerializer)
