"""Dates and instants in the reader's calendar and zone, and arithmetic on Jalali or Gregorian months.

Stored values stay Gregorian dates and UTC instants. `Calendar` is a choice of its own, apart from language:
English with Jalali dates and Persian with Gregorian ones both work.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from persiantools.jdatetime import JalaliDate

from charsu import clock
from charsu.text.calendar_names import GREGORIAN_MONTHS, JALALI_MONTHS, WEEKDAYS
from charsu.text.digits import localise_digits, to_persian
from charsu.text.i18n import _, ngettext
from charsu.text.preferences import Calendar, Locale, Preferences, current_preferences

#: Python's weekday number (Monday is 0) on which a week begins.
WEEK_STARTS: dict[Calendar, int] = {"jalali": 5, "gregorian": 0}


def format_date(value: date | datetime | None, style: str = "medium") -> str:
    """A date in the reader's calendar; an instant is first moved to the reader's zone.

    Styles: `short` ۱۴۰۴/۰۹/۱۵, `medium` ۱۵ آذر ۱۴۰۴, `long` شنبه ۱۵ آذر ۱۴۰۴, `month` آذر ۱۴۰۴, `day` ۱۵ آذر,
    with the year where it is another one than today's, and `yearless` ۱۵ آذر for what has its year beside it.
    """
    return "" if value is None else date_writer(current_preferences(), style)(value)


def date_writer(preferences: Preferences, style: str = "medium") -> Callable[[date | datetime | None], str]:
    """`format_date` for one reader, who is looked up once and not per value: for lists."""
    zone, calendar, locale = preferences.zone, preferences.calendar, preferences.locale

    def write(value: date | datetime | None) -> str:
        if value is None:
            return ""
        day = value.astimezone(zone).date() if isinstance(value, datetime) else value
        return _written(day, _settled(style, day, preferences), calendar, locale)

    return write


def datetime_writer(preferences: Preferences, style: str = "medium") -> Callable[[datetime | None], str]:
    """`format_datetime` for one reader: for lists."""
    zone, calendar, locale = preferences.zone, preferences.calendar, preferences.locale
    mark = "،" if locale == "fa" else ","

    def write(instant: datetime | None) -> str:
        if instant is None:
            return ""
        local = instant.astimezone(zone)
        clock_time = f"{local:%H:%M}"
        day = _written(local.date(), _settled(style, local.date(), preferences), calendar, locale)
        return f"{day}{mark} {to_persian(clock_time) if locale == 'fa' else clock_time}"

    return write


def _settled(style: str, day: date, preferences: Preferences) -> str:
    """`style`, where it does not hang on today's date: `day` is without or with its year."""
    if style != "day":
        return style
    this_day = clock.now().astimezone(preferences.zone).date()
    is_this_year = split_date(day, preferences.calendar)[0] == split_date(this_day, preferences.calendar)[0]
    return "yearless" if is_this_year else "medium"


@lru_cache(maxsize=4096)
def _written(day: date, style: str, calendar: Calendar, locale: Locale) -> str:
    """The date as text, kept: a list shows the same few days again and again."""
    year, month, number = split_date(day, calendar)
    if style == "short":
        mark = "/" if calendar == "jalali" else "-"
        text = f"{year:04}{mark}{month:02}{mark}{number:02}"
    else:
        name = (JALALI_MONTHS if calendar == "jalali" else GREGORIAN_MONTHS)[locale][month - 1]
        text = {"month": f"{name} {year}", "yearless": f"{number} {name}"}.get(
            style, f"{number} {name} {year}"
        )
    if style == "long":
        text = f"{WEEKDAYS[locale][day.weekday()]}{'' if locale == 'fa' else ','} {text}"
    return to_persian(text) if locale == "fa" else text


def format_time(instant: datetime | None) -> str:
    """Hours and minutes of an instant in the reader's zone."""
    if instant is None:
        return ""
    return localise_digits(f"{instant.astimezone(current_preferences().zone):%H:%M}")


def format_datetime(instant: datetime | None, style: str = "medium") -> str:
    """Date and time of an instant in the reader's calendar and zone; styles as in `format_date`."""
    return "" if instant is None else datetime_writer(current_preferences(), style)(instant)


def format_relative(instant: datetime | None, now: datetime | None = None) -> str:
    """How long ago or ahead an instant is, in words; beyond thirty days, its date."""
    if instant is None:
        return ""
    seconds = ((now or clock.now()) - instant).total_seconds()
    size = abs(seconds)
    if size < 45:
        return _("just now")
    if size >= 30 * 86_400:
        return format_date(instant)
    return _past(size) if seconds > 0 else _ahead(size)


def today() -> date:
    """The date at this moment in the reader's zone."""
    return local_date(clock.now())


def local_date(instant: datetime) -> date:
    """The date an instant falls on in the reader's zone."""
    return instant.astimezone(current_preferences().zone).date()


def start_of_day(day: date) -> datetime:
    """The instant, in UTC, at which a date begins in the reader's zone."""
    return datetime.combine(day, time(), current_preferences().zone).astimezone(UTC)


def to_jalali(day: date) -> JalaliDate:
    """The same day in the Jalali calendar."""
    jalali: JalaliDate = JalaliDate.to_jalali(day.year, day.month, day.day)
    return jalali


def split_date(day: date, calendar: Calendar | None = None) -> tuple[int, int, int]:
    """Year, month and day numbers of a date in a calendar, the reader's if none is named."""
    if (calendar or current_preferences().calendar) == "gregorian":
        return day.year, day.month, day.day
    jalali = to_jalali(day)
    return jalali.year, jalali.month, jalali.day


def join_date(year: int, month: int, day: int, calendar: Calendar | None = None) -> date:
    """The date of these numbers in a calendar.

    Raises:
        ValueError: there is no such day.
    """
    if (calendar or current_preferences().calendar) == "gregorian":
        return date(year, month, day)
    gregorian: date = JalaliDate(year, month, day).to_gregorian()
    return gregorian


def days_in_month(year: int, month: int, calendar: Calendar | None = None) -> int:
    """How many days a month has; Esfand of a Jalali leap year has thirty."""
    if (calendar or current_preferences().calendar) == "gregorian":
        following = date(year + month // 12, month % 12 + 1, 1)
        return (following - timedelta(days=1)).day
    count: int = JalaliDate.days_in_month(month, year)
    return count


def add_months(day: date, months: int, calendar: Calendar | None = None) -> date:
    """The same day so many months on, or the last of a shorter month (31 Khordad + 6 = 30 Azar)."""
    year, month, number = split_date(day, calendar)
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    return join_date(year, month, min(number, days_in_month(year, month, calendar)), calendar)


def start_of_month(day: date, calendar: Calendar | None = None) -> date:
    """The first day of the month a date lies in."""
    year, month, _number = split_date(day, calendar)
    return join_date(year, month, 1, calendar)


def start_of_year(day: date, calendar: Calendar | None = None) -> date:
    """The first day of the year a date lies in: 1 Farvardin or 1 January."""
    return join_date(split_date(day, calendar)[0], 1, 1, calendar)


def start_of_week(day: date, calendar: Calendar | None = None) -> date:
    """The Saturday (Jalali) or Monday (Gregorian) on or before a date."""
    first = WEEK_STARTS[calendar or current_preferences().calendar]
    return day - timedelta(days=(day.weekday() - first) % 7)


def anniversary_in(year: int, day: date, calendar: Calendar | None = None) -> date:
    """When the month and day of `day` come round in `year`; 30 Esfand and 29 February fall back a day."""
    _year, month, number = split_date(day, calendar)
    return join_date(year, month, min(number, days_in_month(year, month, calendar)), calendar)


def month_names() -> tuple[str, ...]:
    """The twelve months of the reader's calendar in the reader's language."""
    preferences = current_preferences()
    names = JALALI_MONTHS if preferences.calendar == "jalali" else GREGORIAN_MONTHS
    return names[preferences.locale]


def _past(size: float) -> str:
    if size < 3_600:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", max(1, round(size / 60)))
    if size < 86_400:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", round(size / 3_600))
    return ngettext("%(num)s day ago", "%(num)s days ago", round(size / 86_400))


def _ahead(size: float) -> str:
    if size < 3_600:
        return ngettext("in %(num)s minute", "in %(num)s minutes", max(1, round(size / 60)))
    if size < 86_400:
        return ngettext("in %(num)s hour", "in %(num)s hours", round(size / 3_600))
    return ngettext("in %(num)s day", "in %(num)s days", round(size / 86_400))
