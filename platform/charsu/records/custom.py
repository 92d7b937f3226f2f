"""Custom fields: what a business adds to a record type by itself, without a developer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.orm import Session

from charsu.records import fields as kinds
from charsu.records.fields import Field
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Kinds a business can choose from: the word stored, and the field it makes.
KINDS: Mapping[str, type[Field]] = {
    item.kind: item
    for item in (
        kinds.TextField,
        kinds.LongTextField,
        kinds.NumberField,
        kinds.MoneyField,
        kinds.DateField,
        kinds.ChoiceField,
        kinds.MultiChoiceField,
        kinds.FlagField,
        kinds.LinkField,
        kinds.PhoneField,
        kinds.EmailField,
        kinds.UrlField,
    )
}
#: The definitions in use as one JSON text: by type, those of each as JSON once more.
LIVE_SQL = """
    SELECT coalesce(json_object_agg(record_type, definitions), '{}')::text FROM (
      SELECT record_type, json_agg(json_build_object('key', key, 'title', title, 'kind', kind,
             'options', options, 'is_required', is_required) ORDER BY position, id)::text AS definitions
        FROM core_custom_field WHERE archived_at IS NULL GROUP BY record_type) AS live
"""
_LIVE = HotStatement(LIVE_SQL)
_NONE = "[]"


class Fields(tuple[Field, ...]):
    """Every field of a type for one tenant; the same object as long as the definitions stay the same.

    So what is made of them (schemas, compiled filters) may be kept by it: it is hashed by identity.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def fields_of(session: Session, record_type: RecordType) -> Fields:
    """Every field of the type, the tenant's own ones last; one query per session, for all types."""
    known: Mapping[str, str] | None = session.info.get("record_fields")
    if known is None:
        with driver_of(session) as connection:
            known = know_fields(session, _LIVE.tuples(connection, {})[0][0])
    return _fields(record_type, known.get(record_type.key, _NONE))


def know_fields(session: Session, written: str) -> Mapping[str, str]:
    """Keep for this session what `LIVE_SQL` gave: who asks for more besides spares it a round trip."""
    known = session.info["record_fields"] = _by_type(written)
    return known


@lru_cache(maxsize=1024)
def _by_type(written: str) -> Mapping[str, str]:
    found: Mapping[str, str] = orjson.loads(written)
    return found


@lru_cache(maxsize=1024)
def _fields(record_type: RecordType, definitions: str) -> Fields:
    return Fields((*record_type.all_fields, *(make_field(row) for row in orjson.loads(definitions))))


def forget_fields(session: Session) -> None:
    """Read the custom fields anew: they were changed in this session."""
    session.info.pop("record_fields", None)


def make_field(row: Mapping[str, Any]) -> Field:
    """The field a stored definition describes: `key`, `title`, `kind`, `options`, `is_required`."""
    kind = KINDS[row["kind"]]
    return kind(
        name=row["key"],
        title=row["title"],
        is_required=row["is_required"],
        is_custom=True,
        section="custom",
        **row["options"],
    )
