"""`make up`: on a fresh clone, again, killed and again, as root and as an ordinary user; nothing is lost."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.server.processes import command_of, wait_until
from charsu.server.upfile import up_pids

pytestmark = [pytest.mark.proof, pytest.mark.faults]

ROOT = Path(__file__).parents[1]
FRESH_SECONDS = 300.0
AGAIN_SECONDS = 90.0
STOP_SECONDS = 45.0
ORDINARY = "charsu-visitor"
#: What a shell always has; nothing of Charsu, and no setting of the test run.
PLAIN_ENVIRONMENT = (
    "PATH",
    "LANG",
    "TERM",
    "TMPDIR",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
)


@dataclass
class Place:
    """A checkout with a home of its own, started and stopped by the words people type."""

    checkout: Path
    home: Path
    user: str | None = None
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.home / "up.log"
        self.port = free_port()

    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PLAIN_ENVIRONMENT if name in os.environ}
        if self.user:
            kept["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        return {**kept, "HOME": str(self.home)}

    def up(self, limit: float) -> None:
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                ["make", "up", f"PORT={self.port}"],
                cwd=self.checkout,
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
        deadline = time.monotonic() + limit
        while "Ctrl-C" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """Whatever a failed test left, so that the next one starts from a stopped Charsu."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        wait_until(lambda: not EmbeddedPostgres(self.data()).is_held_elsewhere(), 30)

    def interrupt(self) -> None:
        """Ctrl-C: the terminal sends it to every process of the foreground group."""
        process = self.running()
        os.killpg(process.pid, signal.SIGINT)
        process.wait(STOP_SECONDS)

    def kill(self) -> None:
        process = self.running()
        os.kill(self.supervisor(), signal.SIGKILL)
        process.wait(STOP_SECONDS)

    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    def data(self) -> Path:
        return self.checkout / "var"

    def supervisor(self) -> int:
        return int((self.data() / "up.lock").read_text())

    def children(self) -> dict[str, int]:
        """Pids of the children by verb; one that has just died is not among them."""
        commands = {pid: command_of(pid) for pid in up_pids(self.data())}
        return {text.split("-m charsu ")[1].split()[0]: pid for pid, text in commands.items() if text}

    def charsu(self, *arguments: str) -> str:
        answer = subprocess.run(
            [str(self.checkout / ".venv/bin/charsu"), *arguments],
            cwd=self.checkout,
            env=self.environ(),
            capture_output=True,
            text=True,
            check=False,
            user=self.user,
            extra_groups=[] if self.user else None,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def slugs(self) -> set[str]:
        return {tenant["slug"] for tenant in json.loads(self.charsu("tenant", "list", "--json"))}

    def sign_up(self, slug: str) -> None:
        body = {
            "business_name": slug,
            "slug": slug,
            "email": f"{slug}@example.com",
            "password": "correct horse battery",
            "locale": "en",
        }
        request = urllib.request.Request(
            f"http://localhost:{self.port}/api/v1/signup",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def clone_to(folder: Path) -> Path:
    """What is in the working tree now, as a clone would have it: no built file, no environment."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return folder


def remove(place: Place) -> None:
    place.end()
    EmbeddedValkey(place.data()).destroy()
    EmbeddedPostgres(place.data()).destroy()
    shutil.rmtree(place.home, ignore_errors=True)


@pytest.fixture(scope="module")
def fresh_clone() -> Iterator[Place]:
    """A fresh clone in an empty home that only its owner can enter, as root's is."""
    home = Path(tempfile.mkdtemp(prefix="charsu-home-"))
    found = Place(clone_to(home / "charsu"), home)
    yield found
    remove(found)


@pytest.fixture
def place(fresh_clone: Place) -> Iterator[Place]:
    """The clone, stopped before and after each test."""
    yield fresh_clone
    fresh_clone.end()


@pytest.fixture
def visitor() -> Iterator[Place]:
    """The same for an ordinary user of this machine."""
    if os.geteuid() != 0 or not shutil.which("useradd") or not Path("/usr/bin/python3").exists():
        pytest.skip("needs root to become someone else")
    if subprocess.run(
        ["/usr/bin/python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"], check=False
    ).returncode:
        pytest.skip("the system's Python can not make environments")
    home = Path(tempfile.mkdtemp(prefix="charsu-home-"))
    subprocess.run(["useradd", "--no-create-home", "--home-dir", str(home), ORDINARY], check=True)
    found = Place(clone_to(home / "charsu"), home, user=ORDINARY)
    subprocess.run(["chown", "-R", f"{ORDINARY}:", str(home)], check=True)
    yield found
    remove(found)
    subprocess.run(["userdel", ORDINARY], check=True, capture_output=True)


def test_make_up_survives_ctrl_c_and_kills_and_loses_nothing(place: Place) -> None:
    modes = modes_up_from(place.home)
    place.up(FRESH_SECONDS)
    place.sign_up("first")
    assert "demo@" in place.said()
    place.interrupt()
    assert "Charsu has stopped." in place.said()
    assert not is_ready(place.port)

    place.up(AGAIN_SECONDS)
    assert "first" in place.slugs(), "a command joins the running servers"
    assert f"http://localhost:{place.port}/dev/mailbox" in place.charsu("doctor"), "and knows their address"
    place.sign_up("second")
    leftovers = place.children()
    place.kill()

    place.up(AGAIN_SECONDS)
    assert {"demo", "first", "second"} <= place.slugs()
    assert not any(command_of(pid) for pid in leftovers.values()), "the children of the killed one are gone"
    place.interrupt()

    assert {"demo", "first", "second"} <= place.slugs(), "a command starts the servers for itself"
    assert modes == modes_up_from(place.home)


@pytest.mark.parametrize("victim", ["web", "worker", "scheduler"])
def test_a_killed_child_comes_back(place: Place, victim: str) -> None:
    place.up(FRESH_SECONDS)
    before = place.children()[victim]

    os.kill(before, signal.SIGKILL)

    assert wait_until(lambda: place.children().get(victim, before) != before, 20)
    assert wait_until(lambda: is_ready(place.port), 40)
    place.interrupt()


def test_killed_servers_come_back(place: Place) -> None:
    place.up(FRESH_SECONDS)
    place.sign_up("third")
    postgres, valkey = EmbeddedPostgres(place.data()), EmbeddedValkey(place.data())
    for pid_file in (postgres.cluster / "postmaster.pid", valkey.folder / "valkey.pid"):
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)

    assert wait_until(lambda: "postgres  | ended" in place.said() and "valkey    | ended" in place.said(), 20)
    assert wait_until(lambda: is_ready(place.port), 40)
    assert "third" in place.slugs()
    place.interrupt()


def test_a_second_start_on_the_same_data_is_one_clear_line(place: Place) -> None:
    place.up(FRESH_SECONDS)
    second = subprocess.run(
        ["make", "up", f"PORT={free_port()}"],
        cwd=place.checkout,
        env=place.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    place.interrupt()

    assert f"already runs on {place.data()} (process" in second.stderr
    assert len([line for line in second.stderr.splitlines() if line.startswith("charsu:")]) == 1
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_one_clear_line(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = subprocess.run(
            ["make", "up", f"PORT={port}"],
            cwd=place.checkout,
            env=place.environ(),
            capture_output=True,
            text=True,
            check=False,
        )

    assert f"charsu: port {port} is in use; choose another" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_ctrl_c_during_the_start_leaves_nothing_running(place: Place) -> None:
    for pause in (0.3, 1.0, 2.0, 3.0):
        with place.log.open("wb") as stream:
            process = subprocess.Popen(
                [str(place.checkout / ".venv/bin/charsu"), "up", "--port", str(place.port)],
                cwd=place.checkout,
                env=place.environ(),
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            time.sleep(pause)
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)

        assert not EmbeddedPostgres(place.data()).is_held_elsewhere()
        assert not is_ready(place.port)


def test_make_up_works_for_an_ordinary_user(visitor: Place) -> None:
    visitor.up(FRESH_SECONDS)
    visitor.sign_up("first")
    visitor.kill()
    visitor.up(AGAIN_SECONDS)
    slugs = visitor.slugs()
    visitor.interrupt()

    assert {"demo", "first"} <= slugs
    owners = {path.stat().st_uid for path in visitor.data().rglob("*")}
    assert owners == {pwd.getpwnam(ORDINARY).pw_uid}


def modes_up_from(folder: Path) -> dict[Path, tuple[int, int, int]]:
    found = {}
    for path in (folder, *folder.parents, Path("/var/lib"), Path(sys.prefix), *Path(sys.prefix).parents):
        status = path.stat()
        found[path] = (status.st_mode, status.st_uid, status.st_gid)
    return found
