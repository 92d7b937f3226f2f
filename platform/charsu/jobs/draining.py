"""Drains a tenant's deliveries: what a worker does when the bell rings."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from psycopg import Connection
from psycopg.rows import DictRow

from charsu.faultpoints import faultpoint
from charsu.jobs.bell import PLATFORM, QUEUES
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
    #: Which work it takes, most urgent first.
    kinds: Sequence[str] = tuple(QUEUES)
    #: Set to stop after the delivery at hand.
    is_stopping: bool = False
    _turn_ends_at: float = field(default=0.0, init=False)

    def drain(self, schema: str, kind: str) -> None:
        """Run what is due for a tenant (or `PLATFORM`) until nothing is left or its turn is over.

        Reactions of a tenant run in one worker at a time, in the order of their events; jobs side by side.
        What is left over rings again, behind the other tenants.
        """
        self.runtime.bell.heard(schema, kind)
        self._turn_ends_at = time.monotonic() + TURN_SECONDS
        tenant = None if schema == PLATFORM else find_by_schema(self.runtime.database, schema)
        if schema != PLATFORM and (tenant is None or tenant.status != "active"):
            return
        if kind == "job":
            self._drain_kind(tenant, kind, 1)
        elif tenant is None or not self._drain_reactions(tenant):
            # Another worker is busy with them, and looks after what is left when it is done.
            return
        if bus.has_due(self.connection, _schema(tenant), kind):
            self.runtime.bell.ring(schema, kind)

    def drain_everything_due(self) -> None:
        """Find the work in PostgreSQL itself: while Valkey is away, and when no ring came for a while."""
        for kind in self.kinds:
            for schema in bus.due_tenants(self.connection, kind):
                if self.is_stopping:
                    return
                self.drain(schema or PLATFORM, kind)

    def has_due(self) -> bool:
        """Whether any tenant has work of its kinds that is due."""
        return any(bus.due_tenants(self.connection, kind, limit=1) for kind in self.kinds)

    def _drain_reactions(self, tenant: Tenant) -> bool:
        """Run the tenant's reactions; False where another worker does."""
        if not bus.try_lock_tenant(self.connection, tenant.schema):
            return False
        try:
            self._drain_kind(tenant, "reaction", BATCH)
        finally:
            bus.unlock_tenant(self.connection, tenant.schema)
        return True

    def _drain_kind(self, tenant: Tenant | None, kind: str, batch: int) -> None:
        while not self._is_over():
            deliveries = bus.claim(self.connection, self.number, _schema(tenant), kind, batch)
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
                bus.postpone(self.connection, delivery.id, reason, seconds=delay)
            case Outcome.FAILED:
                is_dead = bus.fail(self.connection, delivery.id, reason, delay=delay)
                level = logging.ERROR if is_dead else logging.WARNING
                state = "is dead" if is_dead else "will be tried again"
                logger.log(level, "delivery %s of %s %s: %s", delivery.id, delivery.handler, state, reason)
        faultpoint("delivery.finished")

    def _is_over(self) -> bool:
        return self.is_stopping or time.monotonic() > self._turn_ends_at


def _schema(tenant: Tenant | None) -> str | None:
    return tenant.schema if tenant else None


_drainer: Drainer | None = None


def set_drainer(drainer: Drainer | None) -> None:
    """Name the drainer of this worker process, which RQ's function call finds here."""
    global _drainer  # noqa: PLW0603 - RQ calls a function by name and can not be given an object
    _drainer = drainer


def drain(schema: str, kind: str) -> None:
    """The one function RQ may call: drain a tenant, named by its schema, or the platform, of a kind of
    work.
    """
    if _drainer is None:
        raise RuntimeError("this process is no worker")
    _drainer.drain(schema, kind)


@contextmanager
def signed_on(runtime: Runtime, kinds: Sequence[str] = tuple(QUEUES)) -> Iterator[Drainer]:
    """Work under a number for as long as one connection of the control plane lasts."""
    with runtime.database.control_autocommit() as connection:
        drainer = Drainer(runtime, connection, bus.sign_on(connection), kinds)
        try:
            yield drainer
        finally:
            bus.sign_off(connection, drainer.number)


def drain_until_quiet(runtime: Runtime) -> None:
    """Run everything that is due in this process, and what follows from it; for tests and one-off
    commands.
    """
    with signed_on(runtime) as drainer:
        bus.free_orphans(drainer.connection)
        while drainer.has_due():
            drainer.drain_everything_due()
