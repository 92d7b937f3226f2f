"""`charsu up`: servers, migrations, web, worker and scheduler in one foreground process."""

from __future__ import annotations

import dataclasses
import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from charsu.server.children import Child, show
from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.server.ports import ask_ready, check_port
from charsu.server.processes import FolderLock, ServerFault, end_process
from charsu.server.upfile import forget_up, up_pids, write_up
from charsu.server.watching import Watch
from charsu.server.welcome import demo_is_due, welcome
from charsu.settings import Settings

TICK_SECONDS = 0.1
#: A port may be held for a moment by what a killed `charsu up` left behind.
PORT_SECONDS = 3.0
TOO_MANY_DEATHS = 5
PATIENCE_SECONDS = 20.0
#: Exit code of `charsu migrate` when the control plane is well and some tenants are not.
SOME_TENANTS_FAILED = 1
#: The command line of a child, so that a leftover's pid is not mistaken for someone else's process.
CHILD_MARK = " -m charsu "
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Starts everything in order, keeps it running, and stops it in the opposite order."""

    def __init__(self, settings: Settings, *, host: str, port: int, watch: Watch | None = None) -> None:
        self.settings = settings
        self._watch = watch
        self.host = host
        self.port = port
        self._lock = FolderLock(settings.data_dir / "up.lock")
        self._selector = selectors.DefaultSelector()
        self._postgres = None if settings.database_url else EmbeddedPostgres(settings.data_dir)
        self._valkey = None if settings.redis_url else EmbeddedValkey(settings.data_dir)
        self._stop_wishes = 0
        #: What runs as long as this does, from its start on: whatever of it dies is started again.
        self._lasting: tuple[Child, ...] = ()
        plain = ("--log-style", "plain")
        self._web = Child(
            "web", "charsu", ("web", "--host", host, "--port", str(port), *plain), stop_seconds=12.0
        )
        self._worker = Child("worker", "charsu", ("worker", *plain), stop_seconds=12.0)
        self._scheduler = Child("scheduler", "charsu", ("scheduler", *plain), stop_seconds=5.0)
        self._migrate = Child("migrate", "charsu", ("migrate",), stop_seconds=2.0)
        self._demo = Child("demo", "charsu.server.seeding", (), stop_seconds=2.0)

    def run(self) -> int:
        """Run until a signal; returns the exit code. Raises: ServerFault, when the start can not be."""
        began = time.monotonic()
        if not self._lock.take():
            raise ServerFault(
                f"Charsu already runs on {self.settings.data_dir} (process {self._lock.holder()})"
            )
        handlers = {number: signal.signal(number, self._wish_stop) for number in SIGNALS}
        try:
            self._end_leftovers()
            self._await_port()
            self._start_servers()
            if self._run_migrations():
                self._serve(began)
        finally:
            self._stop()
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return 0

    def _wish_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_wishes += 1

    def _end_leftovers(self) -> None:
        """End the children of a `charsu up` that was killed: they may be killed too at any moment."""
        for pid in up_pids(self.settings.data_dir):
            end_process(pid, ((signal.SIGKILL, 5.0),), marker=CHILD_MARK)

    def _await_port(self) -> None:
        deadline = time.monotonic() + PORT_SECONDS
        while True:
            try:
                return check_port(self.host, self.port)
            except ServerFault:
                if time.monotonic() > deadline:
                    raise
                time.sleep(TICK_SECONDS)

    def _start_servers(self) -> None:
        database_url, redis_url = self.settings.database_url, self.settings.redis_url
        if self._postgres is not None:
            if not self._postgres.cluster.exists():
                show("", f"Making a PostgreSQL database in {self._postgres.cluster}")
            database_url = self._postgres.start()
        if self._valkey is not None:
            redis_url = self._valkey.start()
        self.settings = dataclasses.replace(self.settings, database_url=database_url, redis_url=redis_url)
        os.environ.update(self.settings.to_environ())

    def _run_migrations(self) -> bool:
        """Migrate before anything serves; False when a stop came first. Raises: ServerFault, when it fails.

        Tenants that failed keep their old tables: their modules that are behind answer 503, all else runs.
        """
        self._migrate.start(self._selector)
        self._note_pids((self._migrate,))
        while self._migrate.is_running:
            if self._stop_wishes:
                return False
            self._listen()
        self._migrate.hear(self._selector)
        if self._migrate.exit_code not in (0, SOME_TENANTS_FAILED):
            raise ServerFault("the database could not be prepared, see the lines above")
        return not self._stop_wishes

    def _start(self, *children: Child) -> None:
        for child in children:
            child.start(self._selector)
        self._lasting += children
        self._note_pids(self._lasting)

    def _serve(self, began: float) -> None:
        """Keep everything running until a signal; greet once web answers and the demo is there."""
        if self._bring_up() and demo_is_due(self.settings):
            self._demo.start(self._selector)
        while self._demo.is_running and not self._stop_wishes:
            self._turn()
        self._demo.hear(self._selector)
        if not self._stop_wishes:
            show("", welcome(self.settings, time.monotonic() - began))
        while not self._stop_wishes:
            self._turn()

    def _bring_up(self) -> bool:
        """Start what lasts; False when a stop came before web was ready.

        Web has the processors to itself until it answers: a person waits for it, and nobody yet for the rest.
        """
        self._start(self._web)
        is_ready = self._await_ready()
        if is_ready:
            self._start(self._worker, self._scheduler)
        return is_ready

    def _await_ready(self) -> bool:
        """Wait for `/readyz`, telling now and then what is missing; False when a stop came first."""
        tell_at = time.monotonic() + PATIENCE_SECONDS
        while not self._stop_wishes:
            self._turn()
            answer = ask_ready(self.host, self.port, self.settings.base_host)
            if answer.is_ready:
                return True
            if self._web.deaths >= TOO_MANY_DEATHS:
                raise ServerFault("the web process does not start, see the lines above")
            if time.monotonic() > tell_at:
                tell_at += PATIENCE_SECONDS
                show("", f"Not ready yet: {answer.text.strip()}")
        return False

    def _turn(self) -> None:
        self._listen()
        self._renew()
        self._revive()

    def _renew(self) -> None:
        """Where code is watched and changed: start what runs it anew, on tables that fit it."""
        changed = self._watch.changed() if self._watch is not None else None
        if changed is None:
            return
        began = time.monotonic()
        show("", f"{changed} changed")
        ended, self._lasting = self._lasting, ()
        self._end(ended)
        watch, self._watch = self._watch, None
        try:
            self._web.deaths = 0
            if self._run_migrations() and self._bring_up():
                show("", f"Charsu runs with it ({time.monotonic() - began:.1f} s)")
        except ServerFault as fault:
            # The next change may mend it.
            show("", str(fault))
        self._watch = watch

    def _revive(self) -> None:
        started = [child.revive(self._selector) for child in self._lasting]
        if any(started):
            self._note_pids(self._lasting)
        for name, server in (("postgres", self._postgres), ("valkey", self._valkey)):
            if server is not None and not server.is_running:
                show(name, "ended, starts again")
                server.stop()
                server.start()

    def _listen(self) -> None:
        for key, _events in self._selector.select(TICK_SECONDS):
            key.data.hear(self._selector)

    def _note_pids(self, children: Sequence[Child]) -> None:
        pids = [child.process.pid for child in children if child.process is not None]
        write_up(self.settings.data_dir, pids=pids, base_url=self.settings.base_url)

    def _end(self, group: Sequence[Child]) -> None:
        """Have these finish what they do; at a second wish, or when their time is over, end them at once."""
        wishes = self._stop_wishes
        running = [child for child in group if child.is_running]
        for child in running:
            child.ask_to_stop()
        deadline = time.monotonic() + max((child.stop_seconds for child in running), default=0.0)
        while any(child.is_running for child in running):
            if time.monotonic() > deadline or self._stop_wishes > wishes + 1:
                for child in running:
                    child.kill()
            self._listen()

    def _stop(self) -> None:
        """Children first, those that take in work before those that do it; then the servers."""
        wishes = self._stop_wishes
        for group in ((self._migrate, self._demo, self._scheduler, self._web), (self._worker,)):
            self._end(group)
        servers: list[Callable[[], None]] = [
            server.stop for server in (self._valkey, self._postgres) if server
        ]
        for stop in servers:
            stop()
        forget_up(self.settings.data_dir)
        self._lock.free()
        if wishes:
            show("", "Charsu has stopped.")
