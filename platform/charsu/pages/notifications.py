"""One's own notifications: what the bell of the top bar leads to."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from charsu.api.paging import DEFAULT_LIMIT
from charsu.db import db
from charsu.people import notifications as service
from charsu.text.i18n import ngettext
from charsu.web.access import current_person, signed_in
from charsu.web.flashes import flash
from charsu.web.rendering import page_redirect, redirect_to_path, render

notifications = Blueprint("notifications", __name__)


@notifications.get("/notifications")
@signed_in
def list_notifications() -> Response:
    """What one was told, newest first."""
    cursor = request.args.get("cursor") or None
    page = service.list_notifications(
        db.session(), current_person().member_id, limit=DEFAULT_LIMIT, cursor=cursor
    )
    return render("pages/notifications.html", **_context(page, cursor))


@notifications.post("/notifications/<uuid:notification_id>/reading")
@signed_in
def post_reading(notification_id: UUID) -> Response:
    """Mark one as read and go to the page it leads to."""
    path = service.mark_read(db.session(), current_person().member_id, notification_id)
    return redirect_to_path(path, "/notifications")


@notifications.post("/notifications/reading")
@signed_in
def post_reading_of_all() -> Response:
    """Mark all of them as read."""
    count = service.mark_all_read(db.session(), current_person().member_id)
    flash(ngettext("One notification is marked as read.", "%(num)s notifications are marked as read.", count))
    return page_redirect("notifications.list_notifications")


def _context(page: Any, cursor: str | None) -> dict[str, Any]:
    return {
        "page": page,
        "is_continued": cursor is not None,
        "has_unread": any(row.read_at is None for row in page.rows),
    }
