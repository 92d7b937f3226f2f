"""What a reaction receives: the stored event with everything around it."""

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from charsu.events.cause import Actor
from charsu.events.types import BadEvent, Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, kw_only=True)
class EventEnvelope:
    """One row of a tenant's event log. `load` turns `data` into the owner's class."""

    id: UUID
    type: str
    version: int
    #: When the transaction that emitted it did so; the fact itself may carry its own date.
    occurred_at: datetime
    actor: Actor
    subject_type: str
    subject_id: str
    correlation_id: UUID
    causation_id: UUID | None
    #: 0 for an event of a request, one more for each reaction in between.
    hop: int
    data: dict[str, object]

    def load(self, event: builtins.type[E]) -> E:
        """Return the event as its owner declared it; a class of another type raises `BadEvent`."""
        if event.type != self.type:
            raise BadEvent(f"{self.type} is no {event.__name__}")
        return event.from_data(self.data)
