"""How long a start takes: `make up` on a fresh clone with warm package caches, and again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.table import Row

from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey

ROOT = Path(__file__).parents[1]
FRESH_GOAL_SECONDS = 60.0
AGAIN_GOAL_SECONDS = 6.0
LIMIT_SECONDS = 300.0
STOP_SECONDS = 40.0


def run() -> list[Row]:
    """Clone the last commit into an empty folder, start it, stop it, start it again."""
    folder = Path(tempfile.mkdtemp(prefix="charsu-bench-"))
    try:
        clone = folder / "charsu"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        fresh = start_and_stop(clone)
        again = start_and_stop(clone)
    finally:
        EmbeddedValkey(folder / "charsu" / "var").destroy()
        EmbeddedPostgres(folder / "charsu" / "var").destroy()
        shutil.rmtree(folder, ignore_errors=True)
    return [
        goal_row("make up, fresh clone, warm caches", fresh, FRESH_GOAL_SECONDS),
        goal_row("make up, second time", again, AGAIN_GOAL_SECONDS),
    ]


def goal_row(what: str, seconds: float, goal: float) -> Row:
    """A row that compares seconds with a limit."""
    return Row(what, f"{seconds:.1f} s", goal=f"within {goal:.0f} s", is_met=seconds <= goal)


def start_and_stop(clone: Path) -> float:
    """Seconds from the command to the first 200 of /readyz; raises if it stops by itself."""
    port = free_port()
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CHARSU_", "MAKE", "MFLAGS"))
    }
    with (clone.parent / "up.log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            ["make", "up", f"PORT={port}"],
            cwd=clone,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while not is_ready(port):
                if process.poll() is not None or time.monotonic() - began > LIMIT_SECONDS:
                    raise RuntimeError(
                        (clone.parent / "up.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                    )
                time.sleep(0.05)
            return time.monotonic() - began
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(STOP_SECONDS)


def is_ready(port: int) -> bool:
    """Whether the web server answers that all its parts are there."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
