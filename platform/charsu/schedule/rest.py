"""The API of holidays and working hours, below `/api/v1/core`."""

from datetime import date, timedelta
from typing import Any

import marshmallow as ma

from charsu.api.blueprint import ApiBlueprint
from charsu.api.fields import Day, Text, WholeNumber
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound, RuleViolated
from charsu.schedule import changes, holidays, working_hours
from charsu.text.calendar import today
from charsu.text.i18n import _
from charsu.web.access import requires, signed_in
from charsu_tenants.context import current_tenant

#: A question about holidays covers so many days at most.
MAX_SPAN = timedelta(days=5 * 366)

api = ApiBlueprint(
    "core_schedule", __name__, url_prefix="/api/v1/core", description="Holidays and working hours"
)


class HolidaySchema(Schema):
    """A day off and its name."""

    held_on = Day(required=True)
    title = Text(required=True, max_length=holidays.TITLE_MAX)


class SpanArgs(Schema):
    """Which days are asked for; a year from today when nothing is said."""

    first = Day(load_default=None)
    last = Day(load_default=None)


class HolidaysSchema(Schema):
    """All holidays of the days asked for, in order."""

    items = ma.fields.List(ma.fields.Nested(HolidaySchema))


class YearSchema(Schema):
    """A Jalali year."""

    year = WholeNumber(required=True, minimum=1000, maximum=2000)


class FilledSchema(Schema):
    """How many holidays were new."""

    added_count = ma.fields.Integer()


class HoursSchema(Schema):
    """Seven texts such as `08:00-12:00, 13:00-17:00`, Monday first; an empty one is a day off."""

    days = ma.fields.List(Text(max_length=200), required=True, validate=ma.validate.Length(equal=7))


@api.route("/holidays", methods=["GET"])
@signed_in
@api.arguments(SpanArgs, location="query")
@api.answers(200, HolidaysSchema)
def get_holidays(args: dict[str, date | None]) -> dict[str, Any]:
    """List the holidays between two days."""
    first = args["first"] or today()
    last = args["last"] or first + timedelta(days=366)
    if last - first > MAX_SPAN:
        raise RuleViolated(_("Ask for five years at most."), field="last")
    return {"items": [_show(item) for item in holidays.list_holidays(db.session(), first, last)]}


@api.route("/holidays", methods=["POST"])
@requires("core.settings.manage")
@api.arguments(HolidaySchema)
@api.answers(201, HolidaySchema)
def post_holiday(body: dict[str, Any]) -> dict[str, Any]:
    """Make a day a holiday, or rename the one there is."""
    return _show(changes.put_holiday(db.session(), **body))


@api.route("/holidays/<held_on>", methods=["DELETE"])
@requires("core.settings.manage")
@api.answers(204)
def delete_holiday(held_on: str) -> None:
    """Make a holiday a day like others."""
    changes.remove_holiday(db.session(), day_in_path(held_on))


@api.route("/holidays/official", methods=["POST"])
@requires("core.settings.manage")
@api.arguments(YearSchema)
@api.answers(200, FilledSchema)
def post_official(body: dict[str, int]) -> dict[str, int]:
    """Add the fixed official holidays of a Jalali year."""
    return {"added_count": changes.fill_official(db.session(), body["year"])}


@api.route("/working-hours", methods=["GET"])
@signed_in
@api.answers(200, HoursSchema)
def get_working_hours() -> dict[str, list[str]]:
    """Return the hours of each weekday."""
    return _show_hours()


@api.route("/working-hours", methods=["PUT"])
@requires("core.settings.manage")
@api.arguments(HoursSchema)
@api.answers(200, HoursSchema)
def put_working_hours(body: dict[str, list[str]]) -> dict[str, list[str]]:
    """Replace the hours of all weekdays."""
    try:
        days = tuple(working_hours.parse_day(written) for written in body["days"])
    except ValueError as refusal:
        raise RuleViolated(str(refusal), field="days") from None
    changes.change_hours(db.session(), days)
    return _show_hours()


def day_in_path(written: str) -> date:
    """The day an address names as ISO 8601. Raises: NotFound."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise NotFound(_("There is no holiday on this day.")) from None


def _show_hours() -> dict[str, list[str]]:
    found = working_hours.find_hours(db.session(), current_tenant())
    return {"days": [working_hours.write_day(day) for day in found]}


def _show(holiday: holidays.Holiday) -> dict[str, Any]:
    return {"held_on": holiday.held_on, "title": holiday.title}
