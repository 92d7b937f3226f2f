"""Named places where a test can have the process die, to prove that nothing is lost there."""

import os
import signal

#: Every place there is; a test walks through all of them.
FAULTPOINTS = (
    "event.emitted",
    "event.committed",
    "delivery.claimed",
    "delivery.begun",
    "delivery.handled",
    "delivery.committed",
    "delivery.finished",
    "reminder.mailed",
    "import.written",
    "import.noted",
    "batch.undone",
    "bulk.changed",
    "bulk.noted",
)
_armed: set[str] = set()


def arm(name: str) -> None:
    """Have this process be killed when it comes to `name`; raises `ValueError` for a place there is not."""
    if name not in FAULTPOINTS:
        raise ValueError(f"CHARSU_FAULT: there is no {name!r}, only {', '.join(FAULTPOINTS)}")
    _armed.add(name)


def faultpoint(name: str) -> None:
    """Do nothing, unless the process is armed for this place: then it is killed on the spot."""
    if name in _armed:
        os.kill(os.getpid(), signal.SIGKILL)
