"""Takes away records a batch added: for good where nothing depends on them, else they stay."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu.events import emit_many
from charsu.plugins.context import HookContext
from charsu.records.changes import current_origin
from charsu.records.clauses import is_one_of
from charsu.records.merging.pointers import Pointer, pointers_to
from charsu.records.purging import purge

if TYPE_CHECKING:
    from typing import Any

    from charsu.records.record_type import RecordType

_CHANGED_SINCE = text("""
    SELECT DISTINCT record_id FROM core_change
     WHERE record_type = :record_type AND record_id = ANY(:ids) AND batch_id IS DISTINCT FROM :batch_id
""")
#: Made by the record itself, so that they go with it.
_OWN = ("core_reminder",)


def remove_added(ctx: HookContext, record_type: RecordType, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Remove records the batch at hand added; returns those that stay, each with the word of the reason.

    `changed`: something outside the batch changed it; `in_use`: a row points at it, or a module wants it
    kept. One that is gone already is no matter.
    """
    session, wanted = ctx.session, list(ids)
    model: Any = record_type.model
    locked = select(model.id).where(is_one_of(model, wanted)).order_by(model.id).with_for_update()
    present = set(session.execute(locked).scalars())
    asked = {
        "record_type": record_type.key,
        "ids": list(present),
        "batch_id": current_origin().batch_id,
    }
    changed = set(session.execute(_CHANGED_SINCE, asked).scalars())
    pointed = _pointed_at(session, record_type, present - changed)
    gone = purge(ctx, record_type, present - changed - pointed)
    facts, noun = record_type.facts, f"{record_type.name}_id"
    emit_many([facts.deleted(**{noun: one}) for one in sorted(gone)])
    return {one: "changed" if one in changed else "in_use" for one in present - gone}


def _pointed_at(session: Session, record_type: RecordType, ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those that rows of any module hang on, files among them; one query for all places."""
    places = [item for item in pointers_to(session, record_type) if item.table not in _OWN]
    if not places or not ids:
        return set()
    values = {"ids": list(ids), "texts": [str(one) for one in ids], "record_type": record_type.key}
    statement = text(" UNION ".join(_pointing(item) for item in places))
    return {uuid.UUID(str(one)) for one in session.execute(statement, values).scalars()}


def _pointing(item: Pointer) -> str:
    table, column = (sql.Identifier(name).as_string(None) for name in (item.table, item.column))
    if item.is_custom:
        return (
            f"SELECT CAST(custom ->> '{item.column}' AS uuid) FROM {table}"  # noqa: S608 - names of declarations
            f" WHERE custom ->> '{item.column}' = ANY(:texts)"
        )
    named = " AND record_type = :record_type" if item.of_type else ""
    return f"SELECT {column} FROM {table} WHERE {column} = ANY(:ids){named}"  # noqa: S608 - as above
