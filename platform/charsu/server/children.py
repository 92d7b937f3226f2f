"""A child process of `charsu up`: started, its lines shown under its name, started again when it dies."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import IO

from charsu.server.processes import end_child, start_tied

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
#: A child that lived this long was well: its next death starts with the first pause again.
WELL_SECONDS = 30.0
READ_BYTES = 65536
NAME_WIDTH = 9


class Child:
    """One process by name; `module` and `arguments` are what Python runs."""

    def __init__(self, name: str, module: str, arguments: Sequence[str], *, stop_seconds: float) -> None:
        self.name = name
        self.command = [sys.executable, "-m", module, *arguments]
        self.stop_seconds = stop_seconds
        #: Deaths in a row, none of them after a good while.
        self.deaths = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._line = b""
        self._started_at = 0.0
        self._due_at = 0.0

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the process ended; None while it runs or before its start."""
        return self.process.poll() if self.process is not None else None

    def start(self, selector: selectors.BaseSelector) -> None:
        """Start the process and listen to what it prints."""
        reading, writing = os.pipe()
        try:
            self.process = start_tied(self.command, ending=signal.SIGTERM, output=writing)
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        self._output = os.fdopen(reading, "rb", buffering=0)
        self._started_at = time.monotonic()
        selector.register(self._output, selectors.EVENT_READ, self)

    def revive(self, selector: selectors.BaseSelector) -> bool:
        """Note a death, or start the process again once its pause is over; True when it was started."""
        now = time.monotonic()
        if self.process is None:
            if now < self._due_at:
                return False
            self.start(selector)
            return True
        code = self.process.poll()
        if code is not None:
            self.hear(selector)
            self.deaths = 1 if now - self._started_at > WELL_SECONDS else self.deaths + 1
            pause = min(FIRST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE)
            self._due_at = now + pause
            self.process = None
            show(self.name, f"ended ({_reason(code)}), starts again in {pause:g} s")
        return False

    def hear(self, selector: selectors.BaseSelector) -> None:
        """Show what the process has printed up to now, whole lines only."""
        if self._output is None:
            return
        data = self._output.read(READ_BYTES)
        if data is None:
            return
        *lines, self._line = (self._line + data).split(b"\n")
        if not data or len(self._line) > READ_BYTES:
            lines.append(self._line)
            self._line = b""
        for line in lines:
            if line.strip():
                show(self.name, line.decode("utf-8", "replace"))
        if not data:
            selector.unregister(self._output)
            self._output.close()
            self._output = None

    def ask_to_stop(self) -> None:
        """Send SIGTERM: the process finishes what it does."""
        if self.process is not None and self.is_running:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and its own children at once."""
        if self.process is not None:
            end_child(self.process, ((signal.SIGKILL, 5.0),))


def show(name: str, line: str) -> None:
    """Print one line under a process's name; a terminal that is gone is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{name:<{NAME_WIDTH}} | {line}\n" if name else f"{line}\n")
        sys.stdout.flush()


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
