"""How a module declares a job."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

_HALF_A_DAY = timedelta(hours=12)
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class JobSpec:
    """A job by name. A tenant's job is called as `run(ctx, **arguments)` in one tenant transaction.

    A platform job (`scope="platform"`, the core's own) is called as `run(runtime, **arguments)`. Arguments
    are JSON. With `every` the scheduler starts it for each tenant that has the module, spread a little over
    time; with `at` once a day at that time of the tenant's own clock. A tenant's run that still waits is not
    doubled. `name` is stored with waiting jobs: do not rename it.

    Example: `JobSpec("close_the_day", close_the_day, at=time(3, 30))`.
    """

    name: str
    run: Callable[..., None]
    every: timedelta | None = None
    scope: Literal["tenant", "platform"] = "tenant"
    #: Seconds after which it is stopped and counted as failed.
    time_limit: float = 300.0
    #: Time of day of the tenant, where it is not to run at intervals but once a day.
    at: time | None = None

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"bad job name {self.name!r}: lower-case words joined by _")
        if not callable(self.run):
            raise TypeError(f"job {self.name} has nothing to run")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError(f"job {self.name} would run more than once a second")
        if self.at is not None and (self.every is not None or self.scope != "tenant"):
            raise ValueError(f"job {self.name}: `at` is for jobs of tenants, and without `every`")

    @property
    def interval(self) -> timedelta | None:
        """How often the scheduler looks after it; None for a job that only `enqueue` starts.

        One with a time of day is planned twice a day, for its next time in each tenant: what is planned
        already stays, so it is neither missed nor doubled when the looks come a little later each day.
        """
        return _HALF_A_DAY if self.at is not None else self.every
