"""How many bodies may be on their way, and which connection is hung up on."""

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

import pytest
from werkzeug.test import Client, EnvironBuilder, TestResponse

from charsu.runtime import Runtime
from charsu.server.bodies import READERS, READERS_OF_NETWORK, Readers
from charsu.server.entrance import WORKING_PLACES, Entrance
from charsu.server.hangup import hang_up
from charsu.server.intake import Intake
from charsu.server.static_files import StaticFiles
from charsu.testing.clients import HostClient, application_of
from charsu.ui.assets import STATIC_FOLDER

CUSTOMERS = "/api/v1/crm/customers"
ANNA = b'{"full_name": "Anna"}'


@pytest.fixture
def crowded(runtime: Runtime, api: HostClient) -> Callable[[int, str, str], TestResponse]:
    """`crowded(count, holder, sender)`: what `sender` is told while `holder` has so many on the way."""

    def send(count: int, holder: str, sender: str) -> TestResponse:
        readers = Readers()
        for _ in range(count):
            readers.enter(holder, 8000)
        client = Client(Intake(application_of(runtime), readers, StaticFiles(STATIC_FOLDER, [])))
        return client.post(
            CUSTOMERS,
            base_url=api.base_url,
            data=ANNA,
            headers={**api.headers, "Content-Type": "application/json", "Accept-Language": "en"},
            environ_overrides={"REMOTE_ADDR": sender},
        )

    return send


def test_one_network_never_has_all_the_readers(crowded: Callable[[int, str, str], TestResponse]) -> None:
    near, far = "2001:db8::1", "2001:db8:0:1::1"

    assert crowded(READERS_OF_NETWORK - 1, near, near).status_code == 201
    assert crowded(READERS_OF_NETWORK, near, far).status_code == 201
    refused = crowded(READERS_OF_NETWORK, near, "2001:db8::2")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert refused.json is not None
    assert refused.json["code"] == "too_many_requests"
    assert "your network" in refused.json["detail"]


def test_a_proxy_on_this_machine_is_no_network(crowded: Callable[[int, str, str], TestResponse]) -> None:
    assert crowded(READERS_OF_NETWORK, "127.0.0.1", "127.0.0.1").status_code == 201
    refused = crowded(READERS, "127.0.0.1", "203.0.113.9")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_a_body_that_can_not_be_kept_is_told_to_come_back(
    runtime: Runtime, api: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    client = Client(Intake(application_of(runtime), Readers(), StaticFiles(STATIC_FOLDER, [])))

    answer = client.post(
        CUSTOMERS,
        base_url=api.base_url,
        data=b" " * 500_000,
        headers={**api.headers, "Content-Type": "application/json"},
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )

    assert answer.status_code == 503


class Answered:
    """Granian's side of a request: what it was told, or a panic of its own."""

    def __init__(self, panic: type[BaseException] | None = None) -> None:
        self.statuses: list[int] = []
        self.body = b""
        self._panic = panic

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        if self._panic is not None:
            raise self._panic
        assert all(isinstance(text, str) for pair in headers for text in pair)
        self.statuses.append(status)
        self.body = body

    def response_iter(self, status: int, _headers: list[tuple[str, str]], body: Iterable[bytes]) -> None:
        self.statuses.append(status)
        self.body = b"".join(body)


@pytest.fixture
def enter(runtime: Runtime, api: HostClient) -> Callable[..., None]:
    """`enter(answered, path)`: a GET as granian hands it over."""
    entrance = Entrance(Intake(application_of(runtime), Readers(), StaticFiles(STATIC_FOLDER, [])))

    def go(answered: Answered, path: str = "/healthz", method: str = "GET") -> None:
        builder = EnvironBuilder(path, base_url=api.base_url, method=method, headers=api.headers)
        scope = builder.get_environ()
        scope.pop("CONTENT_LENGTH", None)
        entrance(answered, scope)

    return go


def test_a_request_that_is_lost_takes_no_place_along(enter: Callable[..., None]) -> None:
    for _ in range(WORKING_PLACES + 1):
        enter(Answered(panic=SystemExit))
    after = Answered()

    enter(after)

    assert after.statuses == [200]


def test_more_requests_than_places_are_all_answered(enter: Callable[..., None]) -> None:
    asked = [Answered() for _ in range(8 * WORKING_PLACES)]
    threads = [threading.Thread(target=enter, args=(one, CUSTOMERS)) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one.statuses for one in asked] == [[200]] * len(asked)


@pytest.mark.parametrize(
    ("method", "path", "status", "has_body"),
    [
        ("HEAD", "/healthz", 200, False),
        ("GET", "/crm/customers", 303, True),
        ("GET", "/static/charsu/app.js", 200, True),
        ("GET", "/static/none.js", 404, True),
    ],
)
def test_every_kind_of_answer_leaves(
    enter: Callable[..., None], method: str, path: str, status: int, has_body: bool
) -> None:
    answered = Answered()

    enter(answered, path, method)

    assert (answered.statuses, bool(answered.body)) == ([status], has_body)


class Peers:
    """Connections to one port of ours; this process holds both of their ends."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = int(self._listener.getsockname()[1])

    def connect(self, data: bytes = b"") -> tuple[socket.socket, socket.socket]:
        there = self._stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=5))
        here = self._stack.enter_context(self._listener.accept()[0])
        there.sendall(data)
        return there, here


@pytest.fixture
def peers() -> Iterator[Peers]:
    with ExitStack() as stack:
        yield Peers(stack)


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True


def test_who_stopped_is_hung_up_on(peers: Peers) -> None:
    idle, answering = peers.connect(b"GET")
    stopped, _here = peers.connect(b"POST and a little")
    sending, _there = peers.connect(b"POST and much more than that")
    time.sleep(1.2)
    answering.sendall(b"200")
    assert idle.recv(3) == b"200"
    young, _young_there = peers.connect(b"POST")

    assert hang_up("127.0.0.1", peers.port, seconds=2.0, received=1)

    assert [is_open(one) for one in (idle, stopped, sending, young)] == [True, False, True, True]


def test_nobody_else_is_hung_up_on(peers: Peers) -> None:
    asking, _here = peers.connect(b"POST")
    time.sleep(1.2)

    assert not hang_up("127.0.0.2", peers.port, seconds=2.0, received=1)
    assert not hang_up("127.0.0.1", peers.port + 1, seconds=2.0, received=1)
    assert not hang_up("127.0.0.1", peers.port, seconds=2.0, received=5)
    assert not hang_up("127.0.0.1", peers.port, seconds=9.0, received=1)
    assert not hang_up("nowhere", peers.port, seconds=2.0, received=1)
    assert is_open(asking)
