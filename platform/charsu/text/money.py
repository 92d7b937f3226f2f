"""Money: whole minor units with a currency beside; Rial is shown and typed as Toman where the tenant chooses.

IRR has no minor unit in use, so one minor unit is one Rial and ten of them are one Toman.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_precision, get_currency_symbol
from markupsafe import Markup, escape

from charsu.text.digits import number_writer, parse_number, to_latin
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.text.preferences import MoneyDisplay, Preferences, current_preferences, use_preferences

#: The most a bigint column and a person's invoice can hold: under ten thousand billion Toman.
LARGEST_MINOR = 10**17

_SCALES = {"هزار": 10**3, "میلیون": 10**6, "میلیارد": 10**9, "k": 10**3, "m": 10**6}
_UNITS: dict[str, MoneyDisplay] = {
    "تومان": "toman",
    "تومن": "toman",
    "toman": "toman",
    "ریال": "rial",
    "rial": "rial",
}
_WORD = re.compile(r"[^\W\d_]+")


def format_money(minor: int | None, currency: str | None = None, *, unit: bool = True) -> str:
    """An amount with its unit, as the reader writes it: `۲۵۰٬۰۰۰ تومان`, `250,000 Toman`, `$12.50`."""
    if minor is None:
        return ""
    preferences = current_preferences()
    code = currency or preferences.currency
    if code != "IRR":
        return _foreign(minor, code, number_writer(preferences, places=_places(code)), unit=unit)
    text = _rial_figure(minor, preferences.money_display, number_writer(preferences))
    return f"{text} {money_unit(code)}" if unit else text


def money_unit(currency: str | None = None) -> str:
    """The word for the unit amounts are shown and typed in: تومان, ریال, or the code of another currency."""
    preferences = current_preferences()
    code = currency or preferences.currency
    if code != "IRR":
        return code
    return _("Toman") if preferences.money_display == "toman" else _("Rial")


def money_html(minor: int | None, currency: str | None = None) -> Markup:
    """As `format_money`, the unit smaller than the figure and the whole never broken over lines."""
    return Markup("") if minor is None else money_writer(current_preferences(), currency)(minor)


def money_writer(preferences: Preferences, currency: str | None = None) -> Callable[[int | None], Markup]:
    """`money_html` for one reader and currency, both looked up once and not per value: for lists."""
    code = currency or preferences.currency
    with use_preferences(preferences):
        unit = escape(money_unit(code))
    if code == "IRR":
        frame = Markup('<span class="c-money">{} <small>%s</small></span>') % unit
        plain, display = number_writer(preferences), preferences.money_display
        return lambda minor: (
            Markup("") if minor is None else frame.format(_rial_figure(minor, display, plain))
        )
    places = number_writer(preferences, places=_places(code))
    isolated = Markup('<bdi class="c-money">{}</bdi>')
    return lambda minor: (
        Markup("") if minor is None else isolated.format(_foreign(minor, code, places, unit=True))
    )


def parse_money(text: str, currency: str | None = None) -> int:
    """The minor units of a typed amount: `۲۵۰٬۰۰۰`, `250,000 Toman`, `۲۵۰ هزار تومان`, `1.5 میلیون`.

    Without a unit in the text, it is the one the reader sees amounts in.

    Raises:
        ValueError: no amount, a fraction of the minor unit, negative or too large; the message is for people.
    """
    preferences = current_preferences()
    code = currency or preferences.currency
    number, scale, unit = _read(text)
    minor = number * scale * _minor_units(code, unit or preferences.money_display)
    if minor != minor.to_integral_value():
        raise ValueError(_("This amount has too many decimals."))
    if minor < 0:
        raise ValueError(_("The amount can not be negative."))
    if minor > LARGEST_MINOR:
        raise ValueError(_("This amount is too large."))
    return int(minor)


def money_input(minor: int | None, currency: str | None = None) -> str:
    """An amount as the value of an input field: in the reader's digits and unit, without its name."""
    return format_money(minor, currency, unit=False)


def _read(text: str) -> tuple[Decimal, int, MoneyDisplay | None]:
    """The number in a text, the product of its scale words, and the unit it names."""
    plain = fold(text) if len(text) <= 60 else "?"
    scale = 1
    unit: MoneyDisplay | None = None
    for word in _WORD.findall(plain):
        if word in _SCALES:
            scale *= _SCALES[word]
        elif word in _UNITS:
            unit = _UNITS[word]
        elif word not in {"irr", "usd", "eur"}:
            raise ValueError(_("This is not an amount."))
    try:
        return parse_number(_WORD.sub("", to_latin(plain)).strip("$€ ")), scale, unit
    except ValueError:
        raise ValueError(_("This is not an amount.")) from None


def _minor_units(currency: str, unit: MoneyDisplay) -> int:
    if currency == "IRR":
        return 10 if unit == "toman" else 1
    return int(10 ** _places(currency))


def _rial_figure(minor: int, display: MoneyDisplay, write: Callable[[int | Decimal], str]) -> str:
    if display == "rial":
        return write(minor)
    whole, rest = divmod(minor, 10)
    return write(Decimal(minor) / 10 if rest else whole)


def _foreign(minor: int, currency: str, write: Callable[[Decimal], str], *, unit: bool) -> str:
    figure = write(Decimal(minor) / 10 ** _places(currency))
    if not unit:
        return figure
    symbol = _symbol(currency)
    return f"{symbol}{figure}" if len(symbol) == 1 else f"{figure} {currency}"


@cache
def _places(currency: str) -> int:
    return int(get_currency_precision(currency))


@cache
def _symbol(currency: str) -> str:
    return str(get_currency_symbol(currency, "en"))
