"""What PostgreSQL is sent, taken from the wire between the application and the server, to be sent again."""

import contextlib
import multiprocessing
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.pq import ExecStatus, Format

_SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Sent:
    """One execution of a statement: its text with $1, $2 …, and its values as the client wrote them."""

    role: str
    text: bytes
    types: tuple[int, ...]
    values: tuple[bytes | None, ...]
    formats: tuple[int, ...]
    result_format: int
    #: Whether the server kept its plan's outline under a name.
    is_prepared: bool


class Wire:
    """A socket in front of the server's that passes everything on, noting what is executed while it listens.

    It lives in a process of its own: some calls of libpq wait for their answer without giving other threads a
    turn.
    """

    def __init__(self, url: str, control: Connection) -> None:
        #: The address of the database through this socket.
        self.url = url
        self._control = control

    def listen(self) -> None:
        """Note from now on."""
        self._control.send("listen")
        self._control.recv()

    def taken(self) -> list[Sent]:
        """What was executed since."""
        self._control.send("give")
        found: list[Sent] = self._control.recv()
        return found


@contextlib.contextmanager
def tapped(url: str, folder: Path) -> Iterator[Wire]:
    """A wire to the server of `url`, which is a socket in a folder; `folder` is for this one's."""
    host = str(psycopg.conninfo.conninfo_to_dict(url)["host"])
    ours, theirs = multiprocessing.Pipe()
    names = (str(folder / _SOCKET), f"{host}/{_SOCKET}")
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(*names, theirs), daemon=True)
    process.start()
    if not ours.poll(30):
        raise RuntimeError("the process of the wire does not start")
    ours.recv()
    try:
        yield Wire(url.replace(quote(host, safe="/"), quote(str(folder), safe="/")), ours)
    finally:
        process.terminate()
        process.join()


@dataclass
class _Notes:
    sent: list[Sent] = field(default_factory=list)
    is_listening: bool = False


def _serve(name: str, server: str, control: Connection) -> None:
    notes = _Notes()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(name)
        door.listen()
        threading.Thread(target=_accept, args=(door, server, notes), daemon=True).start()
        control.send("ready")
        while True:
            wish = control.recv()
            notes.is_listening = wish == "listen"
            control.send(notes.sent)


def _accept(door: socket.socket, server: str, notes: _Notes) -> None:
    while True:
        client = door.accept()[0]
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(server)
        reader = _Reader(notes)
        for source, target, watch in ((client, behind, reader.take), (behind, client, None)):
            threading.Thread(target=_pass_on, args=(source, target, watch), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, watch: Any) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if watch is not None:
                watch(data)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class _Reader:
    """Understands the messages of one client; https://www.postgresql.org/docs/18/protocol-message-formats.html."""

    def __init__(self, notes: _Notes) -> None:
        self.notes = notes
        self.rest = b""
        self.role = ""
        self.prepared: dict[bytes, tuple[bytes, tuple[int, ...]]] = {}

    def take(self, data: bytes) -> None:
        """Read what is whole, keep the beginning of what is not."""
        self.rest += data
        while True:
            head = 1 if self.role else 0
            if len(self.rest) < head + 4:
                return
            (length,) = struct.unpack_from("!i", self.rest, head)
            if len(self.rest) < head + length:
                return
            kind, body = self.rest[:head], self.rest[head + 4 : head + length]
            self.rest = self.rest[head + length :]
            self._read(kind, body)

    def _read(self, kind: bytes, body: bytes) -> None:
        if not kind:
            words = body[4:].split(b"\0")
            self.role = dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()
        elif kind == b"P":
            name, text, rest = body.split(b"\0", 2)
            (count,) = struct.unpack_from("!h", rest)
            self.prepared[name] = text, struct.unpack_from(f"!{count}I", rest, 2)
        elif kind == b"B" and self.notes.is_listening:
            self.notes.sent.append(self._bound(body))
        elif kind == b"Q" and self.notes.is_listening:
            self.notes.sent.append(Sent(self.role, body[:-1], (), (), (), 0, is_prepared=False))

    def _bound(self, body: bytes) -> Sent:
        _portal, name, rest = body.split(b"\0", 2)
        text, types = self.prepared[name]
        (count,) = struct.unpack_from("!h", rest)
        formats = struct.unpack_from(f"!{count}h", rest, 2)
        at = 2 + 2 * count
        (number,) = struct.unpack_from("!h", rest, at)
        at += 2
        values: list[bytes | None] = []
        for _ in range(number):
            (size,) = struct.unpack_from("!i", rest, at)
            at += 4
            values.append(None if size < 0 else rest[at : at + size])
            at += max(size, 0)
        (asked,) = struct.unpack_from("!h", rest, at)
        result_format = struct.unpack_from("!h", rest, at + 2)[0] if asked else 0
        return Sent(self.role, text, types, tuple(values), formats, result_format, is_prepared=bool(name))


class Replay:
    """Sends the same statements with the same values again, one by one; what was prepared stays so."""

    def __init__(self, connection: psycopg.Connection[Any], sent: list[Sent]) -> None:
        self.connection = connection
        self.sent = sent
        kept = dict.fromkeys((one.text, one.types) for one in sent if one.is_prepared)
        self.names = {key: b"again_%d" % number for number, key in enumerate(kept)}
        for (text, types), name in self.names.items():
            connection.pgconn.prepare(name, text, types)

    def run(self) -> int:
        """How many rows came back in all; they are received and not looked at."""
        return sum(self._send(one) for one in self.sent)

    def _send(self, one: Sent) -> int:
        wire: Any = self.connection.pgconn
        formats = one.formats if len(one.formats) == len(one.values) else one.formats * len(one.values)
        asked = Format(one.result_format)
        if one.is_prepared:
            result = wire.exec_prepared(self.names[one.text, one.types], one.values, formats, asked)
        else:
            result = wire.exec_params(one.text, one.values, one.types, formats, asked)
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise RuntimeError(result.error_message.decode())
        return int(result.ntuples)
