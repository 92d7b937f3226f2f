"""The nightly search for pairs that may be one, over all live records of every type that says how.

Set-wise: records meet under shared keys, never each with each. Values shared by many, such as the number of
a switchboard or a frequent name, tell nothing and make no pairs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import combinations, groupby, islice
from typing import Any
from zlib import crc32

from sqlalchemy import Select, Text, cast, func, literal, select, text, union_all
from sqlalchemy.orm import Session

from charsu.plugins.apart import done_apart
from charsu.plugins.context import HookContext
from charsu.records.clauses import is_one_of
from charsu.records.links import module_of
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
#: Names whose keys are compared at once: some 50 MB.
MOST_NAMES = 200_000
Pair = tuple[uuid.UUID, uuid.UUID]

_STORE = text("""
    INSERT INTO core_duplicate (record_type, first_id, second_id, confidence, reasons, found_at)
    SELECT :record_type, f.first_id, f.second_id, f.confidence, string_to_array(f.reasons, ','), now()
      FROM unnest(CAST(:first AS uuid[]), CAST(:second AS uuid[]), CAST(:confidence AS smallint[]),
                  CAST(:reasons AS text[])) AS f (first_id, second_id, confidence, reasons)
    ON CONFLICT (record_type, first_id, second_id) DO UPDATE
       SET confidence = excluded.confidence, reasons = excluded.reasons, found_at = now()
     WHERE core_duplicate.state = 'open' AND core_duplicate.found_at < now()
    RETURNING id
""")
#: What this search, which is one transaction, did not find again.
_FORGET = text("""
    DELETE FROM core_duplicate WHERE record_type = :record_type AND state = 'open' AND found_at < now()
""")


def find_duplicates(ctx: HookContext) -> None:
    """Bring the queue up to date: new pairs in, pairs that are none any more out; dismissed ones stay so.

    A type whose tables fail keeps its pairs as they are, and costs the others nothing.
    """
    for record_type in usable_types(ctx.tenant):
        if record_type.duplicates is not None and "merge" in record_type.verbs:
            refresh = partial(refresh_queue, ctx.session, record_type)
            done_apart(ctx.session, module_of(record_type), "find_duplicates", refresh, 0)


def refresh_queue(session: Session, record_type: RecordType, most_names: int = MOST_NAMES) -> int:
    """Search one type; return how many pairs wait for a look.

    A chunk of pairs is in memory at a time, and of names as many as `most_names`: for more records the names
    are gone through several times, each time for another part of them.
    """
    found = 0
    for pairs in _chunks(_sharing(session, record_type)):
        found += _store(session, record_type, _with_names(session, record_type, pairs))
    passes = _passes(session, record_type, most_names)
    for passing in range(passes):
        namesakes = _namesakes(_named(session, record_type, (passing, passes)))
        for pairs in _chunks((pair, ["name"]) for pair in namesakes):
            found += _store(session, record_type, pairs)
    session.execute(_FORGET, {"record_type": record_type.key})
    return found


def _chunks(pairs: Iterable[tuple[Pair, list[str]]]) -> Iterator[dict[Pair, list[str]]]:
    found = iter(pairs)
    while chunk := dict(islice(found, _CHUNK)):
        yield chunk


def _store(session: Session, record_type: RecordType, pairs: Mapping[Pair, list[str]]) -> int:
    """Put pairs that are worth a look into the queue; those this search has put there already stay so."""
    rated = [(pair, confidence_of(record_type, reasons), reasons) for pair, reasons in pairs.items()]
    worth = [item for item in rated if item[1] >= LEAST]
    values = {
        "record_type": record_type.key,
        "first": [pair[0] for pair, _confidence, _reasons in worth],
        "second": [pair[1] for pair, _confidence, _reasons in worth],
        "confidence": [confidence for _pair, confidence, _reasons in worth],
        "reasons": [",".join(reasons) for _pair, _confidence, reasons in worth],
    }
    return len(session.execute(_STORE, values).all())


def _sharing(session: Session, record_type: RecordType) -> Iterator[tuple[Pair, list[str]]]:
    """Pairs with a strong value in common, with the fields it stands in."""
    if not _keys(record_type):
        return
    rows = session.execute(_shared(record_type).execution_options(yield_per=_CHUNK))
    for pair, group in groupby(rows, key=lambda row: (row.first_id, row.second_id)):
        yield pair, [row.field for row in group]


def _with_names(
    session: Session, record_type: RecordType, pairs: Mapping[Pair, list[str]]
) -> Mapping[Pair, list[str]]:
    """The same pairs with what their names say."""
    model: Any = record_type.model
    wanted = {one for pair in pairs for one in pair}
    found = session.execute(_names(record_type).where(is_one_of(model, wanted)))
    names = {row[0]: str(row[1] or "") for row in found}
    for (first, second), reasons in pairs.items():
        if named := same_name(names.get(first, ""), names.get(second, "")):
            reasons.append(named)
    return pairs


def _passes(session: Session, record_type: RecordType, most_names: int) -> int:
    """In how many parts the names are gone through; none for no records."""
    model: Any = record_type.model
    live = select(func.count()).select_from(model).where(model.deleted_at.is_(None))
    return -(-int(session.execute(live).scalar_one()) // most_names)


def _named(
    session: Session, record_type: RecordType, part: tuple[int, int]
) -> Iterator[tuple[str, uuid.UUID]]:
    """Keys of names with their records, of one part of all keys."""
    passing, passes = part
    for row in session.execute(_names(record_type).execution_options(yield_per=_CHUNK)):
        name = str(row[1] or "")
        for key in {fold_compact(name), name_key(name)} - {""}:
            if passes == 1 or crc32(key.encode()) % passes == passing:
                yield key, row[0]


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
        .order_by(one.c.id, other.c.id)
    )


def _names(record_type: RecordType) -> Select[Any]:
    model: Any = record_type.model
    rule = record_type.duplicates
    field = record_type.by_name[rule.name_field if rule else record_type.title_field]
    return select(model.id, field.expression(model)).where(model.deleted_at.is_(None))


def _namesakes(named: Iterable[tuple[str, uuid.UUID]]) -> Iterator[Pair]:
    """Pairs whose names fold alike, or have the same words in another order; no frequent names."""
    groups: dict[str, list[uuid.UUID]] = {}
    for key, record_id in named:
        group = groups.setdefault(key, [])
        if len(group) <= _MOST_NAMESAKES:
            group.append(record_id)
    for group in groups.values():
        if 2 <= len(group) <= _MOST_NAMESAKES:
            yield from combinations(sorted(group), 2)
