"""What the embedded servers share: the lock on their data and the file of their log."""

from __future__ import annotations

from pathlib import Path

from charsu.server.processes import FolderLock, ServerFault, wait_until

START_SECONDS = 60.0
#: How long a command that has the servers for a moment may hold up a start.
LOCK_SECONDS = 3.0
LOG_LIMIT = 10_000_000


def take_lock(lock: FolderLock, what: str, data_dir: Path) -> None:
    """Take the lock of a server's data, waiting a moment. Raises: ServerFault, naming who has it."""
    if not wait_until(lock.take, LOCK_SECONDS):
        raise ServerFault(f"{what} of {data_dir} is run by another Charsu (process {lock.holder()})")


def log_file(data_dir: Path, name: str) -> Path:
    """The log file of a server; a long one is put aside first, and the one before it dropped."""
    folder = data_dir / "logs"
    folder.mkdir(exist_ok=True, mode=0o700)
    log = folder / name
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    return log
