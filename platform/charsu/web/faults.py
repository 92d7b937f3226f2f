"""From whatever was raised to what the person is told: one table for pages, fragments and the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from charsu.api.arguments import InvalidInput
from charsu.errors import DomainError, TooManyRequests, Unavailable
from charsu.text.i18n import _, lazy

log = structlog.get_logger("charsu.web")

#: SQLSTATE classes and codes that are the input's fault or a passing state, not a defect of ours.
_BY_STATE = {
    "22": (422, "unstorable_value"),
    "23": (422, "integrity"),
    "23505": (409, "duplicate"),
    "23503": (409, "still_referenced"),
    "40": (409, "busy"),
    "55P03": (409, "busy"),
    "53": (503, "overloaded"),
    "57": (503, "overloaded"),
    "08": (503, "overloaded"),
    "42P01": (503, "table_missing"),
}
_MESSAGES = {
    400: lazy("The request could not be understood."),
    401: lazy("Please sign in first."),
    402: lazy("This module is read-only until it is paid for."),
    403: lazy("You are not allowed to do this."),
    404: lazy("There is nothing at this address."),
    405: lazy("This address does not work that way."),
    408: lazy("What was sent did not arrive in time. Please try again."),
    409: lazy("This stands against what is there already."),
    413: lazy("What was sent is too large."),
    415: lazy("This type of content is not accepted here."),
    422: lazy("Some of the values sent are not valid."),
    429: lazy("Too many requests. Please wait a moment."),
    503: lazy("This is out of service for a moment. Please try again."),
}
_UNFORESEEN = lazy("Something went wrong on our side. It has been noted.")
_RETRY = {"busy": "1", "overloaded": "5"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is told about a failed request: status, stable code, message and, for input, errors by field."""

    status: int
    code: str
    message: str
    errors: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase


def fault_of(error: Exception) -> Fault:
    """What to tell about `error`; an unforeseen one is logged with its traceback and told as a 500."""
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    state = _database_state(error)
    if state is not None:
        status, code = state
        if code == "table_missing":
            log.error("request.table_missing", exc_info=error)
        else:
            log.warning("request.database_refused", code=code, error=_first_line(error))
        return Fault(status, code, message_of(status, code), headers=_retry(code))
    log.error("request.failed", exc_info=error)
    return Fault(500, "internal_error", message_of(500))


def is_table_missing(error: Exception) -> bool:
    """Whether a statement named a table that is not there: somebody broke the tables by hand."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.errors.UndefinedTable)


def message_of(status: int, code: str = "") -> str:
    """The words for a status, when whoever raised it brought none."""
    if code == "busy":
        return _("Someone else is changing this right now. Please try again.")
    if code == "duplicate":
        return _("This exists already.")
    if status in _MESSAGES:
        return str(_MESSAGES[status])
    return str(_UNFORESEEN) if status >= 500 else str(_MESSAGES[400])


def _of_domain(error: DomainError) -> Fault:
    headers: dict[str, str] = {}
    if isinstance(error, (TooManyRequests, Unavailable)):
        headers["Retry-After"] = str(error.retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    errors = error.errors if isinstance(error, InvalidInput) else None
    message = error.message or message_of(error.status)
    if error.field is not None:
        errors = {error.field: [message]}
    return Fault(error.status, error.code, message, errors, headers)


def _of_http(error: HTTPException) -> Fault:
    status = error.code or 500
    if status < 400:
        status = 500
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    code = error.name.lower().replace(" ", "_")
    return Fault(status, code, message_of(status), headers=headers)


def _database_state(error: Exception) -> tuple[int, str] | None:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, (PoolTimeout, PoolExhausted)):
        return 503, "overloaded"
    if isinstance(cause, UnicodeEncodeError) and "surrogates" in cause.reason:
        return 422, "unstorable_value"
    if not isinstance(cause, psycopg.Error):
        return None
    state = cause.sqlstate
    if state is None:
        # Without a state the value never reached the server (NUL, an integer beyond int8) or none was there.
        if isinstance(cause, psycopg.DataError):
            return 422, "unstorable_value"
        return (503, "overloaded") if isinstance(cause, psycopg.OperationalError) else None
    return _BY_STATE.get(state) or _BY_STATE.get(state[:2])


def _retry(code: str) -> dict[str, str]:
    return {"Retry-After": _RETRY[code]} if code in _RETRY else {}


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).split("\n", 1)[0][:200]
