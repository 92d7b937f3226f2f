"""One's own notifications: what the bell of the top bar leads to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from charsu import clock
from charsu.api.fields import WholeNumber
from charsu.api.paging import DEFAULT_LIMIT
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.people import notifications as service
from charsu.schedule.reminders import MAX_MINUTES, MINUTE, reminder_in, snooze
from charsu.text.calendar import format_datetime
from charsu.text.i18n import _, ngettext
from charsu.web.access import current_person, signed_in
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, redirect_to_path, render

notifications = Blueprint("notifications", __name__)


class SnoozeForm(Schema):
    """In how many minutes to be reminded again."""

    minutes = WholeNumber(required=True, minimum=1, maximum=MAX_MINUTES)


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


@notifications.post("/notifications/<uuid:notification_id>/snooze")
@signed_in
def post_snooze(notification_id: UUID) -> Response:
    """Have the reminder behind a notification come once more, in so many minutes."""
    form, errors = parse_form(SnoozeForm)
    if errors:
        raise RuleViolated(_("Choose when to be reminded again."), field="minutes")
    again_at = snooze_behind(notification_id, form["minutes"])
    flash(_("You will be reminded again: %(moment)s.", moment=format_datetime(again_at, "day")))
    return page_redirect("notifications.list_notifications")


def snooze_behind(notification_id: UUID, minutes: int) -> datetime:
    """Snooze the reminder behind a notification of this person, which counts as read. Raises: NotFound."""
    session, member_id = db.session(), current_person().member_id
    reminder_id = reminder_in(service.source_of(session, member_id, notification_id))
    service.mark_read(session, member_id, notification_id)
    return snooze(session, member_id, reminder_id, until=clock.now() + minutes * MINUTE)


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
        "snoozes": [(10, _("In 10 minutes")), (60, _("In an hour")), (24 * 60, _("Tomorrow at this time"))],
        "is_continued": cursor is not None,
        "has_unread": any(row.read_at is None for row in page.rows),
    }
