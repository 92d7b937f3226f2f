"""Columns of a record beyond its fields, kept with the changes of a batch so that undoing leaves no trace."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect

from charsu.records.changes import current_origin
from charsu.records.fields.base import plain
from charsu.records.model import Record

#: Where a change keeps them, beside the fields; no field has such a name.
BEYOND = "_columns"


@dataclass(frozen=True)
class Beyond:
    """What to add to a change's values; nothing outside a batch."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def columns_beyond(record: Record, fields: Collection[str]) -> Beyond:
    """The columns a waiting change touches besides `fields`: `updated_at`, search text, what a rule fills in.

    Call it before the flush, which forgets the old values.
    """
    if current_origin().batch_id is None:
        return Beyond()
    state = inspect(record)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if attribute.key in fields or attribute.key == "custom" or not history.has_changes():
            continue
        before[attribute.key] = plain(history.deleted[0] if history.deleted else None)
        after[attribute.key] = plain(history.added[0] if history.added else None)
    return Beyond({BEYOND: before}, {BEYOND: after})


def put_back(record: Record, columns: Mapping[str, Any]) -> None:
    """Give columns the values a change kept of them."""
    mapper = inspect(type(record))
    for name, stored in columns.items():
        setattr(record, name, _typed(stored, mapper.columns[name].type.python_type))


def _typed(stored: Any, kind: type[Any]) -> Any:
    if stored is None:
        return None
    if kind in (dt.datetime, dt.date):
        return kind.fromisoformat(stored)
    return kind(stored) if kind in (uuid.UUID, Decimal) else stored
