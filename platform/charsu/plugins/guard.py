"""Runs code that is not ours so that nothing it raises gets further than here."""

import signal
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points
from types import FrameType


class OutOfTime(BaseException):
    """A call went over its time. Not an `Exception`, so that a broad `except` in the late code does not
    swallow it.
    """


class Contained(Exception):
    """What foreign code raised, made an ordinary exception; `__cause__` is the original."""


@contextmanager
def contained() -> Iterator[None]:
    """Turn whatever the block raises, `SystemExit` too, into `Contained`.

    Only a `KeyboardInterrupt` of the main thread passes: that is a person at the keyboard.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise
        raise Contained(describe(error)) from error


def describe(error: BaseException) -> str:
    """Return one line for the operator: type, message and the place in the code, at most 500 characters.

    The place is the last one in a plugin's own code, where it is any: what that called is seldom at fault.
    """
    place = place_of(list(traceback.walk_tb(error.__traceback__)))
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - a hostile __str__ must not get out either
        message = "(its message can not be shown)"
    return f"{type(error).__name__}: {message[:400]}{place}".replace("\x00", "")


def place_of(frames: Sequence[tuple[FrameType, int]]) -> str:
    """The last of these places, the outermost first, that is a plugin's own code, else the very last."""
    own = [item for item in frames if _package_of(item[0]) in _plugin_packages()]
    for frame, line in (own or frames)[-1:]:
        return f" ({frame.f_code.co_filename.rpartition('/')[2]}:{line})"
    return ""


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


@cache
def _plugin_packages() -> frozenset[str]:
    return frozenset(point.module.partition(".")[0] for point in entry_points(group="charsu.plugins"))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block after `seconds`, by a signal; without effect outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    is_over = False

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if not is_over:
            raise OutOfTime(f"over {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    # It rings again every second: one that was swallowed by foreign code does not help it.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        # First of all: a ring from here on, during a slow rollback say, must not leave the timer running.
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
