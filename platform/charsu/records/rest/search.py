"""Global search in the API."""

from typing import Any

from flask import g
from marshmallow import fields

from charsu.api import ApiBlueprint, Schema
from charsu.api.fields import Flag, Text, Uuid, WholeNumber
from charsu.db import db
from charsu.plugins.left_out import left_out
from charsu.records.rest.left_out import LeftOut
from charsu.records.search import DEFAULT_LIMIT, MAX_LIMIT, Hit, reach_of_request, search_records
from charsu.web.access import signed_in

search_api = ApiBlueprint(
    "search_api", "charsu.records", url_prefix="/api/v1", description="Search over all modules"
)


class SearchArgs(Schema):
    """What is looked for."""

    q = Text(required=True, max_length=200, metadata={"description": "Words; each must be found"})
    limit = WholeNumber(load_default=DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT)


class HitSchema(Schema):
    """One record found."""

    type = Text(required=True, metadata={"description": "Such as `crm.customer`"})
    id = Uuid(required=True)
    title = Text(required=True)
    path = Text(required=True, metadata={"description": "Where its page is"})
    details = fields.Dict(
        keys=Text(), required=True, metadata={"description": "Fields that tell it from its namesakes"}
    )
    is_guess = Flag(required=True, metadata={"description": "Found only by allowing for a slip in the words"})


class FoundSchema(Schema):
    """What was found, the best first."""

    items = fields.List(fields.Nested(HitSchema), required=True)
    out_of_service = LeftOut()


@search_api.route("/search", methods=["GET"])
@signed_in
@search_api.arguments(SearchArgs, location="query")
@search_api.answers(200, FoundSchema)
def get_search(args: dict[str, Any]) -> dict[str, Any]:
    """Find records of every kind the caller may see by their words."""
    reach = reach_of_request(g.tenant)
    hits = search_records(db.session(), reach, args["q"], limit=args["limit"])
    return {"items": [_shown(hit) for hit in hits], "out_of_service": left_out()}


def _shown(hit: Hit) -> dict[str, Any]:
    return {
        "type": hit.record_type.key,
        "id": hit.id,
        "title": hit.title,
        "path": hit.path,
        "details": {item.name: item.to_stored(value) for item, value in hit.notes},
        "is_guess": hit.is_guess,
    }
