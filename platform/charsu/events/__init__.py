"""Events: facts in the past tense, written in the transaction that made them true, reacted to after its
commit.
"""

from charsu.events.cause import SYSTEM, Actor, acting_as, current_actor
from charsu.events.emission import emit, emit_many
from charsu.events.envelope import EventEnvelope
from charsu.events.reaction import Reaction, RetryLater
from charsu.events.types import BadEvent, Event

__all__ = [
    "SYSTEM",
    "Actor",
    "BadEvent",
    "Event",
    "EventEnvelope",
    "Reaction",
    "RetryLater",
    "acting_as",
    "current_actor",
    "emit",
    "emit_many",
]
