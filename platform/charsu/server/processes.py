"""Processes of the operating system: start one tied to this one, find out what a pid is, end it in steps."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import IO

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02


class ServerFault(Exception):
    """A server that Charsu brings along did not start or stop; the text says what to do."""


@dataclass(frozen=True)
class Account:
    """The user of the operating system a server runs as."""

    name: str
    uid: int
    gid: int


class FolderLock:
    """A lock on a folder for as long as this process lives, kill -9 included."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: IO[str] | None = None

    def take(self) -> bool:
        """Take the lock and write our pid into it; False where another process has it."""
        stream = self.path.open("a+", encoding="ascii")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            return False
        stream.seek(0)
        stream.truncate()
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        self._stream = stream
        return True

    def is_held_elsewhere(self) -> bool:
        """Whether another process has the lock now."""
        if self._stream is not None or not self.path.exists():
            return False
        with self.path.open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def holder(self) -> str:
        """The pid written by the process that holds the lock, for a message."""
        with contextlib.suppress(OSError):
            return self.path.read_text(encoding="ascii").strip() or "?"
        return "?"

    def free(self) -> None:
        """Give the lock back. The file stays, as another process may be waiting on it."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def start_tied(
    command: Sequence[str],
    *,
    ending: signal.Signals,
    output: int,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that gets the signal `ending` when this process dies.

    Own session: a Ctrl-C in the terminal reaches this process alone, which ends its children in order.
    `output` is the descriptor for its stdout and stderr. To be called from the main thread: the tie is to the
    thread. On systems without such a signal (not Linux) an orphan is found and ended at the next start.
    """
    other = _other_account(account)
    return subprocess.Popen(  # noqa: S603 - the command is ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_tie(ending),  # noqa: PLW1509 - one system call, and no thread of ours runs
        env=env,
        cwd="/" if other else None,
        user=other.uid if other else None,
        group=other.gid if other else None,
        extra_groups=[] if other else None,
    )


def run_as(account: Account | None, command: Sequence[str], *, stdin: str = "") -> CompletedProcess[str]:
    """Run a command to its end as the account; its output is in the answer, failures too."""
    other = _other_account(account)
    return subprocess.run(  # noqa: S603 - the command is ours
        command,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=other.uid if other else None,
        group=other.gid if other else None,
        extra_groups=[] if other else None,
    )


def command_of(pid: int) -> str:
    """The command line of a running process, empty where there is none."""
    try:
        if Path("/proc/self").exists():
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8"):
                return ""
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
            return raw.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return run_as(None, ["ps", "-p", str(pid), "-o", "command="]).stdout.strip()


def end_process(pid: int, steps: Sequence[tuple[signal.Signals, float]], *, marker: str) -> bool:
    """Send each signal in turn and give the process its seconds; only while its command line holds `marker`.

    Returns whether it is gone.
    """
    for number, seconds in steps:
        if marker not in command_of(pid):
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: marker not in command_of(pid), seconds):
            return True
    return marker not in command_of(pid)


def end_child(child: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to a child of ours until it has ended."""
    for number, seconds in steps:
        if child.poll() is not None:
            return
        if number == signal.SIGKILL:
            os.killpg(child.pid, number)  # its own children too, which nobody would end
        else:
            child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
            return


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll the condition until it holds; False when the seconds are over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _tie(ending: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(ending), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _other_account(account: Account | None) -> Account | None:
    return None if account is None or account.uid == os.geteuid() else account
