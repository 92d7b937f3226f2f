"""Columns of a record beyond its fields, kept with the changes of a batch so that undoing leaves no trace."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from charsu.records.changes import current_origin
from charsu.records.fields.base import plain
from charsu.records.model import Record
from charsu.records.rows import Difference

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Where a change keeps them, beside the fields; no field has such a name.
BEYOND = "_columns"


@dataclass(frozen=True)
class Beyond:
    """What to add to a change's values; nothing outside a batch."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def columns_beyond(record: Record, fields: Collection[str]) -> Beyond:
    """The columns a waiting change touches besides `fields`: `updated_at`, search text, custom fields, what
    a rule fills in.

    Call it before the flush, which forgets the old values.
    """
    if current_origin().batch_id is None:
        return Beyond()
    state = inspect(record)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if attribute.key in fields or not history.has_changes():
            continue
        before[attribute.key] = plain(history.deleted[0] if history.deleted else None)
        after[attribute.key] = plain(history.added[0] if history.added else None)
    return Beyond({BEYOND: before}, {BEYOND: after})


def beyond_of(difference: Difference, fields: Collection[str]) -> Beyond:
    """The same of a row that was written by a statement, from the columns that statement changed."""
    old, new = ({k: v for k, v in difference[side].items() if k not in fields} for side in ("old", "new"))
    return Beyond({BEYOND: old}, {BEYOND: new})


def difference_of(record_type: RecordType, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """The columns an update within a batch changed, read back from its audit.

    A custom field stands there by its name and, with all others of its record, in the column `custom`.
    """
    known = record_type.model.__table__.columns.keys()
    sides = {}
    for side, values in (("old", before), ("new", after)):
        own = {name: value for name, value in values.items() if name in known}
        sides[side] = {**own, **values.get(BEYOND, {})}
    names = sides["old"].keys() | sides["new"].keys()
    return {side: {name: values.get(name) for name in names} for side, values in sides.items()}
