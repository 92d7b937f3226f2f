"""Runs an import in the background: chunk by chunk, each of them one transaction.

A chunk writes its records, notes each row, and moves `done_count`; the job of the next one is part of the
same transaction. So a worker may die anywhere: what was not committed is done again, what was is not.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import Conflict, DomainError
from charsu.faultpoints import faultpoint
from charsu.jobs import enqueue
from charsu.plugins.context import HookContext
from charsu.records.access import RecordAccess
from charsu.records.bounds import still_allowed
from charsu.records.changes import changing
from charsu.records.importing.batches import ImportBatch, add_items, get_batch, set_batch
from charsu.records.importing.opening import put_back, take_rows
from charsu.records.importing.planning import Outcome, Planner
from charsu.records.importing.writing import write_outcomes
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_type
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences, use_preferences
from charsu_tenants.context import current_tenant

logger = logging.getLogger(__name__)
CHUNK = 1000
RUN = "core.import_rows"
_TOUCHED = text("""
    SELECT record_id, min(position) AS position FROM core_batch_item
     WHERE batch_id = :batch_id AND state = 'done' AND record_id = ANY(:ids) GROUP BY record_id
""")
_STATES = {"create": "done", "update": "done", "same": "same", "skip": "same", "refuse": "refused"}


def start_import(session: Session, batch_id: uuid.UUID, access: RecordAccess) -> None:
    """Have a draft run in this person's name, or one that failed go on where it stopped.

    Raises: Conflict for one that runs or is over, or has no mapping.
    """
    batch = get_batch(session, batch_id, is_locked=True)
    if batch.state not in ("draft", "failed"):
        raise Conflict(_("This import was started already."), code="started")
    if not batch.options.columns:
        raise Conflict(_("First say what the columns of the file mean."), code="not_mapped")
    access.require("import")
    access.require("write")
    options = batch.options.with_bounds(_type(batch), access, current_preferences())
    done = batch.done_count if batch.state == "failed" else 0
    set_batch(session, batch_id, state="waiting", options=options, done_count=done, started_at=clock.now())
    enqueue(RUN, batch_id=str(batch_id))


def import_rows(ctx: HookContext, batch_id: str) -> None:
    """The job: import the next chunk, then ask for the one after it."""
    session = ctx.session
    batch = get_batch(session, uuid.UUID(batch_id), is_locked=True)
    if batch.state not in ("waiting", "running"):
        return
    try:
        with session.begin_nested():
            outcomes, is_over = _import_chunk(session, batch)
    except OperationalError:
        # The database is away or overloaded: the job comes back by itself.
        raise
    except DomainError as refusal:
        logger.warning("import %s was stopped behind row %s: %s", batch.id, batch.done_count, refusal.code)
        _stop(session, batch, refusal.message)
        return
    except Exception:
        logger.exception("import %s stopped behind row %s", batch.id, batch.done_count)
        _stop(session, batch, _("A fault of the program stopped it."))
        return
    _advance(session, batch, outcomes, is_over=is_over)
    faultpoint("import.noted")


def _stop(session: Session, batch: ImportBatch, reason: str) -> None:
    set_batch(session, batch.id, state="failed", error=reason[:500], finished_at=clock.now())


def _import_chunk(session: Session, batch: ImportBatch) -> tuple[list[Outcome], bool]:
    """Plan, write and note the next rows; also tells whether they were the last ones.

    Raises: PermissionDenied where who started it may not import any more.
    """
    record_type, options = _type(batch), batch.options
    with use_preferences(options.preferences), changing("import", batch.id):
        access = still_allowed(options.access, current_tenant(), record_type, "import", "write")
        rows = take_rows(session, batch.id, options, done=batch.done_count, count=CHUNK)
        planner = Planner(session, record_type, access, options, touched=_touched(session, batch.id))
        outcomes = planner.plan(rows)
        if len(outcomes) < len(rows):
            put_back(batch.id, batch.done_count, len(rows), rows[len(outcomes) :])
        write_outcomes(session, planner, outcomes)
        faultpoint("import.written")
        add_items(session, batch.id, [_item(item) for item in outcomes])
    return outcomes, len(rows) < CHUNK and len(outcomes) == len(rows)


def _advance(session: Session, batch: ImportBatch, outcomes: list[Outcome], *, is_over: bool) -> None:
    done = batch.done_count + len(outcomes)
    refused = batch.refused_count + sum(1 for item in outcomes if item.action == "refuse")
    if is_over:
        set_batch(
            session,
            batch.id,
            state="done",
            done_count=done,
            total_count=done,
            refused_count=refused,
            finished_at=clock.now(),
        )
        return
    set_batch(session, batch.id, state="running", done_count=done, refused_count=refused)
    enqueue(RUN, batch_id=str(batch.id))


def _type(batch: ImportBatch) -> RecordType:
    return usable_type(batch.record_type, current_tenant())


def _touched(session: Session, batch_id: uuid.UUID) -> Any:
    def ask(ids: AbstractSet[uuid.UUID]) -> Mapping[uuid.UUID, int]:
        found = session.execute(_TOUCHED, {"batch_id": batch_id, "ids": list(ids)})
        return {row.record_id: row.position for row in found}

    return ask


def _item(outcome: Outcome) -> dict[str, Any]:
    record_id = outcome.record.id if outcome.record is not None else None
    return {
        "position": outcome.row.number,
        "state": _STATES[outcome.action],
        "action": outcome.action,
        "record_id": record_id if outcome.action != "refuse" else None,
        "data": [str(cell) for cell in outcome.row.cells] if outcome.action == "refuse" else None,
        "reasons": outcome.reasons or None,
    }
