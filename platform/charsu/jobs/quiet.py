"""Waits until nothing is left to run: for scripts, and for tests of the whole system."""

import time

from charsu.process import Runtime
from charsu_tenants import bus

_LOOK_SECONDS = 0.05


def wait_until_quiet(runtime: Runtime, seconds: float) -> int:
    """Return 0 once no delivery is due, running or waiting to be tried again; else how many are left when
    time is up.

    Dead letters, jobs planned for later and the work of modules that may not act now are not waited for.
    """
    ends_at = time.monotonic() + seconds
    while True:
        with runtime.database.control_autocommit() as conn:
            left = bus.count_unsettled(conn)
        if left == 0 or time.monotonic() >= ends_at:
            return left
        time.sleep(_LOOK_SECONDS)
