"""A rule of recurrence as a sentence for people: "Every second week on Saturday and Tuesday"."""

from datetime import date

from charsu.schedule.recurrence import LAST, Recurrence
from charsu.text.calendar import WEEK_STARTS, format_date, split_date
from charsu.text.calendar_names import GREGORIAN_MONTHS, JALALI_MONTHS, WEEKDAYS
from charsu.text.i18n import _, ngettext, pgettext
from charsu.text.preferences import current_preferences

#: Days left out that a sentence names one by one.
NAMED = 3


def describe(rule: Recurrence, start: date | None = None) -> str:
    """The rule in the reader's language; what it leaves out is read from `start`, or not said.

    Names its calendar where that is not the reader's and no name of a month tells it.
    """
    text = _PARTS[rule.frequency](rule, start)
    if _is_misread(rule, start):
        text = (
            _("%(rule)s (Jalali months)", rule=text)
            if rule.calendar == "jalali"
            else _("%(rule)s (Gregorian months)", rule=text)
        )
    if rule.until is not None:
        text = _("%(rule)s, until %(date)s", rule=text, date=format_date(rule.until))
    elif rule.count is not None:
        text = ngettext("%(rule)s, once", "%(rule)s, %(num)s times", rule.count, rule=text)
    return _without(text, rule)


def _without(text: str, rule: Recurrence) -> str:
    """With the days that are left out: by their dates, or where they are many by their number."""
    if not rule.without:
        return text
    if len(rule.without) > NAMED:
        return ngettext(
            "%(rule)s, without one day", "%(rule)s, without %(num)s days", len(rule.without), rule=text
        )
    days = _joined([format_date(day) for day in rule.without])
    return _("%(rule)s, not on %(days)s", rule=text, days=days)


def _is_misread(rule: Recurrence, start: date | None) -> bool:
    if rule.calendar == current_preferences().calendar:
        return False
    return rule.frequency == "monthly" or (rule.frequency == "yearly" and _day_of_year(rule, start) is None)


def _daily(rule: Recurrence, _start: date | None) -> str:
    return ngettext("Every day", "Every %(num)s days", rule.interval)


def _weekly(rule: Recurrence, start: date | None) -> str:
    first = WEEK_STARTS[rule.calendar]
    weekdays = rule.weekdays or ((start.weekday(),) if start else ())
    if not weekdays:
        return _("Every second week") if rule.interval == 2 else _every_week(rule.interval)
    days = sorted(weekdays, key=lambda day: (day - first) % 7)
    names = _joined([_weekday(day) for day in days])
    if rule.interval == 2:
        return _("Every second week on %(days)s", days=names)
    return ngettext("Every week on %(days)s", "Every %(num)s weeks on %(days)s", rule.interval, days=names)


def _every_week(interval: int) -> str:
    return ngettext("Every week", "Every %(num)s weeks", interval)


def _monthly(rule: Recurrence, start: date | None) -> str:
    day = _day_of_month(rule, start)
    if day is None:
        return ngettext("Every month", "Every %(num)s months", rule.interval)
    if rule.interval == 2:
        return _("Every second month, %(day)s", day=day)
    return ngettext("Every month, %(day)s", "Every %(num)s months, %(day)s", rule.interval, day=day)


def _yearly(rule: Recurrence, start: date | None) -> str:
    day = _day_of_year(rule, start)
    if day is None:
        return ngettext("Every year", "Every %(num)s years", rule.interval)
    if rule.interval == 2:
        return _("Every second year, %(day)s", day=day)
    return ngettext("Every year, %(day)s", "Every %(num)s years, %(day)s", rule.interval, day=day)


def _day_of_year(rule: Recurrence, start: date | None) -> str | None:
    month = rule.month or (split_date(start, rule.calendar)[1] if start else None)
    day = _day_of_month(rule, start)
    if month is None or day is None:
        return None
    names = JALALI_MONTHS if rule.calendar == "jalali" else GREGORIAN_MONTHS
    name = names[current_preferences().locale][month - 1]
    number = rule.month_day or (split_date(start, rule.calendar)[2] if start else LAST)
    if rule.nth is not None or number == LAST:
        return _("%(day)s of %(month)s", day=day, month=name)
    return _("%(num)s %(month)s", num=number, month=name)


_PARTS = {"daily": _daily, "weekly": _weekly, "monthly": _monthly, "yearly": _yearly}


def _day_of_month(rule: Recurrence, start: date | None) -> str | None:
    if rule.nth is not None:
        return _("the %(nth)s %(weekday)s", nth=ordinal(rule.nth), weekday=_weekday(rule.weekdays[0]))
    number = rule.month_day or (split_date(start, rule.calendar)[2] if start else None)
    if number is None:
        return None
    return _("the last day") if number == LAST else _("day %(num)s", num=number)


def ordinal(nth: int) -> str:
    """Which of the weekdays in a month, in words: "first", "last"."""
    names = (
        pgettext("weekday of a month", "first"),
        pgettext("weekday of a month", "second"),
        pgettext("weekday of a month", "third"),
        pgettext("weekday of a month", "fourth"),
        pgettext("weekday of a month", "fifth"),
    )
    return pgettext("weekday of a month", "last") if nth == LAST else names[nth - 1]


def _weekday(number: int) -> str:
    return WEEKDAYS[current_preferences().locale][number]


def _joined(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    comma = "، " if current_preferences().locale == "fa" else ", "
    return _("%(some)s and %(last)s", some=comma.join(names[:-1]), last=names[-1])
