"""Bodies over a real server: slow, stopped, too long, broken off. Whoever only asks is not kept waiting."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from charsu.process import Runtime
from charsu.server.web import WORKERS
from charsu.testing.clients import HostClient

CUSTOMERS = "/api/v1/crm/customers"
ANNA = json.dumps({"full_name": "Anna"}).encode()
#: `charsu web`, with the times of a body cut short where the test says so.
SERVE = """
import sys
from charsu.__main__ import main
from charsu.server import bodies
for name, value in zip(sys.argv[2::2], sys.argv[3::2]):
    setattr(bodies, name, float(value))
sys.argv[1:] = ["web", "--port", sys.argv[1]]
main()
"""
QUICK = {"PIECE_SECONDS": "1.5", "WATCH_SECONDS": "0.2"}
MEBIBYTE = 1024 * 1024


class Served:
    """Charsu's web processes on a port of their own, and a token to speak to one business."""

    def __init__(self, api: HostClient, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.pid = process.pid
        self.port = port
        self._host = api.base_url.partition("://")[2]
        self._token = api.headers["Authorization"]

    def head(self, method: str, *headers: str, path: str = CUSTOMERS) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", f"Authorization: {self._token}"]
        return "\r\n".join([*lines, "Content-Type: application/json", *headers, "", ""]).encode()

    def connect(self, *parts: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        for part in parts:
            connection.sendall(part)
        return connection

    def ask(self, *parts: bytes) -> int:
        with self.connect(*parts) as connection:
            return status_of(connection)

    def stopped(self, stack: ExitStack, count: int, length: int = 1000) -> list[socket.socket]:
        """Connections that stopped after the first byte of their body."""
        begun = self.head("POST", f"Content-Length: {length}") + b"{"
        found = [stack.enter_context(self.connect(begun)) for _ in range(count)]
        time.sleep(0.5)
        return found

    def memory(self) -> int:
        """Bytes that the processes have for themselves."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        assert len(children) == WORKERS
        rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in children]
        return sum(
            int(line.split()[1]) * 1024
            for text in rollups
            for line in text.splitlines()
            if line.startswith(("Private_Clean", "Private_Dirty"))
        )


@pytest.fixture
def serve(runtime: Runtime, api: HostClient) -> Iterator[Callable[..., Served]]:
    """`serve(NAME=value, …)`: a started server; the names are those of `charsu.server.bodies`."""
    with ExitStack() as stack:
        yield lambda **pace: stack.enter_context(serving(runtime, api, pace))


@contextmanager
def serving(runtime: Runtime, api: HostClient, pace: dict[str, str]) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [sys.executable, "-c", SERVE, str(port), *(text for item in pace.items() for text in item)]
    environ = {**os.environ, **runtime.settings.to_environ()}
    process = subprocess.Popen(words, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        served = Served(api, process, port)
        wait_for(served, process)
        yield served
    finally:
        process.kill()
        process.wait()


def wait_for(served: Served, process: "subprocess.Popen[bytes]") -> None:
    for _try in range(300):
        assert process.poll() is None
        try:
            if served.ask(served.head("GET")) == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError


def status_of(connection: socket.socket) -> int:
    """The status of the answer; 0 when the server hung up without one."""
    try:
        line = connection.recv(65536).partition(b"\r\n")[0]
    except ConnectionError:
        return 0
    return int(line.split()[1]) if line else 0


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize("count", [40, 200])
def test_stopped_bodies_keep_nobody_waiting(serve: Callable[..., Served], count: int) -> None:
    served = serve()
    with ExitStack() as stack:
        served.stopped(stack, count)
        began = time.monotonic()

        statuses = [served.ask(served.head("GET")) for _ in range(10)]

        assert statuses == [200] * 10
        assert time.monotonic() - began < 2
        if count == 40:
            assert served.ask(served.head("POST", f"Content-Length: {len(ANNA)}") + ANNA) == 201


def test_one_too_many_bodies_is_told_to_come_back(serve: Callable[..., Served]) -> None:
    served = serve()
    with ExitStack() as stack:
        held = served.stopped(stack, 200)

        refused = [connection for connection in held if has_answer(connection)]

        assert refused
        assert {status_of(connection) for connection in refused} == {503}


def has_answer(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(20)


def test_a_trickling_body_is_taken_whole(serve: Callable[..., Served]) -> None:
    served = serve()
    with served.connect(served.head("POST", f"Content-Length: {len(ANNA)}")) as connection:
        for place in range(len(ANNA)):
            connection.sendall(ANNA[place : place + 1])
            time.sleep(0.05)

        assert status_of(connection) == 201


def test_only_who_stops_is_hung_up_on(serve: Callable[..., Served]) -> None:
    served = serve(**QUICK)
    with ExitStack() as stack:
        idle = stack.enter_context(served.connect(served.head("GET")))
        assert status_of(idle) == 200
        held = served.stopped(stack, 12)
        time.sleep(0.8)
        slow = stack.enter_context(served.connect(served.head("POST", f"Content-Length: {len(ANNA)}")))
        for place in range(0, len(ANNA), 2):
            slow.sendall(ANNA[place : place + 2])
            time.sleep(0.1)

        assert status_of(slow) == 201
        assert {status_of(connection) for connection in held} <= {0, 408}
        idle.sendall(served.head("GET"))
        assert status_of(idle) == 200


def test_a_piece_a_minute_is_too_slow_in_the_long_run(serve: Callable[..., Served]) -> None:
    served = serve(BODY_SECONDS="2", WATCH_SECONDS="0.2")
    began = time.monotonic()
    with served.connect(served.head("POST", f"Content-Length: {MEBIBYTE}")) as connection:
        while time.monotonic() - began < 10:
            try:
                connection.sendall(b" ")
            except ConnectionError:
                break
            time.sleep(0.1)

    assert time.monotonic() - began < 5


def test_what_is_too_long_is_refused_before_it_is_sent(serve: Callable[..., Served]) -> None:
    served = serve()

    assert served.ask(served.head("POST", f"Content-Length: {MEBIBYTE + 1}")) == 413
    assert served.ask(served.head("POST", "Content-Length: 99999999999", path="/login")) == 413


def test_what_turns_out_too_long_is_refused(serve: Callable[..., Served]) -> None:
    served = serve()
    chunks = [chunk(b" " * 65536)] * 17

    assert served.ask(served.head("POST", "Transfer-Encoding: chunked"), *chunks, chunk(b"")) == 413


def test_chunks_are_taken_together(serve: Callable[..., Served]) -> None:
    served = serve()
    chunks = [chunk(ANNA[:7]), chunk(ANNA[7:]), chunk(b"")]

    assert served.ask(served.head("POST", "Transfer-Encoding: chunked"), *chunks) == 201


def test_chunks_that_do_not_end_store_nothing(serve: Callable[..., Served], api: HostClient) -> None:
    served = serve()
    head = served.head("POST", "Transfer-Encoding: chunked")
    assert {served.ask(head, chunk(ANNA), chunk(b"")) for _ in range(12)} == {201}
    for pause in (0.0, 0.01, 0.3):
        with served.connect(head, chunk(ANNA)):
            time.sleep(pause)
        time.sleep(0.5)

    assert len(api.get(CUSTOMERS).json["items"]) == 12


def test_an_upload_may_be_longer_and_comes_back_whole(serve: Callable[..., Served], api: HostClient) -> None:
    customer = api.post(CUSTOMERS, json={"full_name": "Anna"}).json["id"]
    served = serve()
    content = os.urandom(5 * MEBIBYTE)
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    form += content + b"\r\n--x--\r\n"
    path = f"{CUSTOMERS}/{customer}/attachments"
    head = served.head("POST", f"Content-Length: {len(form)}", path=path).replace(
        b"application/json", b"multipart/form-data; boundary=x"
    )

    assert served.ask(head, form) == 201
    kept = api.get(path).json["items"][0]["id"]
    with served.connect(served.head("GET", "Connection: close", path=f"{path}/{kept}")) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.partition(b"\r\n\r\n")[2] == content


def test_many_long_bodies_take_little_memory(serve: Callable[..., Served], api: HostClient) -> None:
    customer = api.post(CUSTOMERS, json={"full_name": "Anna"}).json["id"]
    served = serve()
    for _ in range(20):
        served.ask(served.head("GET"))
    before = served.memory()
    path = f"{CUSTOMERS}/{customer}/attachments"
    begun = served.head("POST", f"Content-Length: {5 * MEBIBYTE}", path=path) + b" " * (5 * MEBIBYTE - 1)
    with ExitStack() as stack:
        for _ in range(24):
            stack.enter_context(served.connect(begun))
        time.sleep(1)

        grown = served.memory() - before

    assert grown < 60 * MEBIBYTE, "of 120 that were sent"


def test_a_body_shorter_than_announced_is_400(serve: Callable[..., Served], api: HostClient) -> None:
    served = serve()
    head = served.head("POST", f"Content-Length: {len(ANNA) + 5}")
    with served.connect(head + ANNA) as connection:
        connection.shutdown(socket.SHUT_WR)

        assert status_of(connection) in {0, 400}
    assert api.get(CUSTOMERS).json["items"] == []
