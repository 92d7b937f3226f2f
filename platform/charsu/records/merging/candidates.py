"""The nightly search for pairs that may be one, over all live records of every type that says how.

Set-wise: records meet under shared keys, never each with each. Values shared by many, such as the number of
a switchboard or a frequent name, tell nothing and make no pairs.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, select, text, union_all
from sqlalchemy.orm import Session

from charsu.plugins.context import HookContext
from charsu.records.merging.confidence import LEAST, confidence_of
from charsu.records.merging.names import name_key, same_name
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_types
from charsu.text.folding import fold_compact

#: More records than that share no person but a family, a firm or chance.
_MOST_SHARING = 8
#: A name that more records have is a frequent one.
_MOST_NAMESAKES = 4
_CHUNK = 5_000
Pair = tuple[uuid.UUID, uuid.UUID]

_STORE = text("""
    INSERT INTO core_duplicate (record_type, first_id, second_id, confidence, reasons)
    SELECT :record_type, f.first_id, f.second_id, f.confidence, string_to_array(f.reasons, ',')
      FROM unnest(CAST(:first AS uuid[]), CAST(:second AS uuid[]), CAST(:confidence AS smallint[]),
                  CAST(:reasons AS text[])) AS f (first_id, second_id, confidence, reasons)
    ON CONFLICT (record_type, first_id, second_id) DO UPDATE
       SET confidence = excluded.confidence, reasons = excluded.reasons
     WHERE core_duplicate.state = 'open'
       AND (core_duplicate.confidence, core_duplicate.reasons) <> (excluded.confidence, excluded.reasons)
""")
_FORGET = text("""
    DELETE FROM core_duplicate d WHERE d.record_type = :record_type AND d.state = 'open' AND NOT EXISTS (
        SELECT FROM unnest(CAST(:first AS uuid[]), CAST(:second AS uuid[])) AS f (first_id, second_id)
         WHERE f.first_id = d.first_id AND f.second_id = d.second_id)
""")


def find_duplicates(ctx: HookContext) -> None:
    """Bring the queue up to date: new pairs in, pairs that are none any more out; dismissed ones stay so."""
    for record_type in usable_types(ctx.tenant):
        if record_type.duplicates is not None and "merge" in record_type.verbs:
            refresh_queue(ctx.session, record_type)


def refresh_queue(session: Session, record_type: RecordType) -> int:
    """Search one type; return how many pairs are worth a look."""
    found = {
        pair: (confidence_of(record_type, reasons), reasons)
        for pair, reasons in _pairs(session, record_type).items()
    }
    worth = {pair: item for pair, item in found.items() if item[0] >= LEAST}
    values = {
        "record_type": record_type.key,
        "first": [first for first, _second in worth],
        "second": [second for _first, second in worth],
    }
    session.execute(
        _STORE,
        {
            **values,
            "confidence": [confidence for confidence, _reasons in worth.values()],
            "reasons": [",".join(reasons) for _confidence, reasons in worth.values()],
        },
    )
    session.execute(_FORGET, values)
    return len(worth)


def _pairs(session: Session, record_type: RecordType) -> dict[Pair, list[str]]:
    pairs: dict[Pair, list[str]] = {}
    for row in session.execute(_shared(record_type)) if _keys(record_type) else ():
        pairs.setdefault((row.first_id, row.second_id), []).append(row.field)
    names = _names(session, record_type)
    for pair in _namesakes(names):
        pairs.setdefault(pair, []).append("name")
    for pair, reasons in pairs.items():
        if "name" not in reasons and (named := same_name(names[pair[0]], names[pair[1]])):
            reasons.append(named)
    return pairs


def _keys(record_type: RecordType) -> list[Select[Any]]:
    """(id, field, value) of every strong value of the live records; further values count as their field's."""
    model: Any = record_type.model
    rule = record_type.duplicates
    live = model.deleted_at.is_(None)
    found = []
    for name in rule.strong_fields if rule else ():
        value = cast(record_type.by_name[name].expression(model), Text)
        found.append(
            select(model.id, literal(name).label("field"), value.label("value")).where(live, value != "")
        )
    for name, of in ((rule.further if rule else None) or {}).items():
        each = func.unnest(record_type.by_name[name].expression(model))
        found.append(select(model.id, literal(of).label("field"), each.label("value")).where(live))
    return found


def _shared(record_type: RecordType) -> Select[Any]:
    """Pairs of records with a value of one field in common, the smaller id first."""
    keys = union_all(*_keys(record_type)).cte("keys")
    shared = (
        select(keys.c.field, keys.c.value)
        .group_by(keys.c.field, keys.c.value)
        .having(func.count(keys.c.id.distinct()).between(2, _MOST_SHARING))
        .cte("shared")
    )
    one, other = keys.alias("one"), keys.alias("other")
    return (
        select(one.c.id.label("first_id"), other.c.id.label("second_id"), one.c.field)
        .join(shared, (shared.c.field == one.c.field) & (shared.c.value == one.c.value))
        .join(
            other, (other.c.field == one.c.field) & (other.c.value == one.c.value) & (other.c.id > one.c.id)
        )
        .distinct()
    )


def _names(session: Session, record_type: RecordType) -> dict[uuid.UUID, str]:
    model: Any = record_type.model
    rule = record_type.duplicates
    if rule is None:
        return {}
    name = record_type.by_name[rule.name_field].expression(model)
    rows = session.execute(
        select(model.id, name).where(model.deleted_at.is_(None)).execution_options(yield_per=_CHUNK)
    )
    return {row[0]: str(row[1] or "") for row in rows}


def _namesakes(names: Mapping[uuid.UUID, str]) -> Iterable[Pair]:
    """Pairs whose names fold alike, or have the same words in another order."""
    groups: dict[str, set[uuid.UUID]] = defaultdict(set)
    for record_id, name in names.items():
        for key in {fold_compact(name), name_key(name)} - {""}:
            groups[key].add(record_id)
    seen: set[Pair] = set()
    for group in groups.values():
        if 2 <= len(group) <= _MOST_NAMESAKES:
            seen.update(combinations(sorted(group), 2))
    return sorted(seen)
