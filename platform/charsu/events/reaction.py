"""How a module says that it wants to act on an event."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charsu.events.envelope import EventEnvelope
    from charsu.plugins.context import HookContext

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class RetryLater(Exception):
    """Raised by a reaction or job that can not run yet; it comes back after `delay`, its work rolled back.

    It counts as an attempt: after the eighth the delivery waits as a dead letter.
    """

    def __init__(self, reason: str = "", *, delay: timedelta | None = None) -> None:
        super().__init__(reason or "asked to come back later")
        self.delay = delay


@dataclass(frozen=True)
class Reaction:
    """`run` is called once for each event of `event_type`, after the commit that emitted it.

    It runs in one tenant transaction together with the mark that it ran, so its effect happens exactly once
    however often it is delivered; effects outside the database (mail, HTTP) are at least once. `name` is
    stored with waiting deliveries: do not rename it.
    """

    event_type: str
    name: str
    run: Callable[[HookContext, EventEnvelope], None]
    #: Seconds after which it is stopped and counted as failed.
    time_limit: float = 30.0

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"bad reaction name {self.name!r}: lower-case words joined by _")
        if not callable(self.run):
            raise TypeError(f"reaction {self.name} has nothing to run")
