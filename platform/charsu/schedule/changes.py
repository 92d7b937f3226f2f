"""Changes of working hours and holidays by people: done, and noted down in the audit of the set-up."""

from datetime import date

from sqlalchemy.orm import Session

from charsu.people.audit import note_setup
from charsu.schedule import holidays, working_hours
from charsu.schedule.holidays import Holiday
from charsu.schedule.working_hours import Day, write_day
from charsu_tenants.context import current_tenant


def change_hours(session: Session, days: tuple[Day, ...]) -> None:
    """Keep the hours of the weekdays, Monday first. Raises as `working_hours.store_hours`."""
    before = working_hours.find_hours(session, current_tenant())
    working_hours.store_hours(session, days)
    after = working_hours.find_hours(session, current_tenant())
    if after != before:
        note_setup("hours.changed", before=_by_weekday(before), after=_by_weekday(after))


def put_holiday(session: Session, held_on: date, title: str) -> Holiday:
    """Make a day a holiday, or rename the one there is. Raises as `holidays.put_holiday`."""
    was = holidays.holiday_titles(session, held_on, held_on).get(held_on)
    added = holidays.put_holiday(session, held_on, title)
    if was is None:
        note_setup("holiday.added", title=added.title, held_on=held_on.isoformat())
    elif was != added.title:
        names = {"before": {"title": was}, "after": {"title": added.title}}
        note_setup("holiday.renamed", held_on=held_on.isoformat(), **names)
    return added


def remove_holiday(session: Session, held_on: date) -> None:
    """Make a holiday a day like others. Raises: NotFound."""
    was = holidays.holiday_titles(session, held_on, held_on).get(held_on, "")
    holidays.remove_holiday(session, held_on)
    note_setup("holiday.removed", title=was, held_on=held_on.isoformat())


def fill_official(session: Session, year: int) -> int:
    """Add the official holidays of a Jalali year; how many were new. Raises as `holidays.fill_official`."""
    count = holidays.fill_official(session, year)
    if count:
        note_setup("holiday.filled", year=year, count=count)
    return count


def _by_weekday(days: tuple[Day, ...]) -> dict[str, str]:
    return {f"weekday_{number}": write_day(day) for number, day in enumerate(days)}
