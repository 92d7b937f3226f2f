"""Between server and application: a request is worked on once its body is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from io import RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple, cast

import structlog
from werkzeug.exceptions import ClientDisconnected

from charsu.errors import Unavailable
from charsu.server.bodies import BodyTooSlow, NoRoom, Readers
from charsu.server.static_files import PREFIX, StaticFiles
from charsu.web.application import MAX_BODY_BYTES

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from charsu.web.crossing import Crossing

log = structlog.get_logger("charsu.web")

#: A longer body waits in a file of the system's temporary folder.
IN_MEMORY_BYTES = 256 * 1024


class Taken(NamedTuple):
    """A request that is here as a whole."""

    environ: WSGIEnvironment
    #: Its body, where it has one.
    kept: IO[bytes] | None


class Intake:
    """Takes requests in with their bodies, for the application behind it; a WSGI callable, too.

    What comes without a body costs a look or two more than without this.
    """

    def __init__(self, crossing: Crossing, readers: Readers, files: StaticFiles) -> None:
        self._application: WSGIApplication = crossing
        self._files = files
        self._limit_of = crossing.body_limit
        self._readers = readers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request when its body is there."""
        return self.answer(self.take(environ), start_response)

    def take(self, environ: WSGIEnvironment) -> Taken:
        """The request with its body, for which this may wait long; one refused says so when it is read."""
        if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ:
            return Taken(environ, None)
        with ExitStack() as stack:
            kept = cast("IO[bytes]", stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)))
            try:
                self._read_body(environ, kept)
            except NoRoom as refusal:
                _refuse(environ, refusal.as_error)
            except (BodyTooSlow, ClientDisconnected) as refusal:
                _refuse(environ, type(refusal))
            except OSError as error:
                log.error("body.not_kept", exc_info=error)
                _refuse(environ, Unavailable)
            stack.pop_all()
        return Taken(environ, kept)

    def answer(self, taken: Taken, start_response: StartResponse) -> Iterable[bytes]:
        """The answer to a request that was taken in."""
        environ, kept = taken
        if environ["PATH_INFO"].startswith(PREFIX):
            answer = self._files.answer(environ, start_response)
            if answer is not None:
                return answer
        if kept is None:
            return self._application(environ, start_response)
        with kept:
            return self._application(environ, start_response)

    def _read_body(self, environ: WSGIEnvironment, kept: IO[bytes]) -> None:
        """Put the body into `kept` and that into the request. Raises: NoRoom, BodyTooSlow, and
        ClientDisconnected where chunks do not end.

        One announced as longer than its route takes is not read at all, and the application refuses it by
        its length. One that ends before its length stays shorter than it says, for the application to see.
        """
        source = environ["wsgi.input"]
        environ["wsgi.input"] = kept
        environ.pop("wsgi.input_terminated", None)
        is_chunked = environ.pop("HTTP_TRANSFER_ENCODING", None) is not None
        announced = _length(environ.get("CONTENT_LENGTH", ""))
        if not is_chunked and (announced == 0 or announced > self._limit(environ, announced)):
            return
        reading = self._readers.enter(environ["REMOTE_ADDR"], int(environ["SERVER_PORT"]))
        try:
            is_more = reading.take(source, kept, MAX_BODY_BYTES + 1 if is_chunked else announced)
            if is_chunked and is_more:
                reading.take(source, kept, self._limit(environ, reading.received) + 1)
        finally:
            self._readers.leave(reading)
        if is_chunked:
            environ["CONTENT_LENGTH"] = str(reading.received)
            if self._readers.is_broken_off(reading):
                raise ClientDisconnected
        kept.seek(0)

    def _limit(self, environ: WSGIEnvironment, length: int) -> int:
        """What the route takes; looked up only where it matters."""
        return self._limit_of(environ) if length > MAX_BODY_BYTES else MAX_BODY_BYTES


def _length(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


class _Refused(RawIOBase):
    """A body that is not there: whoever wants to read it is told why."""

    def __init__(self, reason: Callable[[], Exception]) -> None:
        super().__init__()
        self._reason = reason

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: ReadableBuffer) -> int:
        raise self._reason()


def _refuse(environ: WSGIEnvironment, reason: Callable[[], Exception]) -> None:
    environ["wsgi.input"] = _Refused(reason)
    environ.setdefault("CONTENT_LENGTH", "1")
