"""What granian calls for each request: few are worked on at a time, the others wait without a thread."""

from __future__ import annotations

import sys
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import WSGIEnvironment

    from charsu.server.intake import Intake, Taken

log = structlog.get_logger("charsu.web")

#: Requests one process works on at once; pools of connections are made for so many.
WORKING_PLACES = 4
#: What is longer than that, or of unknown length, is sent by a thread of its own: its reader may be slow.
AT_ONCE_BYTES = 256 * 1024
_ALIKE: dict[str, Any] = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.errors": sys.stderr,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


class Answering(Protocol):
    """Granian's side of one request; any thread may give the answer, and once."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...  # noqa: D102
    def response_iter(self, status: int, headers: list[tuple[str, str]], body: object) -> None: ...  # noqa: D102


class _Waiting(NamedTuple):
    answering: Answering
    taken: Taken


class Entrance:
    """Takes a request in, with its whole body, and answers it or leaves it to a thread that is at work.

    So a thread of granian's never waits for a place: it goes back for the next request.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._lock = threading.Lock()
        self._working = 0
        self._waiting: deque[_Waiting] = deque()

    def __call__(self, answering: Answering, scope: WSGIEnvironment) -> None:
        """Take one request in."""
        taken = self._intake.take(_ALIKE | scope)
        with self._lock:
            if self._working >= WORKING_PLACES:
                self._waiting.append(_Waiting(answering, taken))
                return
            self._working += 1
        while True:
            self._answer(answering, taken)
            with self._lock:
                if not self._waiting:
                    self._working -= 1
                    return
                answering, taken = self._waiting.popleft()

    def _answer(self, answering: Answering, taken: Taken) -> None:
        try:
            start = _Start()
            body = self._intake.answer(taken, start)
            _send(answering, start, body)
        except BaseException as error:
            # Whatever it is, a panic of granian's too: this thread has other requests to answer.
            log.error("request.lost", exc_info=error)
            with suppress(BaseException):
                answering.response_bytes(500, [], b"")


class _Start:
    __slots__ = ("headers", "status")

    def __call__(
        self, status: str, headers: list[tuple[str, str]], _exc_info: object = None, /
    ) -> Callable[[bytes], object]:
        self.status, self.headers = int(status[:3]), headers
        return _refuse_writing


def _refuse_writing(_data: bytes) -> object:
    raise NotImplementedError


def _send(answering: Answering, start: _Start, body: Iterable[bytes]) -> None:
    if type(body) is list:
        answering.response_bytes(start.status, start.headers, body[0] if len(body) == 1 else b"".join(body))
        return
    parts = _Parts(body)
    if _length(start.headers) > AT_ONCE_BYTES:
        sending = (start.status, start.headers, parts)
        threading.Thread(target=answering.response_iter, args=sending, daemon=True).start()
        return
    try:
        answering.response_bytes(start.status, start.headers, b"".join(parts))
    finally:
        parts.close()


class _Parts:
    """The parts of an answer, as granian asks for them."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._iterator = iter(body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._iterator)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def _length(headers: list[tuple[str, str]]) -> int:
    """What the answer says of its length; one that does not is taken to be long."""
    for name, value in headers:
        if name.lower() == "content-length":
            return int(value)
    return AT_ONCE_BYTES + 1
