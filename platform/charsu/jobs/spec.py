"""How a module declares a job."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class JobSpec:
    """A job by name. A tenant's job is called as `run(ctx, **arguments)` in one tenant transaction.

    A platform job (`scope="platform"`, the core's own) is called as `run(runtime, **arguments)`. Arguments
    are JSON. With `every` the scheduler starts it for each tenant that has the module, spread a little over
    time; a tenant's run that still waits is not doubled. `name` is stored with waiting jobs: do not rename
    it.
    """

    name: str
    run: Callable[..., None]
    every: timedelta | None = None
    scope: Literal["tenant", "platform"] = "tenant"
    #: Seconds after which it is stopped and counted as failed.
    time_limit: float = 300.0

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"bad job name {self.name!r}: lower-case words joined by _")
        if not callable(self.run):
            raise TypeError(f"job {self.name} has nothing to run")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError(f"job {self.name} would run more than once a second")
