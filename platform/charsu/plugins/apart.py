"""Work of the core on the tables of several modules, each guarded alone as hooks are.

The record kit reads for "today", the calendar or the search what many modules keep. Where one module's tables
are broken, that costs its piece: the fault is counted as one of its hooks', and the rest goes on.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TypeVar

import psycopg
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from charsu.errors import DomainError
from charsu.plugins.faults import note_fault
from charsu.plugins.guard import Contained, contained
from charsu.plugins.left_out import leave_out
from charsu_tenants.context import current_tenant

Found = TypeVar("Found")
Part = TypeVar("Part")
#: Without its tables nothing works, so nothing is guarded.
CORE = "core"
#: Errors and classes of errors of a database that can serve nothing now, or asks to try again.
_DOWN = ("08", "40", "53", "57P")


def done_apart(session: Session, module: str, place: str, work: Callable[[], Found], missing: Found) -> Found:
    """What `work` gives, which touches tables of this module; `missing` where that fails.

    A fault is noted with its `place`, once a page, and the module is among those left out. What failed is
    undone alone: by a savepoint, or by nothing where the session only reads and each statement stands for
    itself. A refusal (`DomainError`) and a database that is away are no fault of the module, and are raised.
    """
    if module == CORE:
        return work()
    try:
        return _guarded(session, work)
    except Contained as error:
        if leave_out(module):
            note_fault(current_tenant(), module, place, str(error), error)
        return missing


def together_or_apart(
    session: Session,
    place: str,
    parts: Sequence[tuple[str, Part]],
    work: Callable[[Sequence[Part]], Sequence[Found]],
) -> list[Found]:
    """What `work` finds for all parts at once, each of a module; where it fails, for each module by itself.

    So one statement reads them all as long as all is well, and the one at fault is left out by `done_apart`.
    """
    try:
        return list(_guarded(session, lambda: work([part for _module, part in parts])))
    except Contained:
        by_module: dict[str, list[Part]] = {}
        for module, part in parts:
            by_module.setdefault(module, []).append(part)
        found: list[Found] = []
        for module, own in by_module.items():
            nothing: Sequence[Found] = ()
            found += done_apart(session, module, place, partial(work, own), nothing)
        return found


def _guarded(session: Session, work: Callable[[], Found]) -> Found:
    """Do it, and undo it alone where it fails. Raises: Contained for a fault, anything else as it is."""
    try:
        with contained(), nullcontext() if session.info.get("read_only") else session.begin_nested():
            return work()
    except Contained as error:
        cause = error.__cause__
        if cause is not None and not _is_fault(cause):
            raise cause from None
        raise


def _is_fault(cause: BaseException) -> bool:
    if isinstance(cause, DBAPIError):
        if cause.connection_invalidated:
            return False
        cause = cause.orig or cause
    if isinstance(cause, psycopg.OperationalError):
        return cause.sqlstate is not None and not cause.sqlstate.startswith(_DOWN)
    return not isinstance(cause, DomainError | PoolTimeout | PoolExhausted)
