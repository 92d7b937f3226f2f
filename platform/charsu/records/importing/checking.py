"""The preview: plans the whole file without writing anything, and keeps the counts and the first rows."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from charsu.errors import Conflict
from charsu.jobs import enqueue
from charsu.plugins.context import HookContext
from charsu.records.access import RecordAccess
from charsu.records.importing.batches import get_batch, set_batch
from charsu.records.importing.opening import open_file
from charsu.records.importing.options import ImportOptions
from charsu.records.importing.planning import Outcome, Planner
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_type
from charsu.records.sheets import BadTable, Row
from charsu.records.texts import readable_text
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences, use_preferences
from charsu_tenants.context import current_tenant

CHECK = "core.check_import"
#: Files up to here are checked while the person waits; larger ones in the background.
AT_ONCE = 1_000
SHOWN = 100
_CHUNK = 1_000


def check_import(session: Session, batch_id: uuid.UUID, options: ImportOptions, access: RecordAccess) -> None:
    """Keep the options and have the preview made, at once for a small file. Raises: Conflict once started."""
    batch = get_batch(session, batch_id, is_locked=True)
    if batch.state != "draft":
        raise Conflict(_("This import was started already."), code="started")
    record_type = _type(batch.record_type)
    bound = options.without_outcome().with_bounds(record_type, access, current_preferences())
    if batch.total_count <= AT_ONCE:
        preview = make_preview(session, record_type, bound)
        set_batch(session, batch_id, options=_with(bound, preview))
        return
    set_batch(session, batch_id, options=_with(bound, {"state": "waiting"}), done_count=0)
    enqueue(CHECK, batch_id=str(batch_id))


def check_rows(ctx: HookContext, batch_id: str) -> None:
    """The job: make the preview of a large file."""
    batch = get_batch(ctx.session, uuid.UUID(batch_id))
    if not batch.is_checking:
        return
    record_type = usable_type(batch.record_type, ctx.tenant)
    try:
        preview = make_preview(ctx.session, record_type, batch.options)
    except BadTable as refusal:
        preview = {"state": "failed", "message": refusal.message}
    current = get_batch(ctx.session, batch.id, is_locked=True)
    # Somebody changed the mapping meanwhile: its own check follows.
    if current.is_checking and current.options == batch.options:
        set_batch(ctx.session, batch.id, options=_with(batch.options, preview))


def make_preview(session: Session, record_type: RecordType, options: ImportOptions) -> dict[str, Any]:
    """What the run would do now: counts by action, reasons by frequency, and the first rows cell by cell."""
    counts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    shown: list[dict[str, Any]] = []
    with use_preferences(options.preferences):
        planner = Planner(session, record_type, options.access, options)
        for rows in _chunks(open_file(session, options).rows()):
            for outcome in planner.plan(rows):
                counts[outcome.action] += 1
                reasons.update((reason["field"], reason["message"]) for reason in outcome.reasons)
                if len(shown) < SHOWN:
                    shown.append(_shown(planner, outcome))
    return {
        "state": "done",
        "counts": dict(counts),
        "total": counts.total(),
        "reasons": [[title, message, count] for (title, message), count in reasons.most_common(20)],
        "rows": shown,
    }


def _shown(planner: Planner, outcome: Outcome) -> dict[str, Any]:
    cells: dict[str, list[str]] = {}
    if outcome.action == "create":
        cells = {
            name: ["", text]
            for name, item in planner.visible.items()
            if (text := readable_text(item, item.read(outcome.record)))
        }
    elif outcome.before:
        cells = {
            name: [readable_text(item, old), readable_text(item, item.read(outcome.record))]
            for name, old in outcome.before.items()
            if (item := planner.visible.get(name)) is not None
        }
    return {
        "number": outcome.row.number,
        "action": outcome.action,
        "cells": cells,
        "raw": [str(cell) for cell in outcome.row.cells],
        "reasons": outcome.reasons,
        "record_id": _there_already(outcome),
    }


def _there_already(outcome: Outcome) -> str:
    """The id of the record a row is about; empty for one that an earlier row of the file will add."""
    if outcome.action not in ("update", "same") or outcome.record is None:
        return ""
    return str(outcome.record.id) if "created_at" in vars(outcome.record) else ""


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _with(options: ImportOptions, preview: dict[str, Any]) -> ImportOptions:
    return replace(options, preview=preview)


def _type(key: str) -> RecordType:
    return usable_type(key, current_tenant())
