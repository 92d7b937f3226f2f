"""Runs one delivery: in one tenant transaction together with the mark that it ran."""

from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.db import tenant_work
from charsu.entitlements import may_act
from charsu.events.cause import Actor, Cause, caused_by
from charsu.events.envelope import EventEnvelope
from charsu.events.reaction import Reaction, RetryLater
from charsu.faultpoints import faultpoint
from charsu.jobs.spec import JobSpec
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import usable_modules
from charsu.plugins.guard import Contained, contained, time_limit
from charsu.process import Runtime
from charsu_tenants.bus import Delivery
from charsu_tenants.context import Tenant

_MARK_AND_READ = text("""WITH mark AS (
  INSERT INTO core_inbox (key) VALUES (:key) ON CONFLICT DO NOTHING RETURNING 1)
SELECT e.*, EXISTS (SELECT FROM mark) AS is_first FROM core_event e WHERE e.id = :event_id""")
_MARK = text("INSERT INTO core_inbox (key) VALUES (:key) ON CONFLICT DO NOTHING RETURNING key")


#: Until work of a module whose tables are being updated is tried again.
BEHIND_SECONDS = 5.0


class Outcome(Enum):
    """What became of a delivery."""

    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    DROPPED = "dropped"


class Result(NamedTuple):
    """An outcome with its reason; `delay` says after how many seconds to try again, where that is known."""

    outcome: Outcome
    reason: str = ""
    delay: float | None = None


class _AlreadyDone(Exception):
    """The mark is there: an earlier run committed and died before it could say so."""


def run_delivery(runtime: Runtime, tenant: Tenant | None, delivery: Delivery) -> Result:
    """Run the handler once, guarded and timed; its work is committed when this returns `DONE`, else rolled
    back.
    """
    refusal = _refusal(runtime, tenant, delivery)
    if refusal is not None:
        return refusal
    handler = runtime.plugins.handlers[delivery.handler]
    try:
        with contained(), time_limit(handler.time_limit):
            if isinstance(handler, Reaction) and tenant is not None:
                _react(tenant, delivery, handler)
            elif isinstance(handler, JobSpec):
                _work(runtime, tenant, delivery, handler)
    except Contained as error:
        return _failure(error)
    return Result(Outcome.DONE)


def _refusal(runtime: Runtime, tenant: Tenant | None, delivery: Delivery) -> Result | None:
    """Return what stands against running it now: module off, quarantined, unpaid, behind, or not
    installed.
    """
    module, handler = delivery.module, runtime.plugins.handlers.get(delivery.handler)
    if tenant is not None and module not in tenant.modules:
        return Result(Outcome.DROPPED, f"module {module} is turned off")
    if handler is None:
        return Result(Outcome.FAILED, f"no handler {delivery.handler} in this process")
    is_platform = isinstance(handler, JobSpec) and handler.scope == "platform"
    if is_platform != (tenant is None):
        return Result(Outcome.FAILED, f"{delivery.handler} is not for this scope")
    if tenant is None or (may_act(tenant, module) and module in usable_modules(tenant)):
        return None
    if may_act(tenant, module):
        return Result(Outcome.PARKED, f"the tables of {module} are being updated", BEHIND_SECONDS)
    return Result(Outcome.PARKED, f"module {module} is {tenant.modules[module].access}")


def _failure(error: Contained) -> Result:
    cause = error.__cause__
    if isinstance(cause, _AlreadyDone):
        return Result(Outcome.DONE)
    if isinstance(cause, RetryLater):
        return Result(
            Outcome.FAILED, str(cause), cause.delay.total_seconds() if cause.delay is not None else None
        )
    return Result(Outcome.FAILED, str(error))


def _react(tenant: Tenant, delivery: Delivery, reaction: Reaction) -> None:
    with tenant_work(tenant) as session:
        key = {"key": delivery.inbox_key, "event_id": delivery.event_id}
        row = session.execute(_MARK_AND_READ, key).mappings().one_or_none()
        if row is None:
            raise LookupError(f"event {delivery.event_id} is not in the log")
        if not row["is_first"]:
            raise _AlreadyDone
        event = read_envelope(dict(row))
        cause = Cause(
            actor=event.actor, correlation_id=event.correlation_id, causation_id=event.id, hop=event.hop + 1
        )
        with caused_by(cause):
            reaction.run(_context(tenant, session, event.actor), event)
        faultpoint("delivery.handled")


def _work(runtime: Runtime, tenant: Tenant | None, delivery: Delivery, job: JobSpec) -> None:
    arguments = delivery.payload or {}
    if tenant is None:
        job.run(runtime, **arguments)
        return
    actor = Actor.from_json(delivery.actor)
    with tenant_work(tenant) as session:
        if session.execute(_MARK, {"key": delivery.inbox_key}).first() is None:
            raise _AlreadyDone
        with caused_by(Cause(actor=actor, correlation_id=delivery.job_key)):
            job.run(_context(tenant, session, actor), **arguments)
        faultpoint("delivery.handled")


def _context(tenant: Tenant, session: Session, actor: Actor) -> HookContext:
    return HookContext(tenant=tenant, session=session, actor=actor)


def read_envelope(row: dict[str, Any]) -> EventEnvelope:
    """The event of a row of `core_event`, as reactions get it."""
    occurred_at: datetime = row["occurred_at"]
    return EventEnvelope(
        id=row["id"],
        type=row["type"],
        version=row["version"],
        occurred_at=occurred_at,
        actor=Actor.from_json(row["actor"]),
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        correlation_id=row["correlation_id"] or row["id"],
        causation_id=row["causation_id"],
        hop=row["hop"],
        data=row["data"],
    )
