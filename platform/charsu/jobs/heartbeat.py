"""Says now and then in `control.heartbeat` that a process lives."""

import os
import socket
import time
from typing import Any

from psycopg import Connection

#: Seconds between two writes; a row much older belongs to a dead process, or to one that is busy with a long
#: job.
INTERVAL_SECONDS = 10.0


class Heartbeat:
    """The row of one process, `<kind>:<host>:<pid>`."""

    def __init__(self, kind: str) -> None:
        self.process = f"{kind}:{socket.gethostname()}:{os.getpid()}"
        self._next_at = 0.0

    def beat(self, conn: Connection[Any]) -> None:
        """Write the row if the last time is a while ago."""
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + INTERVAL_SECONDS
        conn.execute(
            "INSERT INTO control.heartbeat (process, at) VALUES (%s, now())"
            " ON CONFLICT (process) DO UPDATE SET at = now()",
            [self.process],
        )

    def end(self, conn: Connection[Any]) -> None:
        """Take the row away: the process ends well."""
        conn.execute("DELETE FROM control.heartbeat WHERE process = %s", [self.process])
