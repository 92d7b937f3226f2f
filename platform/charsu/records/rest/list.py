"""`GET /`: the list of the API, the hottest path of every module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.query import list_items, parse_query
from charsu.records.rest.schemas import item_schema, list_parameters
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the list."""

    @rest.route("")
    @requires(record_type.permission("read"))
    @rest.doc(parameters=list_parameters(record_type), summary=f"List: {record_type.plural_title}")
    @rest.answers(200, item_schema(record_type), is_list=True)
    def list_records() -> dict[str, Any]:
        """Pass `next_cursor` as `cursor` for the page after."""
        session = db.session()
        query = parse_query(record_type, session, access_of_request(record_type), request.args)
        return list_items(session, query)
