"""The API of one's own notifications, below `/api/v1/core`."""

from typing import Any
from uuid import UUID

import marshmallow as ma

from charsu.api.blueprint import ApiBlueprint
from charsu.api.fields import Flag, Text
from charsu.api.paging import PageArgs
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.pages.notifications import SnoozeForm, snooze_behind
from charsu.people import notifications as service
from charsu.web.access import current_person, signed_in

api = ApiBlueprint(
    "core_notifications", __name__, url_prefix="/api/v1/core", description="One's own notifications"
)


class NotificationArgs(PageArgs):
    """Query parameters of the list."""

    is_unread = Flag(load_default=False)


class NotificationSchema(Schema):
    """Something a member was told; `path` is the page of the business it leads to."""

    id = ma.fields.UUID()
    title = Text()
    body = Text()
    path = Text()
    icon = Text()
    created_at = ma.fields.AwareDateTime()
    read_at = ma.fields.AwareDateTime(allow_none=True)


class SnoozedSchema(Schema):
    """When the reminder comes again."""

    remind_at = ma.fields.AwareDateTime()


_SHOWN = ("id", "title", "body", "path", "icon", "created_at", "read_at")


class ReadSchema(Schema):
    """How many were marked as read."""

    read_count = ma.fields.Integer()


@api.route("/notifications", methods=["GET"])
@signed_in
@api.arguments(NotificationArgs, location="query")
@api.answers(200, NotificationSchema, is_list=True)
def get_notifications(args: dict[str, Any]) -> dict[str, Any]:
    """List what the caller was told, newest first."""
    page = service.list_notifications(db.session(), current_person().member_id, **args)
    return page.answer([_show(row) for row in page.rows])


@api.route("/notifications/<uuid:notification_id>/reading", methods=["POST"])
@signed_in
@api.answers(204)
def post_reading(notification_id: UUID) -> None:
    """Mark one as read."""
    service.mark_read(db.session(), current_person().member_id, notification_id)


@api.route("/notifications/<uuid:notification_id>/snooze", methods=["POST"])
@signed_in
@api.arguments(SnoozeForm)
@api.answers(200, SnoozedSchema)
def post_snooze(body: dict[str, int], notification_id: UUID) -> dict[str, Any]:
    """Have the reminder behind a notification come once more, in so many minutes."""
    return {"remind_at": snooze_behind(notification_id, body["minutes"])}


@api.route("/notifications/reading", methods=["POST"])
@signed_in
@api.answers(200, ReadSchema)
def post_reading_of_all() -> dict[str, Any]:
    """Mark all of them as read."""
    return {"read_count": service.mark_all_read(db.session(), current_person().member_id)}


def _show(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}
