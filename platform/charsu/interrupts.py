"""Ctrl-C while code is being loaded. Imports next to nothing, as it comes before everything else."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process itself, for as long as nothing was begun that wants an orderly end.

    As an exception it may come up where Python drops it, such as a callback of the import system, and the
    start would go on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
