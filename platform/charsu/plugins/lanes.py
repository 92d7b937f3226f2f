"""Threads that run foreign code for a page: one that hangs is left behind, and the page goes on."""

import contextlib
import contextvars
import ctypes
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from charsu.plugins.guard import Contained, OutOfTime, contained, place_of

#: Hanging calls a process bears at once; beyond it no foreign code is started until one of them ends.
MAX_HANGING = 16
#: A call's time is waited for in so many turns. Where the whole process stands still, as its machine does or
#: takes the processor away after something span, that is one turn and not the end of an innocent call.
_TURNS = 10


@dataclass(frozen=True)
class Done:
    """A call that came back, with what it gave."""

    value: object


@dataclass(frozen=True)
class Failed:
    """A call that raised or went over its time."""

    error: Contained


@dataclass(frozen=True)
class Refused:
    """A call that was not made, as too many others hang: no fault of its own plugin."""


Outcome = Done | Failed | Refused
#: Calls, the seconds each has, and where their outcomes go.
_Batch = tuple[Sequence[Callable[[], object]], float, "queue.SimpleQueue[Outcome]"]


class Lanes:
    """Runs batches of calls in threads that are kept; a thread with a hanging call is not used again."""

    def __init__(self) -> None:
        self._idle: list[_Lane] = []
        self._hanging: set[_Lane] = set()
        self._lock = threading.Lock()

    def run(self, calls: Sequence[Callable[[], object]], seconds: float) -> list[Outcome]:
        """Run the calls one after another outside this thread, each with `seconds` of time; in their order.

        Each sees a copy of this thread's context variables. What goes over its time is abandoned: it is sent
        an exception to help it end, and the calls after it run in another thread.
        """
        return list(self.outcomes(calls, seconds))

    def outcomes(self, calls: Sequence[Callable[[], object]], seconds: float) -> Iterator[Outcome]:
        """As `run`, each outcome as soon as it is there; the calls go on meanwhile."""
        rest = calls
        while rest:
            lane = self._take()
            if lane is None:
                yield from [Refused()] * len(rest)
                return
            results = lane.start([_bound(call) for call in rest], seconds)
            for at in range(len(rest)):
                try:
                    outcome = _next(results, seconds)
                except queue.Empty:
                    place = lane.place()
                    self._abandon(lane)
                    rest = rest[at + 1 :]
                    yield Failed(Contained(f"OutOfTime: over {seconds:g} s{place}"))
                    break
                if at + 1 == len(rest):
                    self._give_back(lane)
                yield outcome
            else:
                return

    @property
    def hanging_count(self) -> int:
        """How many abandoned calls still run."""
        with self._lock:
            self._hanging = {lane for lane in self._hanging if lane.is_alive()}
            return len(self._hanging)

    def _take(self) -> "_Lane | None":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        if self._hanging and self.hanging_count >= MAX_HANGING:
            return None
        lane = _Lane()
        lane.start_thread()
        return lane

    def _give_back(self, lane: "_Lane") -> None:
        with self._lock:
            self._idle.append(lane)

    def _abandon(self, lane: "_Lane") -> None:
        with self._lock:
            self._hanging.add(lane)
        lane.interrupt()


def _next(results: "queue.SimpleQueue[Outcome]", seconds: float) -> Outcome:
    """What the call gives within its time; raises `queue.Empty`."""
    for _ in range(_TURNS - 1):
        with contextlib.suppress(queue.Empty):
            return results.get(timeout=seconds / _TURNS)
    return results.get(timeout=seconds / _TURNS)


def _bound(call: Callable[[], object]) -> Callable[[], object]:
    context = contextvars.copy_context()
    return lambda: context.run(call)


class _Lane:
    """One daemon thread and its inbox."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[_Batch] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="charsu-hooks", daemon=True)
        self._is_abandoned = False

    def start_thread(self) -> None:
        self._thread.start()

    def start(self, calls: Sequence[Callable[[], object]], seconds: float) -> "queue.SimpleQueue[Outcome]":
        results: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._inbox.put((calls, seconds, results))
        return results

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def place(self) -> str:
        """Where in the code its call is at this moment, as `describe` writes it."""
        frame = sys._current_frames().get(self._thread.ident or 0)  # noqa: SLF001 - the only way there is
        return place_of(list(traceback.walk_stack(frame))[::-1]) if frame is not None else ""

    def interrupt(self) -> None:
        """Have the thread stop: at once between two lines of Python, later where it waits in C."""
        self._is_abandoned = True
        # It may have ended its call in this very moment and wait for more: nothing wakes it and lets it end.
        self._inbox.put(((), 0, queue.SimpleQueue()))
        if self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(OutOfTime)
            )

    def _work(self) -> None:
        try:
            while not self._is_abandoned:
                calls, seconds, results = self._inbox.get()
                for call in calls:
                    results.put(_outcome(call, seconds))
                    if self._is_abandoned:
                        return
        except OutOfTime:
            return


def _outcome(call: Callable[[], object], seconds: float) -> Outcome:
    begun = time.thread_time()
    try:
        with contained():
            value = call()
    except Contained as error:
        return Failed(error)
    # It came back before anybody could tell that it hung: C code, a pattern's search say, lets no thread run.
    if time.thread_time() - begun > seconds:
        return Failed(Contained(f"OutOfTime: over {seconds:g} s"))
    return Done(value)
