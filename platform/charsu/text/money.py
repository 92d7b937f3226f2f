"""Money: whole minor units with a currency beside; Rial is shown and typed as Toman where the tenant chooses.

IRR has no minor unit in use, so one minor unit is one Rial and ten of them are one Toman.
"""

import re
from decimal import Decimal

from babel.numbers import get_currency_precision, get_currency_symbol
from markupsafe import Markup

from charsu.text.digits import format_number, parse_number, to_latin
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.text.preferences import MoneyDisplay, current_preferences

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
        return _foreign(minor, code, unit=unit)
    if preferences.money_display == "toman":
        text = format_number(Decimal(minor) / 10)
    else:
        text = format_number(minor)
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
    if minor is None:
        return Markup("")
    if (currency or current_preferences().currency) != "IRR":
        return Markup('<bdi class="c-money">{}</bdi>').format(format_money(minor, currency))
    figure = format_money(minor, currency, unit=False)
    return Markup('<span class="c-money">{} <small>{}</small></span>').format(figure, money_unit(currency))


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
    return int(10 ** get_currency_precision(currency))


def _foreign(minor: int, currency: str, *, unit: bool) -> str:
    places = get_currency_precision(currency)
    figure = format_number(Decimal(minor) / 10**places, places=places)
    if not unit:
        return figure
    symbol = get_currency_symbol(currency, "en")
    return f"{symbol}{figure}" if len(symbol) == 1 else f"{figure} {currency}"
