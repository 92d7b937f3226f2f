"""Writes what a chunk of rows does: all new records in one statement, all changed ones in another."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.session import make_transient_to_detached

from charsu.events import emit_many
from charsu.records.changes import Change, note_changes
from charsu.records.importing.planning import Outcome, Planner
from charsu.records.service import RecordService
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.model import Record
    from charsu.records.record_type import RecordType

#: One changed row: its old and new columns, as JSON that PostgreSQL made itself.
Difference = Mapping[str, Mapping[str, Any]]


def write_outcomes(
    session: Session, planner: Planner, outcomes: Sequence[Outcome]
) -> dict[uuid.UUID, Difference]:
    """Write new and changed records with their changes and events; returns what changed in existing rows.

    Where the database itself refuses one of them (a value that must be unique), that row's outcome becomes
    a refusal and the others are written.
    """
    try:
        with session.begin_nested():
            return _write(session, planner, outcomes)
    except IntegrityError:
        return _write_singly(session, planner, outcomes)


def _write_singly(
    session: Session, planner: Planner, outcomes: Sequence[Outcome]
) -> dict[uuid.UUID, Difference]:
    written: dict[uuid.UUID, Difference] = {}
    for outcome in outcomes:
        try:
            with session.begin_nested():
                written |= _write(session, planner, [outcome])
        except IntegrityError:
            outcome.action = "refuse"
            outcome.reasons = [{"field": "", "message": _("Another record has the same value already.")}]
    return written


def _write(session: Session, planner: Planner, outcomes: Sequence[Outcome]) -> dict[uuid.UUID, Difference]:
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
    note_changes(session, record_type.key, "update", [_change(planner, item) for item in changed])
    noun = f"{record_type.name}_id"
    facts = record_type.facts
    emit_many(
        [
            *(facts.created(**{noun: item.record.id}) for item in created),
            *(facts.updated(**{noun: item.record.id, "fields": sorted(item.before)}) for item in changed),
        ]
    )
    _tell_service(session, service, created, changed)
    return written


def _change(planner: Planner, outcome: Outcome) -> Change:
    fields = planner.fields
    return Change(
        outcome.record.id,
        {name: fields[name].to_stored(value) for name, value in outcome.before.items()},
        {name: fields[name].to_stored(fields[name].read(outcome.record)) for name in outcome.before},
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


def columns_of(record: Record) -> dict[str, Any]:
    """The loaded columns of a record, by their names in the database."""
    loaded = vars(record)
    return {
        attribute.columns[0].name: loaded[attribute.key]
        for attribute in inspect(type(record)).column_attrs
        if attribute.key in loaded and attribute.columns[0].computed is None
    }


def insert_rows(session: Session, record_type: RecordType, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows by one statement per set of columns; those left out keep their default."""
    table = record_type.model.__tablename__
    for names, group in _grouped(rows):
        listed = ", ".join(_quoted(names))
        statement = (
            f"INSERT INTO {table} ({listed}) SELECT {listed}"  # noqa: S608 - names of our own models
            f" FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
        )
        session.execute(text(statement), {"rows": dump(group)})


def update_rows(
    session: Session, record_type: RecordType, rows: Iterable[Mapping[str, Any]]
) -> dict[uuid.UUID, Difference]:
    """Give existing rows these columns, by one statement per set of columns.

    Returns by id the old and the new values of the columns that changed.
    """
    table = record_type.model.__tablename__
    changed: dict[uuid.UUID, Difference] = {}
    for names, group in _grouped(rows):
        settings = ", ".join(f"{name} = n.{name}" for name in _quoted(names) if name != '"id"')
        statement = f"""
            WITH written AS (
              UPDATE {table} t SET {settings}
                FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb)) n WHERE t.id = n.id
              RETURNING t.id, to_jsonb(old) AS was, to_jsonb(new) AS becomes)
            SELECT id, jsonb_object_agg(o.key, o.value) AS old,
                   jsonb_object_agg(o.key, becomes -> o.key) AS new
              FROM written, jsonb_each(was) o WHERE becomes -> o.key <> o.value GROUP BY id
        """  # noqa: S608 - as above
        for row in session.execute(text(statement), {"rows": dump(group)}):
            changed[row.id] = {"old": row.old, "new": row.new}
    return changed


def dump(value: Any) -> str:
    """JSON that `jsonb_populate_recordset` reads back exactly."""
    return orjson.dumps(value, default=str).decode()


def _grouped(rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[tuple[str, ...], list[Mapping[str, Any]]]]:
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(sorted(row)), []).append(row)
    return groups.items()


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]
