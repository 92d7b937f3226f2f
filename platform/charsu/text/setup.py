"""Puts language, filters and text globals into a Flask app."""

from collections.abc import Callable, Iterable
from functools import wraps

from flask import Flask
from flask_babel import Babel
from jinja2 import pass_context
from jinja2.runtime import Context

from charsu.text import calendar, digits, i18n, money, phones
from charsu.text.preferences import current_preferences


def init_text(
    app: Flask, *, person_locale: Callable[[], str | None] | None = None, packages: Iterable[str] = ()
) -> None:
    """Load the catalogues and register the filters for dates, money, numbers, phones and titles.

    `person_locale` answers the signed-in person's language, or None; `packages` adds catalogues of plugins
    that are not installed distributions (in tests).
    """
    i18n.load_catalogues(packages)
    if person_locale is not None:
        app.extensions["charsu_person_locale"] = person_locale
    Babel(app, default_locale="fa", locale_selector=lambda: current_preferences().locale)
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # set by jinja2.ext.i18n
    environment.globals.update(
        _=i18n.gettext,
        gettext=i18n.gettext,
        ngettext=i18n.ngettext,
        pgettext=i18n.pgettext,
        npgettext=i18n.npgettext,
        preferences=current_preferences,
        money_unit=money.money_unit,
        money_input=money.money_input,
        month_names=calendar.month_names,
        today=calendar.today,
    )
    filters: dict[str, Callable[..., object]] = {
        "date": calendar.format_date,
        "datetime": calendar.format_datetime,
        "time": calendar.format_time,
        "relative": calendar.format_relative,
        "money": money.money_html,
        "money_text": money.format_money,
        "number": digits.format_number,
        "digits": digits.localise_digits,
        "phone": phones.phone_html,
        "inside": i18n.inside,
    }
    environment.filters.update({name: _for_each_reader(function) for name, function in filters.items()})


def _for_each_reader(function: Callable[..., object]) -> Callable[..., object]:
    """A filter that runs whenever its page is rendered.

    Jinja would run it on a constant when it compiles the template, once, for the first reader's language.
    """

    @pass_context
    @wraps(function)
    def filtered(_context: Context, *args: object, **kwargs: object) -> object:
        return function(*args, **kwargs)

    return filtered
