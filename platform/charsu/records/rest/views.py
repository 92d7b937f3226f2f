"""The API of saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import marshmallow as ma

from charsu.api import ApiBlueprint, Schema
from charsu.api.fields import Flag, Instant, Text, Uuid
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.saved_views import SavedViews
from charsu.web.access import requires, signed_in

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_LAYOUTS = ma.validate.OneOf(("list", "board", "calendar"))


class ViewQuerySchema(Schema):
    """Filters, search, order and columns, as the list takes them."""

    where = ma.fields.List(Text(max_length=2_000), validate=ma.validate.Length(max=20))
    search = Text(max_length=200)
    sort = Text(max_length=80)
    columns = Text(max_length=2_000)


class ViewInSchema(Schema):
    """A view to keep."""

    name = Text(required=True, max_length=100)
    layout = Text(load_default="list", validate=_LAYOUTS)
    query = ma.fields.Nested(ViewQuerySchema, load_default=dict)
    is_shared = Flag(load_default=False)


class ViewChangeSchema(Schema):
    """What of a view is to change."""

    name = Text(max_length=100)
    query = ma.fields.Nested(ViewQuerySchema)
    is_shared = Flag()


class ViewOutSchema(Schema):
    """A saved view."""

    id = Uuid(required=True)
    name = Text(required=True)
    layout = Text(required=True)
    query = ma.fields.Nested(ViewQuerySchema, required=True)
    is_shared = Flag(required=True)
    is_default = Flag(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add list, create, change and delete. Whoever may read the records may keep views of their own."""
    if "read" not in record_type.verbs:
        return

    @rest.route("/views")
    @requires(record_type.permission("read"))
    @rest.answers(200, ViewOutSchema(many=True))
    def list_views() -> list[dict[str, Any]]:
        """List saved views: your own and shared ones"""
        return [item.as_json() for item in _views(record_type).all()]

    @rest.route("/views", methods=["POST"])
    @signed_in
    @rest.arguments(ViewInSchema)
    @rest.answers(201, ViewOutSchema)
    def create_view(values: dict[str, Any]) -> dict[str, Any]:
        """Save a view"""
        view_id = _views(record_type).create(**values)
        return _views(record_type).get(view_id).as_json()

    @rest.route("/views/<uuid:view_id>", methods=["PATCH"])
    @signed_in
    @rest.arguments(ViewChangeSchema)
    @rest.answers(200, ViewOutSchema)
    def change_view(values: dict[str, Any], view_id: UUID) -> dict[str, Any]:
        """Change a view"""
        _views(record_type).change(view_id, values)
        return _views(record_type).get(view_id).as_json()

    @rest.route("/views/<uuid:view_id>", methods=["DELETE"])
    @signed_in
    @rest.answers(204)
    def delete_view(view_id: UUID) -> None:
        """Delete a view"""
        _views(record_type).delete(view_id)


def _views(record_type: RecordType) -> SavedViews:
    return SavedViews(db.session(), record_type, access_of_request(record_type))
