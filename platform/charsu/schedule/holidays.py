"""The holidays of a business: days off, marked on calendars and left out of working time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import NotFound, RuleViolated
from charsu.text.calendar import join_date
from charsu.text.i18n import _, lazy

TITLE_MAX = 100
#: Jalali years in which the official days below are holidays.
OFFICIAL_YEARS = range(1358, 1500)
#: Month, day and name of Iran's official holidays that stand fixed in the Jalali calendar. Those of the lunar
#: one depend on the sighting of the moon, are announced each year and entered by hand.
OFFICIAL = (
    *((1, day, lazy("Nowruz")) for day in (1, 2, 3, 4)),
    (1, 12, lazy("Islamic Republic Day")),
    (1, 13, lazy("Nature Day")),
    (3, 14, lazy("Passing of Imam Khomeini")),
    (3, 15, lazy("Uprising of 15 Khordad")),
    (11, 22, lazy("Victory of the Revolution")),
    (12, 29, lazy("Nationalisation of the oil industry")),
)

_LIST = text("""
SELECT held_on, title FROM core_holiday WHERE held_on BETWEEN :first AND :last ORDER BY held_on""")
_PUT = text("""
INSERT INTO core_holiday (held_on, title) VALUES (:held_on, :title)
ON CONFLICT (held_on) DO UPDATE SET title = excluded.title""")
_ADD = text("""
INSERT INTO core_holiday (held_on, title) VALUES (:held_on, :title) ON CONFLICT (held_on) DO NOTHING""")
_REMOVE = text("DELETE FROM core_holiday WHERE held_on = :held_on RETURNING held_on")
_COUNT = text("SELECT count(*) FROM core_holiday WHERE held_on BETWEEN :first AND :last")


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off and why."""

    held_on: date
    title: str


def list_holidays(session: Session, first: date, last: date) -> Sequence[Holiday]:
    """The holidays from `first` to `last`, both included, in order."""
    return [Holiday(row.held_on, row.title) for row in session.execute(_LIST, {"first": first, "last": last})]


def holiday_titles(session: Session, first: date, last: date) -> Mapping[date, str]:
    """As `list_holidays`, by day."""
    return {holiday.held_on: holiday.title for holiday in list_holidays(session, first, last)}


def put_holiday(session: Session, held_on: date, title: str) -> Holiday:
    """Make a day a holiday, or give the one there is another name. Raises: RuleViolated."""
    plain = " ".join(title.split())
    if not 0 < len(plain) <= TITLE_MAX:
        raise RuleViolated(_("Please name the holiday, in 100 letters at most."), field="title")
    session.execute(_PUT, {"held_on": held_on, "title": plain})
    return Holiday(held_on, plain)


def remove_holiday(session: Session, held_on: date) -> None:
    """Make a holiday a day like others. Raises: NotFound."""
    if session.execute(_REMOVE, {"held_on": held_on}).first() is None:
        raise NotFound(_("There is no holiday on this day."))


def fill_official(session: Session, year: int) -> int:
    """Add the fixed official holidays of a Jalali year, named in the reader's language; how many were new.

    Days that are holidays already keep their names. Raises: RuleViolated for a year out of range.
    """
    if year not in OFFICIAL_YEARS:
        raise RuleViolated(_("Choose a Jalali year, such as 1405."), field="year")
    days = [
        {"held_on": join_date(year, month, day, "jalali"), "title": str(title)}
        for month, day, title in OFFICIAL
    ]
    span = {"first": days[0]["held_on"], "last": days[-1]["held_on"]}
    before = session.scalar(_COUNT, span) or 0
    session.execute(_ADD, days)
    return (session.scalar(_COUNT, span) or 0) - before
