"""Named places where a test can have the process die, to prove that nothing is lost there."""

import os
import signal

#: Every place there is; a test walks through all of them.
FAULTPOINTS = (
    "delivery.claimed",
    "delivery.begun",
    "delivery.handled",
    "delivery.committed",
    "delivery.finished",
)
_WANTED = os.environ.get("CHARSU_FAULT", "")


def faultpoint(name: str) -> None:
    """Do nothing, unless the environment's CHARSU_FAULT names this place: then the process is killed on the
    spot.
    """
    if name == _WANTED:
        os.kill(os.getpid(), signal.SIGKILL)
