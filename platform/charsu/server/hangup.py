"""Hanging up on a sender: granian waits for a body as long as its sender pleases, so its socket is shut down.

The server does not tell which socket a request came by. TCP itself does: the connection from that address on
which nothing was answered for as long as the body has been waited for, and nothing came for the longest.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_OPEN_FILES = Path("/proc/self/fd")
_ESTABLISHED = 1
#: Where Linux's `struct tcp_info` has its state, the milliseconds since data left and came, and their bytes.
_STATE, _SENT_AGO, _HEARD_AGO, _HEARD_BYTES = 0, 44, 52, 128
_INFO_BYTES = 136
#: "100 Continue" leaves when the reading begins.
_SLACK_SECONDS = 1.0
#: Silent for longer, a connection is taken to be the one that stopped.
_SILENT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Connection:
    number: int
    is_open: bool
    silent: float
    unanswered: float
    received: int


def hang_up(address: str, port: int, *, seconds: float, received: int) -> bool:
    """Shut one connection down that came from `address` to our `port`; False where none fits.

    It was not answered for `seconds` and has brought `received` bytes at least. Only Linux tells: elsewhere
    the answer is always False.
    """
    fitting = _open_ones(address, port, seconds, received)
    if not fitting:
        return False
    chosen = min(fitting, key=_least_alive)
    with suppress(OSError), _own_copy(chosen.number) as connection:
        connection.shutdown(socket.SHUT_RDWR)
        return True
    return False


def is_seen(address: str, port: int) -> bool:
    """Whether this system shows a connection from `address` to our `port`, in whatever state."""
    return any(True for _one in _connections(address, port))


def is_open(address: str, port: int, *, seconds: float, received: int) -> bool:
    """Whether a connection of `hang_up`'s kind is there and its other end has not closed it."""
    return bool(_open_ones(address, port, seconds, received))


def _open_ones(address: str, port: int, seconds: float, received: int) -> list[_Connection]:
    return [
        one
        for one in _connections(address, port)
        if one.is_open and one.unanswered >= seconds - _SLACK_SECONDS and one.received >= received
    ]


def _least_alive(connection: _Connection) -> tuple[bool, bool, int]:
    """Who has asked and stopped, before who waits to ask again, before who still sends: the least so far."""
    is_idle = connection.silent > connection.unanswered
    return is_idle, connection.silent < _SILENT_SECONDS, connection.received


def _connections(address: str, port: int) -> Iterator[_Connection]:
    if sys.platform != "linux":
        return
    for entry in _OPEN_FILES.iterdir():
        # It may be closed, or not connected any more, at any moment.
        with suppress(OSError, ValueError):
            if str(entry.readlink()).startswith("socket:"):
                with _own_copy(int(entry.name)) as connection:
                    if _is_between(connection, address, port):
                        found = _described(int(entry.name), connection)
                        if found is not None:
                            yield found


def _is_between(connection: socket.socket, address: str, port: int) -> bool:
    """Whether it came from the address to our port; our own to a database on this machine have another."""
    if connection.family not in {socket.AF_INET, socket.AF_INET6} or connection.getsockname()[1] != port:
        return False
    there = connection.getpeername()[0].partition("%")[0]
    return ipaddress.ip_address(there) == ipaddress.ip_address(address)


def _described(number: int, connection: socket.socket) -> _Connection | None:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    if len(info) < _INFO_BYTES:
        return None
    return _Connection(
        number,
        is_open=info[_STATE] == _ESTABLISHED,
        silent=_number(info, "I", _HEARD_AGO) / 1000,
        unanswered=_number(info, "I", _SENT_AGO) / 1000,
        received=_number(info, "Q", _HEARD_BYTES),
    )


def _number(info: bytes, kind: str, place: int) -> int:
    found: int = struct.unpack_from(f"={kind}", info, place)[0]
    return found


@contextmanager
def _own_copy(number: int) -> Iterator[socket.socket]:
    """A socket of ours for the same connection: should its number go to another one meanwhile, this stays."""
    connection = socket.socket(fileno=os.dup(number))
    try:
        yield connection
    finally:
        connection.close()
