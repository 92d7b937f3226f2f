"""Emits events: one round trip writes the event and all its deliveries, inside the business transaction."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import orjson
from sqlalchemy import event as sqlalchemy_events
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.clock import now
from charsu.db import db
from charsu.events.cause import MAX_HOPS, Cause, current_cause
from charsu.events.ids import new_event_id
from charsu.events.types import BadEvent, Event
from charsu.faultpoints import faultpoint
from charsu.process import runtime
from charsu_tenants.context import Tenant, current_tenant

_EMIT = text("SELECT bus.emit(CAST(:event AS jsonb), CAST(:deliveries AS jsonb))")
_EMIT_MANY = text("""
    SELECT count(*) FROM (
      SELECT bus.emit(packet -> 'event', packet -> 'deliveries')
        FROM jsonb_array_elements(CAST(:packets AS jsonb)) WITH ORDINALITY AS p (packet, place)
       ORDER BY place OFFSET 0) emitted
""")
#: Key in `Session.info`: the tenant's schema and the kinds of work whose bells are rung after the commit.
_TO_RING = "charsu_to_ring"


def emit(event: Event) -> UUID:
    """Write a fact and what follows from it into the current transaction; return the event's id.

    Modules that are turned on and entitled at this moment get their reactions; they run after the commit, or
    never if the transaction is rolled back. Raises `BadEvent` for a type no module declared, and for a chain
    of reactions longer than eight events.
    """
    tenant = current_tenant()
    body, deliveries = _prepare(event, tenant, current_cause(), now().isoformat())
    deliver(db.session(), tenant, body, deliveries)
    faultpoint("event.emitted")
    return cast("UUID", body["id"])


def emit_many(events: Sequence[Event]) -> None:
    """Write many facts by one statement, as an import does; else as `emit`. They keep their order."""
    if not events:
        return
    tenant, cause, moment = current_tenant(), current_cause(), now().isoformat()
    session = db.session()
    packets: list[dict[str, object]] = []
    for event in events:
        body, deliveries = _prepare(event, tenant, cause, moment)
        packets.append({"event": body, "deliveries": deliveries})
        if deliveries:
            session.info.setdefault(_TO_RING, set()).add((tenant.schema, "reaction"))
    session.execute(_EMIT_MANY, {"packets": orjson.dumps(packets).decode()})
    faultpoint("event.emitted")


def _prepare(
    event: Event, tenant: Tenant, cause: Cause, moment: str
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """The row of an event and of each delivery that follows from it. Raises `BadEvent`."""
    plugins = runtime().plugins
    if plugins.event_class(event.type) is not type(event):
        raise BadEvent(f"{type(event).__name__} is not what was declared as {event.type}")
    if cause.hop > MAX_HOPS:
        raise BadEvent(
            f"{event.type} would be event {cause.hop} of a chain: reactions call each other in a circle"
        )
    subject_type, id_field = type(event).subject
    actor = cause.actor.as_json()
    body: dict[str, object] = {
        "id": new_event_id(),
        "type": event.type,
        "version": event.version,
        "occurred_at": moment,
        "actor": actor,
        "subject_type": subject_type,
        "subject_id": str(getattr(event, id_field)),
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "hop": cause.hop,
        "data": event.to_data(),
    }
    handlers = plugins.reactions_to(event.type, full_modules(tenant))
    return body, [{"handler": name, "actor": actor} for name in handlers]


def full_modules(tenant: Tenant) -> frozenset[str]:
    """Return the modules that are turned on and entitled: those that act and not only show."""
    return frozenset(name for name, state in tenant.modules.items() if state.access == "full")


def deliver(
    session: Session, tenant: Tenant, event: dict[str, object] | None, deliveries: list[dict[str, object]]
) -> None:
    """Call `bus.emit` in the session's transaction and have the bell rung after its commit."""
    session.execute(
        _EMIT,
        {
            "event": None if event is None else orjson.dumps(event).decode(),
            "deliveries": orjson.dumps(deliveries).decode(),
        },
    )
    for delivery in deliveries:
        session.info.setdefault(_TO_RING, set()).add((tenant.schema, delivery.get("kind", "reaction")))


@sqlalchemy_events.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    """Ring after the outermost commit; a release of a savepoint makes nothing visible yet."""
    if not session.in_nested_transaction():
        to_ring = session.info.pop(_TO_RING, None)
        if to_ring:
            faultpoint("event.committed")
            for schema, kind in to_ring:
                runtime().bell.ring(schema, kind)


@sqlalchemy_events.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_TO_RING, None)
