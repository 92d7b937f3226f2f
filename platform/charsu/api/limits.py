"""How many API requests a token may make: generous, counted in Valkey, and never a reason to be down.

Each process counts for itself and tells Valkey in steps, so that most requests cost no round trip. The count
of all processes may run over by a step of each; when Valkey is away each process goes on alone.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import redis
from flask import Response

from charsu.errors import TooManyRequests
from charsu.text.i18n import _

WINDOW_SECONDS = 60
#: Requests a window; a runaway script is stopped, a busy integration is not.
LIMIT = 120_000
_STEP = 64
_KNOWN_TOKENS = 4096
#: After a failure Valkey is left alone for so long.
_SILENCE_SECONDS = 5.0


@dataclass(slots=True)
class _Count:
    window: int
    #: What all processes had counted when this one last asked, plus its own since.
    total: int = 0
    #: Own requests Valkey was not told of yet.
    untold: int = 0


class RequestMeter:
    """Counts requests by principal in windows of a minute; safe to use from many threads."""

    def __init__(
        self,
        connection: "redis.Redis",
        *,
        limit: int = LIMIT,
        step: int = _STEP,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._valkey = connection
        self._limit = limit
        self._step = step
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def hit(self, principal: str) -> int:
        """Count one request and return how many are left; raises `TooManyRequests`."""
        window, passed = divmod(self._now(), WINDOW_SECONDS)
        with self._lock:
            count = self._counts.get(principal)
            is_new = count is None or count.window != window
            if count is None or is_new:
                count = self._counts[principal] = _Count(int(window))
                self._counts.move_to_end(principal)
                if len(self._counts) > _KNOWN_TOKENS:
                    self._counts.popitem(last=False)
            count.total += 1
            count.untold += 1
            is_due = is_new or count.untold >= self._step
        if is_due:
            self._tell(principal, count)
        if count.total > self._limit:
            raise TooManyRequests(
                _("Too many requests. Please wait a moment."), retry_after=int(WINDOW_SECONDS - passed) + 1
            )
        return self._limit - count.total

    def _tell(self, principal: str, count: _Count) -> None:
        if time.monotonic() < self._silent_until:
            return
        with self._lock:
            told, count.untold = count.untold, 0
        key = f"charsu:api:{principal}:{count.window}"
        try:
            pipeline = self._valkey.pipeline(transaction=False)
            pipeline.incrby(key, told)
            pipeline.expire(key, 2 * WINDOW_SECONDS)
            total = int(pipeline.execute()[0])
        except (redis.RedisError, OSError):
            self._silent_until = time.monotonic() + _SILENCE_SECONDS
            return
        with self._lock:
            count.total = max(count.total, total)


def limit_headers(response: Response, left: int) -> None:
    """Say the limit and what is left of it, in the names clients know."""
    response.headers["RateLimit-Limit"] = str(LIMIT)
    response.headers["RateLimit-Remaining"] = str(max(0, left))
