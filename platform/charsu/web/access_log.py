"""One line and one measurement for every request; nothing personal in either."""

import time
import uuid

import structlog
from flask import Request, Response
from prometheus_client import Histogram

REQUEST_ID_HEADER = "X-Request-Id"
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)

log = structlog.get_logger("charsu.access")
#: Labelled by endpoint, never by path or tenant: the number of series stays bounded.
durations = Histogram(
    "charsu_request_seconds", "Time to answer a request", ["endpoint", "method", "status"], buckets=_BUCKETS
)


def new_request_id() -> str:
    """An id that ties a request's log lines to what the person was told."""
    return uuid.uuid4().hex


def record(request: Request, response: Response, *, started: float) -> None:
    """Write the line and the measurement of a finished request; `started` is of `time.perf_counter`.

    Tenant and request id stand in the context of the log, for every line of the request.
    """
    seconds = time.perf_counter() - started
    endpoint = request.endpoint or "none"
    durations.labels(endpoint, request.method, response.status_code).observe(seconds)
    log.info(
        "request",
        endpoint=endpoint,
        method=request.method,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
