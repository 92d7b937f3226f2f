"""The API of what repeats: its days, and moving, leaving out, bringing back or taking out one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any
from uuid import UUID

import marshmallow as ma
from flask import Response

from charsu.api import ApiBlueprint, Schema
from charsu.api.fields import Day, Instant, Text, Uuid, WholeNumber
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.detached import list_detached
from charsu.records.occurrences import SCOPES, Occurrences, Place, repeats, series_of
from charsu.records.pages.calendar_page import YEARS, OutOfCalendar
from charsu.records.reading import get_record
from charsu.records.rescheduling import is_timed, moved_values
from charsu.records.rest.record import answer_record
from charsu.records.schemas import documented
from charsu.records.service import service_of
from charsu.schedule.series import Series
from charsu.text.fields import TypedTime
from charsu.text.i18n import _
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_SCOPE = "the day alone, it and all that follow, or all days of the rule"


class OccurrenceArgs(Schema):
    """From which day on, and how many."""

    first = Day(load_default=None, allow_none=True)
    limit = WholeNumber(load_default=50, minimum=1, maximum=366)


class OccurrenceSchema(Schema):
    """A day the rule gives, or is without."""

    day = Day()
    starts_at = Instant(allow_none=True, metadata={"description": "null for what lasts whole days"})
    state = Text(metadata={"enum": ["on", "skipped", "moved", "done"]})
    record_id = Uuid(
        metadata={"description": "what stands for the day: the record itself, or one of its own"}
    )


class OccurrenceListSchema(Schema):
    """The days in order; `items` is empty for a record that does not repeat."""

    items = ma.fields.List(ma.fields.Nested(OccurrenceSchema))


class OccurrenceDaySchema(Schema):
    """A day of the rule; with `updated_at` a change that crosses another one is refused (409)."""

    day = Day(required=True)
    updated_at = Instant(load_default=None, allow_none=True)


class OccurrenceScopeSchema(OccurrenceDaySchema):
    """A day of the rule, and which others are meant too."""

    scope = Text(load_default="one", validate=ma.validate.OneOf(SCOPES), metadata={"description": _SCOPE})


class OccurrenceMoveSchema(OccurrenceScopeSchema):
    """Where the day goes: `at` is a time on the clock of the business, such as 14:15; left out, it stays."""

    to = Day(required=True)
    at = TypedTime(load_default=None, allow_none=True, metadata={"type": "string", "example": "14:15"})


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the routes, where records of the type repeat."""
    if repeats(record_type):
        _add_reading(rest, record_type)
        _add_leaving_out(rest, record_type)
        _add_moving(rest, record_type)


def _add_reading(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/<uuid:record_id>/occurrences", methods=["GET"])
    @requires(record_type.permission("read"))
    @rest.arguments(OccurrenceArgs, location="query")
    @rest.answers(200, OccurrenceListSchema)
    def list_occurrences(args: dict[str, Any], record_id: UUID) -> dict[str, Any]:
        """List the days of one that repeats, those left out among them."""
        session, access = db.session(), access_of_request(record_type)
        record = get_record(session, record_type, access, record_id)
        series = series_of(record_type, access, record)
        if series is None:
            return {"items": []}
        after = args["first"] - dt.timedelta(days=1) if args["first"] else None
        instead = {one.day: one for one in list_detached(session, record_type, record_id)}
        return {
            "items": [
                {
                    "day": day,
                    "starts_at": _begin(record_type, record, day),
                    "state": _state(day, series, instead),
                    "record_id": instead[day].record_id if day in instead else record_id,
                }
                for day in _days(series, after, args["limit"])
            ]
        }


def _add_leaving_out(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/<uuid:record_id>/occurrences/removal", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(OccurrenceScopeSchema)
    @rest.answers(204)
    def remove_occurrence(body: dict[str, Any], record_id: UUID) -> None:
        """Leave a day out, end the rule before it, or put the whole into the bin."""
        with _days_of(record_type, record_id) as days:
            days.skip(body["day"], body["scope"], seen=body["updated_at"])

    @rest.route("/<uuid:record_id>/occurrences/restoration", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(OccurrenceDaySchema)
    @rest.answers(204)
    def restore_occurrence(body: dict[str, Any], record_id: UUID) -> None:
        """Let the rule give a day again; what stood for it goes into the bin."""
        with _days_of(record_type, record_id) as days:
            days.bring_back(body["day"], seen=body["updated_at"])


def _add_moving(rest: ApiBlueprint, record_type: RecordType) -> None:
    shape = documented(record_type)[0]

    @rest.route("/<uuid:record_id>/occurrences/move", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(OccurrenceMoveSchema)
    @rest.answers(200, shape)
    def move_occurrence(body: dict[str, Any], record_id: UUID) -> Response:
        """Move a day, and with it those that follow or all; answers what stands on the new one."""
        if body["to"].year not in YEARS:
            raise OutOfCalendar(_("This calendar does not go so far."), field="to")
        place = Place(body["to"], body["at"])
        with _days_of(record_type, record_id) as days:
            moved = days.move(body["day"], place, body["scope"], seen=body["updated_at"])
        return answer_record(record_type, moved)

    @rest.route("/<uuid:record_id>/occurrences/detachment", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(OccurrenceScopeSchema)
    @rest.answers(200, shape)
    def detach_occurrence(body: dict[str, Any], record_id: UUID) -> Response:
        """Make a record of its own of a day, or of it and all that follow, to be changed by itself."""
        with _days_of(record_type, record_id) as days:
            made = days.take_out(body["day"], body["scope"], seen=body["updated_at"])
        return answer_record(record_type, made)


@contextmanager
def _days_of(record_type: RecordType, record_id: UUID) -> Iterator[Occurrences]:
    session = db.session()
    yield Occurrences(service_of(record_type, session, access_of_request(record_type)), record_id)
    session.flush()


def _days(series: Series, after: dt.date | None, limit: int) -> list[dt.date]:
    """The days it falls on and those it is without, in order."""
    on = list(islice(series.days(after=after), limit))
    without = [day for day in series.rule.without if after is None or day > after]
    if len(on) == limit:
        without = list(takewhile(lambda day: day < on[-1], without))
    return sorted({*on, *without})[:limit]


def _state(day: dt.date, series: Series, instead: Mapping[dt.date, Any]) -> str:
    if day not in series.rule.without:
        return "on"
    if day not in instead:
        return "skipped"
    return "done" if instead[day].is_done else "moved"


def _begin(record_type: RecordType, record: Any, day: dt.date) -> dt.datetime | None:
    spec = record_type.calendar
    if spec is None or not is_timed(record_type, record):
        return None
    found: dt.datetime = moved_values(record_type, record, day)[spec.start_field]
    return found
