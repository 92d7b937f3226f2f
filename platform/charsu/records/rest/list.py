"""`GET /`: the list of the API, the hottest path of every module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.listing import list_items
from charsu.records.schemas import documented
from charsu.records.viewing import viewed_query
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


_WHERE = (
    "A filter `<field>:<operator>:<value>`, as often as wanted; several values have commas between them."
    " Dates are ISO, Jalali or a period such as `this_month`."
)


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the list, where the type's records may be read."""
    if "read" not in record_type.verbs or "list_records" in record_type.own_api:
        return

    @rest.route("")
    @requires(record_type.permission("read"))
    @rest.doc(parameters=_parameters(record_type), summary=f"List: {record_type.plural_title}")
    @rest.answers(200, documented(record_type)[0], is_list=True)
    def list_records() -> dict[str, Any]:
        """Pass `next_cursor` as `cursor` for the page after."""
        session = db.session()
        query = viewed_query(record_type, session, access_of_request(record_type), request.args)
        return list_items(session, query)


def _parameters(record_type: RecordType) -> list[dict[str, Any]]:
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
