"""Processes of Charsu for tests that kill them: workers and schedulers on the servers of the run."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest

from charsu.cli import main
from charsu.faultpoints import arm
from charsu.jobs.quiet import wait_until_quiet
from charsu.plugins.discovery import installed
from charsu.process import Runtime
from charsu.runtime import start_runtime
from charsu.server.processes import wait_until
from charsu.settings import load_settings
from charsu.testing.shelf import install
from charsu.web.crossing import create_application
from charsu_tenants import bus

#: A process that was told to end, or to die, has done so by then, however busy the machine.
_END_SECONDS = 120.0
# Children are forked from a server that has imported everything and does nothing else: quick and safe.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        *(f"charsu.cli.{verb}" for verb in ("worker", "scheduler", "jobs")),
        "charsu.people.core_jobs",
        "charsu.jobs.upkeep",
        "charsu.web.crossing",
        *(point.module for point in installed()),
    ]
)


@dataclass(frozen=True)
class Running:
    """A command in a process of its own."""

    process: BaseProcess

    def wait(self, seconds: float) -> int | None:
        """Return its exit code, minus the signal's number where one killed it; None if it still runs."""
        self.process.join(seconds)
        return self.process.exitcode

    def kill(self) -> None:
        """Kill it on the spot."""
        self.process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self.process.terminate()

    @property
    def is_running(self) -> bool:
        """Whether it still runs."""
        return self.process.is_alive()


class Processes:
    """Starts `charsu …` as a process of its own; every one is gone when the test ends."""

    def __init__(self, runtime: Runtime, plugins: Sequence[Path], site: Path) -> None:
        site.mkdir(exist_ok=True)
        for folder in plugins:
            install(folder, site)
        self._runtime = runtime
        self._paths = [str(path) for path in (site, *plugins)]
        self._log = site / "output.log"
        self._running: list[Running] = []

    def start(self, *verb: str, fault: str = "", redis_url: str | None = None) -> Running:
        """Start a command; `fault` is where it is killed, `redis_url` another Valkey."""
        settings = self._runtime.settings
        if redis_url is not None:
            settings = replace(settings, redis_url=redis_url)
        environ = {**settings.to_environ(), "CHARSU_FAULT": fault}
        process = _context.Process(
            target=_run, args=(verb, environ, self._paths, str(self._log)), daemon=True
        )
        process.start()
        self._running.append(Running(process))
        return self._running[-1]

    def serve(self, *, fault: str = "") -> tuple[Running, int]:
        """Start a web process that answers one request at a time; return it and its port."""
        environ = {**self._runtime.settings.to_environ(), "CHARSU_FAULT": fault}
        here, there = _context.Pipe(duplex=False)
        process = _context.Process(
            target=_serve, args=(environ, self._paths, there, str(self._log)), daemon=True
        )
        process.start()
        self._running.append(Running(process))
        if not here.poll(60):
            raise TimeoutError(f"the web process did not start: {self.log}")
        return self._running[-1], int(here.recv())

    def kill_worker_at(self, fault: str) -> None:
        """Have one worker die there; what it held may be tried again at once, without the usual pause.

        No other worker may be at work meanwhile. Raises: RuntimeError, when it ends in another way.
        """
        if self.start("worker", fault=fault).wait(_END_SECONDS) != -signal.SIGKILL:
            raise RuntimeError(f"no worker died at {fault}: {self.log}")
        if not wait_until(self._is_given_back, _END_SECONDS):
            raise RuntimeError("the dead worker's claims are still held")

    def _is_given_back(self) -> bool:
        with self._runtime.database.control() as conn:
            bus.free_orphans(conn)
            conn.execute("UPDATE bus.delivery SET due_at = now() WHERE attempts > 0 AND isfinite(due_at)")
            held = conn.execute("SELECT FROM bus.delivery WHERE claimed_by IS NOT NULL").rowcount
        return held == 0

    def settle(self, seconds: float = 120) -> None:
        """Wait until nothing is left to run. Raises: RuntimeError, when something is after `seconds`."""
        left = wait_until_quiet(self._runtime, seconds)
        if left:
            raise RuntimeError(f"{left} still to run: {self.log}")

    def run(self, *verb: str) -> tuple[int | None, str]:
        """Run a command to its end; return its exit code and what it said."""
        before = len(self.log)
        code = self.start(*verb).wait(60)
        return code, self.log[before:]

    def stop(self) -> None:
        """Kill what still runs."""
        for running in self._running:
            running.kill()
            running.wait(10)

    @property
    def log(self) -> str:
        """What the processes wrote so far."""
        with suppress(FileNotFoundError):
            return self._log.read_text(encoding="utf-8")
        return ""


@pytest.fixture
def processes_of(runtime: Runtime, tmp_path: Path) -> Iterator[Callable[..., Processes]]:
    """`processes_of(folder, …)`: processes that have these plugins installed beside the usual ones."""
    made: list[Processes] = []

    def make(*plugins: Path) -> Processes:
        made.append(Processes(runtime, plugins, tmp_path / "site"))
        return made[-1]

    yield make
    for processes in made:
        processes.stop()


def _run(verb: Sequence[str], environ: dict[str, str], paths: Sequence[str], log: str) -> None:
    """Be the command, in the child."""
    _settle(environ, paths, log)
    main(list(verb))


def _serve(environ: dict[str, str], paths: Sequence[str], told: Connection, log: str) -> None:
    """Be a web process, in the child."""
    _settle(environ, paths, log)
    if environ["CHARSU_FAULT"]:
        arm(environ["CHARSU_FAULT"])
    server = make_server("127.0.0.1", 0, create_application(start_runtime(load_settings())))
    told.send(server.server_port)
    server.serve_forever()


def _settle(environ: dict[str, str], paths: Sequence[str], log: str) -> None:
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environ)
    sys.path[:0] = paths
