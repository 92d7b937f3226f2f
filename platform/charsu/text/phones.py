"""Phone numbers: understood as people write them, stored as E.164, shown as people read them."""

from functools import lru_cache

import phonenumbers
from babel.core import get_global
from markupsafe import Markup
from phonenumbers import SUPPORTED_REGIONS, NumberParseException, PhoneNumberFormat

from charsu.text.digits import to_latin, to_persian
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.text.preferences import Locale, current_preferences

#: The country of numbers without a country code where the business's own has no such number.
_HOME = "IR"


def normalise_phone(text: str, region: str | None = None) -> str:
    """The E.164 form (`+989123456789`) of a number written with any digits, spaces and prefixes.

    `region` is the country of numbers without a country code: that of the business's time zone where none is
    named; a mobile of Iran is one everywhere. `989…` and `00989…` are understood as `+989…`.

    Raises:
        ValueError: no valid number; the message is for people.
    """
    near = region or _region_of(current_preferences().timezone)
    found = _normalised(text[:100], near)
    if found is None and near != _HOME and region is None:
        found = _normalised(text[:100], _HOME)
        # Numbers of towns are alike everywhere; what is no mobile there was meant for here, and is wrong.
        found = found if found is not None and found.startswith("+989") else None
    if found is None:
        raise ValueError(_("This phone number is not valid."))
    return found


@lru_cache(maxsize=64)
def _region_of(timezone: str) -> str:
    """The country a time zone lies in, such as `GB` for `Europe/London`."""
    found = get_global("zone_territories").get(timezone, _HOME)
    return found if found in SUPPORTED_REGIONS else _HOME


@lru_cache(maxsize=4096)
def _normalised(text: str, region: str) -> str | None:
    """The E.164 form, kept for those who ask again: an import checks each number at every step."""
    latin = to_latin(fold(text)).replace("\u200e", "")
    if len(latin) > 40:
        return None
    for candidate in _candidates(latin, region):
        try:
            number = phonenumbers.parse(candidate, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) and not number.extension:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def format_phone(e164: str) -> str:
    """A stored number in the reader's digits: `0912 345 6789` for Iran, international for others."""
    return _written(e164, current_preferences().locale)


def phone_html(e164: str | None) -> Markup:
    """A stored number as a link, isolated so that it reads from left to right inside Persian text."""
    return phone_link(e164, current_preferences().locale) if e164 else Markup("")


@lru_cache(maxsize=4096)
def phone_link(e164: str, locale: Locale) -> Markup:
    """The link in the digits of one language, kept for the next page that shows it."""
    return Markup('<a class="c-phone" href="tel:{}" dir="ltr">{}</a>').format(e164, _written(e164, locale))


def _written(e164: str, locale: Locale) -> str:
    text = _in_latin(e164)
    return to_persian(text) if locale == "fa" else text


def _in_latin(e164: str) -> str:
    if e164.startswith("+989") and len(e164) == 13:
        # Nearly all numbers of a list are such; the library takes a third of a millisecond for one.
        return f"0{e164[3:6]} {e164[6:9]} {e164[9:]}"
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    kind = PhoneNumberFormat.NATIONAL if number.country_code == 98 else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, kind)


def _candidates(latin: str, region: str) -> tuple[str, ...]:
    digits = "".join(mark for mark in latin if mark.isdigit())
    if region == "IR" and not latin.startswith("+") and digits.startswith("98") and len(digits) == 12:
        return (latin, f"+{digits}")
    return (latin,)
