"""Rows of record tables written many at a time: one statement for all that name the same columns."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from charsu.records.model import Record
    from charsu.records.record_type import RecordType

#: One changed row: its `old` and `new` columns, as JSON that PostgreSQL can read into them.
Difference = Mapping[str, Mapping[str, Any]]


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
