"""The documented shapes of records in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import marshmallow as ma

from charsu.api import Schema
from charsu.api.fields import Flag, Instant, Uuid

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_WHERE = (
    "A filter `<field>:<operator>:<value>`, as often as wanted; several values have commas between them."
    " Dates are ISO, Jalali or a period such as `this_month`."
)
_schemas: dict[int, type[ma.Schema]] = {}


def item_schema(record_type: RecordType) -> type[ma.Schema]:
    """A record as the API sends it: a key per field, custom fields as one object; made once per type."""
    known = _schemas.get(id(record_type))
    if known is None:
        known = _schemas[id(record_type)] = _make(record_type)
    return known


def list_parameters(record_type: RecordType) -> list[dict[str, Any]]:
    """The query of a list, for the OpenAPI document."""
    sortable = [item.name for item in record_type.all_fields if item.is_sortable]
    operators = "; ".join(f"{item.name}: {', '.join(item.operators)}" for item in record_type.all_fields)
    described: dict[str, tuple[str, dict[str, Any]]] = {
        "search": (
            "Words the record holds, each of them; the folded forms are compared.",
            {"maxLength": 200},
        ),
        "where": (
            f"{_WHERE} Operators: {operators}.",
            {"type": "array", "items": {"type": "string"}},
        ),
        "sort": (f"A field, `-` before it for the largest first. One of: {', '.join(sortable)}.", {}),
        "columns": ("Names of the fields wanted, with commas between them; all where it is left out.", {}),
        "view": ("Id of a saved view, whose filters, order and columns count.", {"format": "uuid"}),
        "limit": (
            "How many at most.",
            {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        ),
        "cursor": ("`next_cursor` of the page before.", {}),
    }
    return [
        {"in": "query", "name": name, "description": text, "schema": {"type": "string", **schema}}
        for name, (text, schema) in described.items()
    ]


def _make(record_type: RecordType) -> type[ma.Schema]:
    fields: dict[str, ma.fields.Field[Any]] = {"id": Uuid(required=True)}
    fields |= {item.name: item.json_field() for item in record_type.all_fields}
    fields |= {
        "created_at": Instant(required=True),
        "updated_at": Instant(required=True),
        "is_sample": Flag(required=True),
        "custom": ma.fields.Dict(
            keys=ma.fields.String(),
            metadata={"description": "Values of the business's own fields, by their keys."},
        ),
    }
    name = "".join(part.title() for part in (record_type.module, *record_type.name.split("_")))
    return Schema.from_dict(fields, name=name)
