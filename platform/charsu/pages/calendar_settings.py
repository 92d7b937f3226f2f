"""Settings of time: the working hours of the business and its holidays."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from charsu.api.fields import Text, WholeNumber
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import DomainError
from charsu.pages.visit import attempt, form_again, tenant
from charsu.schedule import changes, holidays, working_hours
from charsu.schedule.rest import day_in_path
from charsu.text.calendar import WEEK_STARTS, join_date, split_date, today
from charsu.text.calendar_names import WEEKDAYS
from charsu.text.digits import to_latin
from charsu.text.fields import TypedDate
from charsu.text.i18n import _, ngettext
from charsu.text.preferences import current_preferences
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, parse_form
from charsu.web.rendering import page_redirect, render

TEMPLATE = "pages/calendar_settings.html"
YEARS = {"jalali": range(1200, 1600), "gregorian": range(1800, 2200)}

calendar_settings = Blueprint("calendar_settings", __name__)

HoursForm: type[Schema] = Schema.from_dict(  # type: ignore[assignment]
    {f"day_{number}": Text(max_length=200, load_default="") for number in range(7)}, name="HoursForm"
)


class HolidayForm(Schema):
    """A day off and its name."""

    held_on = TypedDate(required=True)
    title = Text(required=True, max_length=holidays.TITLE_MAX)


class YearForm(Schema):
    """The Jalali year to fill."""

    year = WholeNumber(required=True, minimum=1000, maximum=2000)


@calendar_settings.get("/settings/calendar")
@requires("core.settings.manage")
def show_calendar_settings() -> Response:
    """Working hours, and the holidays of a year."""
    return render(TEMPLATE, errors={}, values={}, **_context())


@calendar_settings.post("/settings/calendar/hours")
@requires("core.settings.manage")
def post_hours() -> Response:
    """Store the hours of all weekdays."""
    form, errors = parse_form(HoursForm)
    days: list[working_hours.Day] = []
    for number in range(7):
        try:
            days.append(working_hours.parse_day(form.get(f"day_{number}", "")))
        except ValueError as refusal:
            errors[f"day_{number}"] = [str(refusal)]

    def work() -> Response:
        changes.change_hours(db.session(), tuple(days))
        flash(_("The working hours are saved."))
        return page_redirect("calendar_settings.show_calendar_settings")

    return attempt(work, _again, errors)


@calendar_settings.post("/settings/calendar/holidays")
@requires("core.settings.manage")
def post_holiday() -> Response:
    """Add a holiday."""
    form, errors = parse_form(HolidayForm)

    def work() -> Response:
        added = changes.put_holiday(db.session(), form["held_on"], form["title"])
        flash(_("The holiday is added."))
        return _to_year(split_date(added.held_on)[0])

    return attempt(work, _again, errors)


@calendar_settings.post("/settings/calendar/holidays/official")
@requires("core.settings.manage")
def post_official() -> Response:
    """Add the fixed official holidays of a Jalali year."""
    form, errors = parse_form(YearForm)

    def work() -> Response:
        count = changes.fill_official(db.session(), form["year"])
        flash(ngettext("One holiday is added.", "%(num)s holidays are added.", count))
        return _to_year(split_date(join_date(form["year"], 1, 1, "jalali"))[0])

    return attempt(work, _again, errors)


@calendar_settings.post("/settings/calendar/holidays/<held_on>/removal")
@requires("core.settings.manage")
def post_removal(held_on: str) -> Response:
    """Make a holiday a day like others."""
    day = day_in_path(held_on)
    changes.remove_holiday(db.session(), day)
    flash(_("The holiday is removed."), "info")
    return _to_year(split_date(day)[0])


def _to_year(year: int) -> Response:
    return page_redirect("calendar_settings.show_calendar_settings", year=year)


def _again(refusal: DomainError | None, errors: Errors) -> Response:
    return form_again(TEMPLATE, refusal, errors, _context())


def _context() -> dict[str, Any]:
    preferences = current_preferences()
    year = _chosen_year()
    first = join_date(year, 1, 1)
    first_of_next = join_date(year + 1, 1, 1)
    hours = working_hours.find_hours(db.session(), tenant())
    week = [(WEEK_STARTS[preferences.calendar] + step) % 7 for step in range(7)]
    return {
        "week": [
            (f"day_{day}", WEEKDAYS[preferences.locale][day], working_hours.write_day(hours[day]))
            for day in week
        ],
        "year": year,
        # A Gregorian year begins in the tenth Jalali month: most of it lies in the Jalali year that follows.
        "jalali_year": year if preferences.calendar == "jalali" else split_date(first, "jalali")[0] + 1,
        "holidays": holidays.list_holidays(db.session(), first, first_of_next - timedelta(days=1)),
    }


def _chosen_year() -> int:
    """The year of the reader's calendar in the address; this year for anything else."""
    written = to_latin(request.args.get("year", ""))
    year = int(written) if written.isascii() and written.isdigit() and len(written) == 4 else 0
    return year if year in YEARS[current_preferences().calendar] else split_date(today())[0]
