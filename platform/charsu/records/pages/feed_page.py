"""A member's calendar as a file that other calendar programs fetch, by an address only she knows."""

import datetime as dt
from uuid import UUID

from flask import Blueprint, Response, g, make_response, request

from charsu.db import db
from charsu.errors import NotFound
from charsu.process import runtime
from charsu.records.access import access_of_member
from charsu.records.calendar import Event, events_apart
from charsu.records.ics import write_calendar
from charsu.records.registry import usable_types
from charsu.schedule.feeds import reader_of
from charsu.text.calendar import today
from charsu.text.i18n import _
from charsu.text.preferences import known_locale, use_locale
from charsu.web.access import public
from charsu_tenants.context import Tenant
from charsu_tenants.memberships import Membership, find_by_member
from charsu_tenants.users import find_user

#: What the file reaches back and ahead.
PAST = dt.timedelta(days=90)
AHEAD = dt.timedelta(days=366)

feed = Blueprint("feed", "charsu.records")


@feed.get("/calendar/feed/<secret>.ics")
@public
def show_feed(secret: str) -> Response:
    """The member's own events: three months back, a year ahead. Unknown and closed addresses are 404."""
    member_id = reader_of(db.session(), secret)
    member = _membership(g.tenant, member_id) if member_id is not None else None
    if member is None:
        raise NotFound(_("There is no such page."))
    with use_locale(known_locale(member.locale) or g.tenant.locale):
        written = write_calendar(
            _events(g.tenant, member),
            name=f"{g.tenant.name}: {member.name}",
            url=runtime().settings.tenant_url(g.tenant.slug),
        )
    response = make_response(written)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'inline; filename="charsu.ics"'
    response.add_etag()
    response.make_conditional(request)
    return response


def _membership(tenant: Tenant, member_id: UUID) -> Membership | None:
    """Who she is now: removed and disabled people read nothing, whatever address they kept."""
    with runtime().database.control() as conn:
        member = find_by_member(conn, tenant.id, member_id)
        user = find_user(conn, member.user_id) if member is not None else None
    return member if user is not None and user.disabled_at is None else None


def _events(tenant: Tenant, member: Membership) -> list[Event]:
    days = (today() - PAST, today() + AHEAD)
    types = [item for item in usable_types(tenant) if item.calendar is not None]
    return [
        event
        for item in types
        if (access := access_of_member(item, member)).can("read")
        for event in events_apart(db.session(), item, access, days=days, member_ids=[member.member_id])
    ]
