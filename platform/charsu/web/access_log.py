"""One line and one measurement for every request; nothing personal in either."""

import logging
import os
import sys
import time
from datetime import UTC, datetime

import orjson
from flask import Request, Response
from prometheus_client import Histogram

REQUEST_ID_HEADER = "X-Request-Id"
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)

#: Whether lines are written at all, see `charsu.logs`.
log = logging.getLogger("charsu.access")
#: Labelled by endpoint, never by path or tenant: the number of series stays bounded.
durations = Histogram(
    "charsu_request_seconds", "Time to answer a request", ["endpoint", "method", "status"], buckets=_BUCKETS
)
#: The series in use: looking one up by its labels costs more than the measurement.
_children: dict[tuple[str, str, int], Histogram] = {}


def new_request_id() -> str:
    """An id that ties a request's log lines to what the person was told."""
    return os.urandom(16).hex()


def record(
    request: Request, response: Response, *, request_id: str, tenant: str | None, started: float
) -> None:
    """Write the line and the measurement of a finished request; `started` is of `time.perf_counter`."""
    seconds = time.perf_counter() - started
    endpoint = request.endpoint or "none"
    series = endpoint, request.method, response.status_code
    child = _children.get(series)
    if child is None:
        child = _children[series] = durations.labels(*series)
    child.observe(seconds)
    if log.isEnabledFor(logging.INFO):
        line = {
            "event": "request",
            "request_id": request_id,
            "tenant": tenant,
            "endpoint": endpoint,
            "method": request.method,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "timestamp": datetime.now(UTC),
            "level": "info",
            "logger": "charsu.access",
            "process": "web",
        }
        # Written as it is: on its way through `logging` a line costs more than all that is in it.
        sys.stderr.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode())
