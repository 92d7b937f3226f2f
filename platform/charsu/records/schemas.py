"""Schemas made of a type's fields: bodies of the API and posted forms, each made once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import marshmallow as ma

from charsu.api import fields as api
from charsu.api.schemas import Schema
from charsu.records.custom import Fields
from charsu.records.fields import Field

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Where the API keeps the custom fields of a record.
CUSTOM = "custom"
#: By the identity of the type, which is kept along so that no other type gets its place.
_documented: dict[int, tuple[RecordType, tuple[ma.Schema, ma.Schema, ma.Schema]]] = {}


def answered(record: Any, fields: Iterable[Field]) -> dict[str, Any]:
    """A loaded record as the API answers it: `fields` are those the reader may read."""
    shown = {item.name: item.to_json(item.read(record)) for item in fields if not item.is_custom}
    return {
        "id": record.id,
        **shown,
        CUSTOM: {item.name: item.to_json(item.read(record)) for item in fields if item.is_custom},
        "is_sample": record.is_sample,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


@lru_cache(maxsize=512)
def body_schema(fields: Fields, *, is_partial: bool) -> ma.Schema:
    """What the API takes: every field people can set, custom ones under `custom`.

    A change leaves out what stays, and may name the `updated_at` it was made from.
    """
    return _body(fields, "Body", is_partial=is_partial)()


def flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a loaded body by field name, as services take them."""
    return {**{name: value for name, value in body.items() if name != CUSTOM}, **body.get(CUSTOM, {})}


@lru_cache(maxsize=512)
def form_schema(fields: Fields, names: frozenset[str]) -> ma.Schema:
    """What a posted form carries: these fields, as people type them."""
    asked: dict[str, Any] = {
        item.name: item.form_field(is_required=_must_be_said(item)) for item in fields if item.name in names
    }
    return _schema("RecordForm", asked)()


def documented(record_type: RecordType) -> tuple[ma.Schema, ma.Schema, ma.Schema]:
    """What the OpenAPI document says of a type: an answer, the body of a new one, of a change.

    The same ones at every call for a type, so that the document names each once.
    """
    known = _documented.get(id(record_type))
    if known is None:
        known = _documented[id(record_type)] = (record_type, _document(record_type))
    return known[1]


def custom_schema(record_type: RecordType, own: Iterable[Field]) -> type[ma.Schema]:
    """The schema of `custom` for a tenant with these fields, by the name the document has for it."""
    return _schema(f"{_name(record_type)}Custom", {item.name: _field(item, is_partial=True) for item in own})


def _name(record_type: RecordType) -> str:
    return f"{record_type.module.title()}{record_type.name.title()}".replace("_", "")


def _document(record_type: RecordType) -> tuple[ma.Schema, ma.Schema, ma.Schema]:
    name, fields = _name(record_type), record_type.all_fields
    shown = {item.name: item.json_field() for item in fields}
    custom = _schema(f"{name}Custom", {})
    answer = {"id": api.Uuid(), **shown, CUSTOM: ma.fields.Nested(custom), "is_sample": api.Flag()}
    new = _body(fields, f"New{name}", is_partial=False, custom=custom)
    change = _body(fields, f"{name}Change", is_partial=True, custom=custom)
    return _schema(name, answer)(), new(), change()


def _body(
    fields: Iterable[Field], name: str, *, is_partial: bool, custom: type[ma.Schema] | None = None
) -> type[ma.Schema]:
    listed = [item for item in fields if not item.is_read_only]
    body: dict[str, Any] = {item.name: _field(item, is_partial) for item in listed if not item.is_custom}
    own = [item for item in listed if item.is_custom]
    must = not is_partial and any(item.is_required for item in own)
    inner = custom or _schema("Custom", {item.name: _field(item, is_partial) for item in own})
    body[CUSTOM] = ma.fields.Nested(inner, required=must)
    if is_partial:
        body["updated_at"] = api.Instant(metadata={"description": "As it was when you read the record"})
    return _schema(name, body)


def _field(item: Field, is_partial: bool) -> ma.fields.Field[Any]:
    return item.json_field(is_required=_must_be_said(item) and not is_partial)


def _must_be_said(item: Field) -> bool:
    """Whether a new record can not do without: what has a default may be left out, but not be emptied."""
    return item.is_required and item.default is None


def _schema(name: str, fields: Mapping[str, Any]) -> type[ma.Schema]:
    return Schema.from_dict(dict(fields), name=f"{name}Schema")
