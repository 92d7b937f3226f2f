"""The calendar of one record type, and the one over all modules."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, g, request, url_for
from sqlalchemy import text

from charsu.api.arguments import load
from charsu.api.fields import Flag, Text
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import DomainError
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.calendar import Event, events_apart
from charsu.records.calendar_views import HOUR_ROWS, VIEWS, Span, View, fill, team_rows
from charsu.records.record_type import RecordType
from charsu.records.registry import types_in_reach
from charsu.schedule.working_hours import load_working_time
from charsu.text.calendar import format_date, split_date, today
from charsu.text.fields import TypedDate
from charsu.text.i18n import _, pgettext
from charsu.text.preferences import current_preferences
from charsu.web.access import current_person, requires, signed_in
from charsu.web.rendering import render

MEMBERS = text("SELECT id, display_name FROM core_member WHERE is_active ORDER BY display_name LIMIT 200")
#: Years a calendar goes to: those both calendars and any shift of zone survive.
YEARS = range(1900, 2150)

calendar = Blueprint("calendar", "charsu.records")


class _Asked(Schema):
    view = Text(load_default="month", validate=ma.validate.OneOf(VIEWS))
    on = TypedDate(load_default=None, allow_none=True)
    mine = Flag(load_default=False)
    kind = ma.fields.List(Text(max_length=130), load_default=list)

    class Meta:
        """A tracker's words in the address are none of ours."""

        unknown = "exclude"


class OutOfCalendar(DomainError):
    """A day no calendar goes to (422)."""

    status = 422
    default_code = "day_out_of_range"


@dataclass(frozen=True)
class Source:
    """A record type on the calendar, with what the person may do with it."""

    record_type: RecordType
    access: RecordAccess
    is_chosen: bool = True

    def new_url(self, day: date) -> str:
        """The form for another record on this day; empty where she may add none."""
        if not (self.access.can("write") and "write" in self.record_type.verbs):
            return ""
        spec = self.record_type.calendar
        name = spec.start_field if spec else ""
        return f"{self.record_type.url('new')}?{name}={format_date(day, 'short')}"


def add(pages: Blueprint, record_type: RecordType) -> None:
    """The page `/calendar` of a type that stands on one."""
    if record_type.calendar is None:
        return

    @pages.get("/calendar")
    @requires(record_type.permission("read"))
    def show_calendar() -> Response:
        asked = _asked()
        source = Source(record_type, access_of_request(record_type))
        return _show([source], asked, record_type.plural_title, record_type)


@calendar.get("/calendar")
@signed_in
def show_calendar() -> Response:
    """Everything with a day, from all modules."""
    asked = _asked()
    readable = readable_sources()
    chosen = set(asked["kind"])
    sources = [Source(*one, not chosen or one[0].key in chosen) for one in readable]
    return _show(sources, asked, _("Calendar"), None)


def readable_sources() -> list[tuple[RecordType, RecordAccess]]:
    """The types with a calendar of the modules in use that this person may read."""
    types = types_in_reach(
        g.tenant, lambda item: item.calendar is not None and access_of_request(item).can("read")
    )
    return [(item, access_of_request(item)) for item in types]


def _asked() -> dict[str, Any]:
    asked: dict[str, Any] = load(_Asked(), request, "query")
    asked["on"] = asked["on"] or today()
    if asked["on"].year not in YEARS:
        raise OutOfCalendar(_("This calendar does not go so far."), field="on")
    return asked


def _show(
    sources: Sequence[Source], asked: Mapping[str, Any], title: Any, record_type: RecordType | None
) -> Response:
    span = Span.around(asked["view"], asked["on"])
    session = db.session()
    events = _events(sources, span, mine=asked["mine"])
    working = load_working_time(session, span.first, span.last)
    members = _members() if span.view == "team" else {}
    makers = [source for source in sources if source.new_url(span.on)]
    return render(
        "records/calendar.html",
        title=str(title),
        record_type=record_type,
        sheet=fill(span, events, working),
        span=span,
        views=[(view, _VIEW_TITLES[view](), _address(asked, view=view)) for view in VIEWS],
        before=_address(asked, on=span.before),
        after=_address(asked, on=span.after),
        now=_address(asked, on=today()),
        mine=_address(asked, mine=not asked["mine"]),
        is_mine=asked["mine"],
        sources=[(source, _address(asked, kind=_toggled(sources, source))) for source in sources],
        makers=makers,
        rows=team_rows(span, events, members) if span.view == "team" else (),
        day_address=lambda day: _address(asked, view="day", on=day),
        hour_rows=HOUR_ROWS,
    )


_VIEW_TITLES: Mapping[View, Any] = {
    "month": lambda: _("Month"),
    "week": lambda: _("Week"),
    "day": lambda: _("Day"),
    "agenda": lambda: _("Agenda"),
    "team": lambda: pgettext("view of a calendar", "Team"),
}


def _events(sources: Iterable[Source], span: Span, *, mine: bool) -> list[Event]:
    who = [current_person().member_id] if mine else None
    days = (span.first, span.last)
    found = [
        event
        for source in sources
        if source.is_chosen
        for event in events_apart(db.session(), source.record_type, source.access, days=days, member_ids=who)
    ]
    return sorted(found, key=lambda event: event.order)


def _members() -> dict[uuid.UUID, str]:
    return {row.id: row.display_name for row in db.session().execute(MEMBERS)}


def _toggled(sources: Sequence[Source], one: Source) -> list[str]:
    """The kinds that are chosen after a click on one; all of them is said by none."""
    chosen = {source.record_type.key for source in sources if source.is_chosen} ^ {one.record_type.key}
    return [] if len(chosen) == len(sources) else sorted(chosen)


def _address(asked: Mapping[str, Any], **changes: Any) -> str:
    """This calendar with another view, day or choice."""
    wanted = {**asked, **changes}
    parts: dict[str, Any] = {"view": wanted["view"], "on": _written(wanted["on"])}
    if wanted["mine"]:
        parts["mine"] = "1"
    if wanted["kind"]:
        parts["kind"] = wanted["kind"]
    endpoint = request.endpoint or "calendar.show_calendar"
    return url_for(endpoint, **parts)


def _written(day: date) -> str:
    """A day in the reader's calendar, as addresses carry it: 1405-09-01."""
    year, month, number = split_date(day, current_preferences().calendar)
    return f"{year:04}-{month:02}-{number:02}"
