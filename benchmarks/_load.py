"""A load of keep-alive requests from one thread: as light as Python gets, since it shares the machine."""

import re
import selectors
import socket
import time
from dataclasses import dataclass

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What one run of requests came to."""

    count: int
    seconds: float
    #: Milliseconds of half, and of all but a hundredth, of the requests.
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.count / self.seconds


def request(path: str, host: str, *headers: str) -> bytes:
    """The bytes of a GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def run_load(port: int, message: bytes, *, clients: int, seconds: float) -> Load:
    """Send `message` over and over on `clients` connections; any answer but 200 raises."""
    selector = selectors.DefaultSelector()
    began: dict[socket.socket, float] = {}
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, connection)
        began[connection] = time.perf_counter()
        connection.sendall(message)
    start = time.perf_counter()
    waits: list[float] = []
    while time.perf_counter() - start < seconds:
        for key, _events in selector.select():
            connection = key.data
            _read_answer(connection)
            now = time.perf_counter()
            waits.append(now - began[connection])
            began[connection] = now
            connection.sendall(message)
    passed = time.perf_counter() - start
    for connection in began:
        connection.close()
    waits.sort()
    return Load(len(waits), passed, waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000)


def _read_answer(connection: socket.socket) -> None:
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    if not data.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(data[:500].decode(errors="replace"))
    found = _LENGTH.search(data)
    if found is None:
        raise RuntimeError("an answer without a length")
    missing = data.index(b"\r\n\r\n") + 4 + int(found[1]) - len(data)
    while missing > 0:
        part = connection.recv(65536)
        if not part:
            raise RuntimeError("the server hung up")
        missing -= len(part)
