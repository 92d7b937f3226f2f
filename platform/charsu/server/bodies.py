"""Bodies of requests on their way in: how many at a time, how slowly, and where they are kept meanwhile."""

from __future__ import annotations

import threading
import time
from typing import IO, TYPE_CHECKING

from charsu.errors import DomainError, TooManyRequests, Unavailable
from charsu.people.limits import network_of
from charsu.server.hangup import hang_up, is_open, is_seen
from charsu.text.i18n import _

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream

#: What is asked of the server at a time: it comes back when all of it is there, or when the body ends.
PIECE_BYTES = 16 * 1024
#: Each piece may take this long, and the whole body that long.
PIECE_SECONDS = 30.0
BODY_SECONDS = 600.0
WATCH_SECONDS = 5.0
#: Bodies one process waits for at once, and those of them that may come from one network.
READERS = 48
READERS_OF_NETWORK = 24
RETRY_SECONDS = 5


class BodyTooSlow(DomainError):
    """The body did not arrive in its time (408)."""

    status = 408
    default_code = "body_too_slow"


class NoRoom(Exception):
    """Too many bodies are waited for already, on the whole or from this network."""

    def __init__(self, *, is_network: bool) -> None:
        super().__init__()
        self.is_network = is_network

    def as_error(self) -> DomainError:
        """What the person is told."""
        if self.is_network:
            return TooManyRequests(
                _("Too much is being sent from your network at once. Please try again in a moment."),
                retry_after=RETRY_SECONDS,
            )
        return Unavailable(code="overloaded", retry_after=RETRY_SECONDS)


class Reading:
    """One body while it is read."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self.network = network_of(address)
        self.began = self.piece_began = time.monotonic()
        self.received = 0
        self.is_late = False

    def take(self, source: InputStream, kept: IO[bytes], until: int) -> bool:
        """Read until so many bytes are there in all; False when the body ended before.

        Raises: BodyTooSlow.
        """
        while self.received < until:
            self.piece_began = time.monotonic()
            wanted = min(PIECE_BYTES, until - self.received)
            piece = source.read(wanted)
            kept.write(piece)
            self.received += len(piece)
            if self.is_late or time.monotonic() - self.began > BODY_SECONDS:
                raise BodyTooSlow
            if len(piece) < wanted:
                return False
        return True

    def is_over_time(self, now: float) -> bool:
        """Whether the piece waited for, or the whole, takes too long."""
        return now - self.piece_began > PIECE_SECONDS or now - self.began > BODY_SECONDS


class Readers:
    """The bodies this process waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[Reading] = set()
        self._watch: threading.Thread | None = None
        #: Whether this system has shown us a connection: then one that it does not show is gone.
        self._shows = False

    def enter(self, address: str, port: int) -> Reading:
        """Begin to read a body from this address. Raises: NoRoom."""
        reading = Reading(address, port)
        self._shows = self._shows or is_seen(address, port)
        with self._lock:
            if len(self._open) >= READERS:
                raise NoRoom(is_network=False)
            if self._share_of(reading.network) >= READERS_OF_NETWORK:
                raise NoRoom(is_network=True)
            self._open.add(reading)
            if self._watch is None:
                # Not before: a thread does not live on in the processes that are forked off.
                self._watch = threading.Thread(target=self._hang_up_late, name="charsu-bodies", daemon=True)
                self._watch.start()
        return reading

    def leave(self, reading: Reading) -> None:
        """The body is there, or given up."""
        with self._lock:
            self._open.discard(reading)

    def is_broken_off(self, reading: Reading) -> bool:
        """Whether its sender has gone, instead of waiting for the answer; False where nobody can know."""
        seconds = time.monotonic() - reading.began
        return self._shows and not is_open(
            reading.address, reading.port, seconds=seconds, received=reading.received
        )

    def _share_of(self, network: str | None) -> int:
        """Bodies from a network; loopback is a proxy, behind which everybody is."""
        if network is None or len(self._open) < READERS_OF_NETWORK:
            return 0
        return sum(reading.network == network for reading in self._open)

    def _hang_up_late(self) -> None:
        while True:
            time.sleep(WATCH_SECONDS)
            now = time.monotonic()
            with self._lock:
                late = [reading for reading in self._open if reading.is_over_time(now)]
            for reading in late:
                reading.is_late = True
                hang_up(
                    reading.address,
                    reading.port,
                    seconds=now - reading.began,
                    received=reading.received,
                )
