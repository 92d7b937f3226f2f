"""Who acts and what caused it: carried from the request or the reaction into every event it emits."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal, Self
from uuid import UUID, uuid4

#: A chain of events that reacted to each other may be this long; the next one is refused.
MAX_HOPS = 8


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who did something: a person, a person's API token, or the system itself (jobs and reactions)."""

    kind: Literal["user", "token", "system"]
    id: str | None = None
    name: str = ""

    def as_json(self) -> dict[str, str | None]:
        """Return the form stored beside events and deliveries."""
        return {"kind": self.kind, "id": self.id, "name": self.name}

    @classmethod
    def from_json(cls, stored: dict[str, str | None] | None) -> Self:
        """Read back `as_json`; anything else is the system."""
        kinds: dict[str | None, Literal["user", "token"]] = {"user": "user", "token": "token"}
        kind = kinds.get((stored or {}).get("kind"))
        if stored is None or kind is None:
            return cls(kind="system")
        return cls(kind=kind, id=stored.get("id"), name=stored.get("name") or "")


SYSTEM = Actor(kind="system")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What an emitted event follows from: the chain's id, the event before it, and its place in the chain."""

    actor: Actor
    correlation_id: UUID
    causation_id: UUID | None = None
    hop: int = 0


_cause: ContextVar[Cause | None] = ContextVar("charsu_cause", default=None)


def current_cause() -> Cause:
    """Return the cause in force; outside any request or reaction the system begins a chain of its own."""
    return _cause.get() or Cause(actor=SYSTEM, correlation_id=uuid4())


def current_actor() -> Actor:
    """Return who acts now."""
    return current_cause().actor


@contextmanager
def caused_by(cause: Cause) -> Iterator[None]:
    """Let every event inside the block follow from `cause`."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


@contextmanager
def acting_as(actor: Actor, correlation_id: UUID | None = None) -> Iterator[None]:
    """Name who acts in the block, such as a request; events inside share one correlation id."""
    before = _cause.get()
    cause = (
        replace(before, actor=actor)
        if before and correlation_id is None
        else Cause(actor=actor, correlation_id=correlation_id or uuid4())
    )
    with caused_by(cause):
        yield
