"""A page and its bare SQL, measured in turns, against the goal both share."""

import statistics
import time
from collections.abc import Callable

from benchmarks.table import Row

TIMES = 41
RATIO, ALLOWANCE_MS = 1.5, 15.0


def measured(what: str, ours: Callable[[], object], bare: Callable[[], object]) -> Row:
    """The medians of both, which must not differ by more than half and the allowance."""
    mine, theirs = _medians(ours, bare)
    limit = RATIO * theirs + ALLOWANCE_MS
    return Row(
        what,
        f"{mine:.1f} ms",
        f"{theirs:.1f} ms",
        mine / theirs,
        f"at most {RATIO} x + {ALLOWANCE_MS:.0f} ms = {limit:.1f} ms",
        mine <= limit,
    )


def _medians(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """In milliseconds, taken in turns so that a busy moment hits both."""
    taken: tuple[list[float], list[float]] = [], []
    for _ in range(TIMES):
        for ask, times in zip((ours, bare), taken, strict=True):
            began = time.perf_counter()
            ask()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])
