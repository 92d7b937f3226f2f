"""What the menus of a rule of one's own offer, in the reader's language."""

from collections.abc import Mapping

from charsu.records.fields.rule_parts import COUNT, LAST_DAY, NEVER, START, UNTIL, WEEKDAY
from charsu.schedule.recurrence import LAST
from charsu.schedule.recurrence_text import ordinal
from charsu.text.calendar import WEEK_STARTS
from charsu.text.calendar_names import GREGORIAN_MONTHS, JALALI_MONTHS, WEEKDAYS
from charsu.text.i18n import _, pgettext
from charsu.text.preferences import current_preferences

#: (value, title) of each choice, in order.
Menu = list[tuple[str, str]]


def rule_menus() -> Mapping[str, Menu]:
    """The menus by the part of the rule they ask for; weeks begin as in the reader's calendar."""
    preferences = current_preferences()
    first, names = WEEK_STARTS[preferences.calendar], WEEKDAYS[preferences.locale]
    weekdays = [(str((first + step) % 7), names[(first + step) % 7]) for step in range(7)]
    first_month = ("", pgettext("of a rule", "of the first time"))
    return {
        "unit": [
            ("daily", pgettext("unit of a rule", "days")),
            ("weekly", pgettext("unit of a rule", "weeks")),
            ("monthly", pgettext("unit of a rule", "months")),
            ("yearly", pgettext("unit of a rule", "years")),
        ],
        "weekdays": weekdays,
        "weekday": weekdays,
        "on": [
            (START, _("the same day as the first time")),
            (LAST_DAY, _("the last day")),
            (WEEKDAY, _("a weekday of the month")),
            *((str(day), _("day %(num)s", num=day)) for day in range(1, 32)),
        ],
        "nth": [*((str(nth), ordinal(nth)) for nth in range(1, 6)), (LAST_DAY, ordinal(LAST))],
        "month_jalali": [first_month, *_months(JALALI_MONTHS[preferences.locale])],
        "month_gregorian": [first_month, *_months(GREGORIAN_MONTHS[preferences.locale])],
        "calendar": [("jalali", _("Jalali")), ("gregorian", _("Gregorian"))],
        "end": [
            (NEVER, pgettext("end of a rule", "never")),
            (UNTIL, pgettext("end of a rule", "on a day")),
            (COUNT, pgettext("end of a rule", "after a number of times")),
        ],
    }


def _months(names: tuple[str, ...]) -> Menu:
    return [(str(at), name) for at, name in enumerate(names, start=1)]
