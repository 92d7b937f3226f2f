"""The API of what the caller has to do, below `/api/v1/core`."""

from typing import Any

import marshmallow as ma

from charsu.api.blueprint import ApiBlueprint
from charsu.api.fields import Day, Instant, Text, Uuid
from charsu.api.schemas import Schema
from charsu.plugins.left_out import left_out
from charsu.records.due import DueItem
from charsu.records.pages.today_page import complete, due_items, lacking
from charsu.records.rest.left_out import LeftOut
from charsu.web.access import signed_in

api = ApiBlueprint(
    "core_today", "charsu.records", url_prefix="/api/v1/core", description="What is to be done"
)


class DueSchema(Schema):
    """Something to do; `due_at` is null for what is due on a day at no time of it."""

    kind = Text(metadata={"description": "key of the record type, such as crm.task"})
    id = ma.fields.UUID()
    title = Text()
    due_on = Day()
    due_at = Instant(allow_none=True)
    group = Text(metadata={"enum": ["overdue", "today", "soon"]})
    path = Text()


class LackingSchema(Schema):
    """A record that lacks what it should have, such as an open deal without a next activity."""

    kind = Text(metadata={"description": "key of the record type, such as crm.deal"})
    id = ma.fields.UUID()
    title = Text()
    missing = Text(metadata={"description": "the field that is empty, such as next_at"})
    path = Text()


class DueListSchema(Schema):
    """All of it, the earliest first, and what lacks a next step."""

    items = ma.fields.List(ma.fields.Nested(DueSchema))
    lacking = ma.fields.List(ma.fields.Nested(LackingSchema))
    out_of_service = LeftOut()


class CompletionSchema(Schema):
    """Which one is done."""

    kind = Text(required=True, max_length=130)
    id = Uuid(required=True)


@api.route("/today", methods=["GET"])
@signed_in
@api.answers(200, DueListSchema)
def get_today() -> dict[str, Any]:
    """List what the caller has open until in seven days, and what of hers lacks a next step."""
    return {
        "items": [_show(item) for item in sorted(due_items(), key=lambda item: item.order)],
        "lacking": [
            {
                "kind": item.record_type.key,
                "id": item.record_id,
                "title": item.title,
                "missing": lack.spec.missing_field,
                "path": item.url,
            }
            for lack in lacking()
            for item in lack.items
        ],
        "out_of_service": left_out(),
    }


@api.route("/today/completion", methods=["POST"])
@signed_in
@api.arguments(CompletionSchema)
@api.answers(204)
def post_completion(body: dict[str, Any]) -> None:
    """Finish one of them by its own module's rules."""
    complete(body["kind"], body["id"], source="api")


def _show(item: DueItem) -> dict[str, Any]:
    return {
        "kind": item.record_type.key,
        "id": item.record_id,
        "title": item.title,
        "due_on": item.day,
        "due_at": item.due_at,
        "group": item.group,
        "path": item.url,
    }
