"""Dates and instants out of what people type: any digits, Jalali or Gregorian, numbers or month names."""

import re
from datetime import UTC, date, datetime, time

from charsu.text.calendar import join_date
from charsu.text.calendar_names import GREGORIAN_MONTHS, JALALI_MONTHS, MONTH_SPELLINGS
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.text.preferences import Calendar, current_preferences

_NUMBERS = re.compile(r"(\d{1,4})[/\-. ](\d{1,2})[/\-. ](\d{1,4})")
_NAMED = re.compile(r"(?:\w+ )?(\d{1,2}) ([^\W\d]+),? (\d{2,4})")
_TIME = re.compile(r"(?:^|[ ,،t])(?:ساعت )?(\d{1,2}):(\d{2})(?::\d{2})?$")

_MONTHS: dict[str, tuple[Calendar, int]] = {
    **{fold(name): ("jalali", 1 + at) for names in JALALI_MONTHS.values() for at, name in enumerate(names)},
    **{
        fold(name): ("gregorian", 1 + at)
        for names in GREGORIAN_MONTHS.values()
        for at, name in enumerate(names)
    },
    **{fold(name)[:3]: ("gregorian", 1 + at) for at, name in enumerate(GREGORIAN_MONTHS["en"])},
    **{fold(name): ("jalali", month) for name, month in MONTH_SPELLINGS.items()},
}


def parse_date(text: str, calendar: Calendar | None = None) -> date:
    """The date a person typed: `۱۴۰۴/۹/۱۵`, `15/9/1404`, `15 آذر 1404`, `2025-12-06`, `6 Dec 2025`.

    The year tells the calendar (1200 to 1599 is Jalali, 1800 to 2199 Gregorian); a year of two digits is
    read in `calendar`, the reader's if none is named.

    Raises:
        ValueError: no such day or no such form; the message is for people.
    """
    plain = fold(text) if len(text) <= 60 else ""
    try:
        return _numbers(plain, calendar) or _named(plain) or _refuse()
    except (ValueError, OverflowError):
        return _refuse()


def parse_datetime(text: str, calendar: Calendar | None = None) -> datetime:
    """The UTC instant of a date and an optional time typed in the reader's zone, or of ISO 8601 with a zone.

    Raises:
        ValueError: no such moment or no such form; the message is for people.
    """
    plain = fold(text) if len(text) <= 60 else ""
    found = _TIME.search(plain)
    if found is None:
        return _iso(plain) or _instant(parse_date(text, calendar), time())
    day = parse_date(plain[: found.start()].rstrip(" ,،"), calendar)
    hour, minute = int(found[1]), int(found[2])
    if hour > 23 or minute > 59:
        raise ValueError(_("This time is not valid."))
    return _instant(day, time(hour, minute))


def parse_time(text: str) -> time:
    """The time of day a person typed: `9:15`, `۰۹:۱۵`.

    Raises:
        ValueError: no such time; the message is for people.
    """
    found = _TIME.fullmatch(fold(text)) if len(text) <= 60 else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(_("This time is not valid."))
    return time(int(found[1]), int(found[2]))


def _numbers(plain: str, calendar: Calendar | None) -> date | None:
    found = _NUMBERS.fullmatch(plain)
    if found is None:
        return None
    first, month, last = found.groups()
    year, day = (first, last) if len(first) >= len(last) else (last, first)
    if len(year) == 3 or len(day) > 2:
        return None
    return _date(int(year), int(month), int(day), calendar)


def _named(plain: str) -> date | None:
    found = _NAMED.fullmatch(plain)
    if found is None or found[2] not in _MONTHS:
        return None
    calendar, month = _MONTHS[found[2]]
    return _date(int(found[3]), month, int(found[1]), calendar)


def _date(year: int, month: int, day: int, calendar: Calendar | None) -> date | None:
    chosen = calendar or current_preferences().calendar
    if year < 100:
        year += (1400 if year < 50 else 1300) if chosen == "jalali" else (2000 if year < 50 else 1900)
    if 1200 <= year <= 1599:
        return join_date(year, month, day, "jalali")
    if 1800 <= year <= 2199:
        return join_date(year, month, day, "gregorian")
    return None


def _iso(plain: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(plain.upper())
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo is not None else None


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, current_preferences().zone).astimezone(UTC)


def _refuse() -> date:
    if current_preferences().calendar == "jalali":
        raise ValueError(_("This date is not valid. Write it like 1404/09/15."))
    raise ValueError(_("This date is not valid. Write it like 2025-12-06."))
