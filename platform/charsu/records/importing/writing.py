"""Writes what a chunk of rows does: all new records in one statement, all changed ones in another."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.session import make_transient_to_detached

from charsu.events import emit_many
from charsu.records.changes import Change, note_changes
from charsu.records.columns import Beyond, beyond_of
from charsu.records.importing.planning import Outcome, Planner
from charsu.records.rows import Difference, columns_of, insert_rows, update_rows
from charsu.records.service import RecordService
from charsu.text.i18n import _


def write_outcomes(session: Session, planner: Planner, outcomes: Sequence[Outcome]) -> None:
    """Write new and changed records with their changes and events.

    Where the database itself refuses one of them (a value that must be unique), that row's outcome becomes
    a refusal and the others are written.
    """
    try:
        with session.begin_nested():
            _write(session, planner, outcomes)
    except IntegrityError:
        _write_singly(session, planner, outcomes)


def _write_singly(session: Session, planner: Planner, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        try:
            with session.begin_nested():
                _write(session, planner, [outcome])
        except IntegrityError:
            outcome.action = "refuse"
            outcome.reasons = [{"field": "", "message": _("Another record has the same value already.")}]


def _write(session: Session, planner: Planner, outcomes: Sequence[Outcome]) -> None:
    service, record_type = planner.service, planner.record_type
    created = [item for item in outcomes if item.action == "create"]
    changed = [item for item in outcomes if item.action == "update" and item.before]
    insert_rows(session, record_type, [columns_of(item.record) for item in created])
    written = update_rows(session, record_type, [columns_of(item.record) for item in changed])
    note_changes(
        session,
        record_type.key,
        "create",
        [Change(item.record.id, None, service.stored_values(item.record)) for item in created],
    )
    note_changes(session, record_type.key, "update", [_change(planner, item, written) for item in changed])
    noun = f"{record_type.name}_id"
    facts = record_type.facts
    emit_many(
        [
            *(facts.created(**{noun: item.record.id}) for item in created),
            *(facts.updated(**{noun: item.record.id, "fields": sorted(item.before)}) for item in changed),
        ]
    )
    _tell_service(session, service, created, changed)


def _change(planner: Planner, outcome: Outcome, written: Mapping[uuid.UUID, Difference]) -> Change:
    fields = planner.fields
    beyond = Beyond()
    if outcome.record.id in written:
        beyond = beyond_of(written[outcome.record.id], outcome.before)
    return Change(
        outcome.record.id,
        {name: fields[name].to_stored(value) for name, value in outcome.before.items()} | beyond.before,
        {name: fields[name].to_stored(fields[name].read(outcome.record)) for name in outcome.before}
        | beyond.after,
    )


def _tell_service(
    session: Session, service: RecordService[Any], created: Iterable[Outcome], changed: Iterable[Outcome]
) -> None:
    """Call the service's `saved` for each record, where a module has one."""
    if type(service).saved is RecordService.saved:
        return
    for item in (*created, *changed):
        if item.action == "create":
            make_transient_to_detached(item.record)
        session.add(item.record)
        service.saved(item.record, item.before)
