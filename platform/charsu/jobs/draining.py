"""Drains a tenant's deliveries: what a worker does when the bell rings."""

import logging
import time
from dataclasses import dataclass, field

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from charsu.faultpoints import faultpoint
from charsu.jobs.bell import PLATFORM, mark
from charsu.jobs.running import Outcome, run_delivery
from charsu.process import Runtime
from charsu_tenants import bus
from charsu_tenants.context import Tenant
from charsu_tenants.registry import find_by_schema

logger = logging.getLogger(__name__)

#: Deliveries claimed at once, and seconds after which the next tenant has its turn.
BATCH = 50
TURN_SECONDS = 3.0


@dataclass
class Drainer:
    """A worker's hands: a connection that holds its number, and one tenant's deliveries after another's."""

    runtime: Runtime
    connection: Connection[DictRow]
    number: int
    #: Set to stop after the delivery at hand.
    is_stopping: bool = False
    _turn_ends_at: float = field(default=0.0, init=False)

    def drain(self, schema: str) -> None:
        """Run what is due for a tenant (or `PLATFORM`) until nothing is left or its turn is over.

        Reactions of a tenant run in one worker at a time, in the order of their events; its jobs after them. What
        is left over rings again, behind the other tenants.
        """
        self._unmark(schema)
        self._turn_ends_at = time.monotonic() + TURN_SECONDS
        tenant = None
        if schema != PLATFORM:
            tenant = find_by_schema(self.runtime.database, schema)
            if tenant is None or tenant.status != "active":
                return
            self._drain_reactions(schema, tenant)
        self._drain_kind(tenant and tenant.schema, tenant, "job", 1)
        if bus.has_due(self.connection, tenant and tenant.schema):
            self.runtime.bell.ring(schema)

    def drain_everything_due(self) -> None:
        """Find the work in PostgreSQL itself: while Valkey is away, and when no ring came for a while."""
        for schema in bus.due_tenants(self.connection):
            if self.is_stopping:
                return
            self.drain(schema or PLATFORM)

    def _drain_reactions(self, schema: str, tenant: Tenant) -> None:
        if not bus.try_lock_tenant(self.connection, schema):
            return
        try:
            self._drain_kind(schema, tenant, "reaction", BATCH)
        finally:
            bus.unlock_tenant(self.connection, schema)

    def _drain_kind(self, schema: str | None, tenant: Tenant | None, kind: str, batch: int) -> None:
        while not self._is_over():
            deliveries = bus.claim(self.connection, self.number, schema, kind, batch)
            if not deliveries:
                return
            faultpoint("delivery.claimed")
            self._run_batch(tenant, deliveries)

    def _run_batch(self, tenant: Tenant | None, deliveries: list[bus.Delivery]) -> None:
        waiting = deliveries
        while waiting and not self._is_over():
            delivery, *waiting = waiting
            self._run(tenant, delivery)
        if waiting:
            bus.let_go(self.connection, self.number, [delivery.id for delivery in waiting])

    def _run(self, tenant: Tenant | None, delivery: bus.Delivery) -> None:
        if bus.begin(self.connection, self.number, delivery.id) is None:
            return
        faultpoint("delivery.begun")
        outcome, reason, delay = run_delivery(self.runtime, tenant, delivery)
        faultpoint("delivery.committed")
        match outcome:
            case Outcome.DONE:
                bus.finish(self.connection, delivery.id)
            case Outcome.DROPPED:
                logger.info("delivery %s of %s is dropped: %s", delivery.id, delivery.handler, reason)
                bus.finish(self.connection, delivery.id)
            case Outcome.PARKED:
                bus.park(self.connection, delivery.id, reason)
            case Outcome.FAILED:
                is_dead = bus.fail(self.connection, delivery.id, reason, delay=delay)
                level = logging.ERROR if is_dead else logging.WARNING
                state = "is dead" if is_dead else "will be tried again"
                logger.log(level, "delivery %s of %s %s: %s", delivery.id, delivery.handler, state, reason)
        faultpoint("delivery.finished")

    def _is_over(self) -> bool:
        return self.is_stopping or time.monotonic() > self._turn_ends_at

    def _unmark(self, schema: str) -> None:
        """From here on a new ring is heard anew. A Valkey that is away has no mark either."""
        try:
            self.runtime.bell.connection.delete(mark(schema))
        except OSError as error:
            logger.debug("no mark to remove: %s", error)
        except psycopg.Error:
            raise
        except Exception as error:  # noqa: BLE001 - redis raises a family of its own; none of it matters here
            logger.debug("no mark to remove: %s", error)


_drainer: Drainer | None = None


def set_drainer(drainer: Drainer | None) -> None:
    """Name the drainer of this worker process, which RQ's function call finds here."""
    global _drainer
    _drainer = drainer


def drain(schema: str) -> None:
    """The one function RQ may call: drain a tenant, named by its schema, or the platform."""
    if _drainer is None:
        raise RuntimeError("this process is no worker")
    _drainer.drain(schema)
