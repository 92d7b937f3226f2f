"""Digits and separators: stored in ASCII, shown in the reader's script, read in any script."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from charsu.text.i18n import _
from charsu.text.preferences import Locale, Preferences, current_preferences

PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_ASCII = "0123456789"

_TO_LATIN = str.maketrans(PERSIAN_DIGITS + ARABIC_DIGITS + "٫٬−", _ASCII * 2 + ".,-")
_TO_PERSIAN = str.maketrans(_ASCII + ARABIC_DIGITS, PERSIAN_DIGITS * 2)
#: Marks people put between digit groups: commas, apostrophe, spaces, half-space. A slash is none of them.
_SEPARATORS = str.maketrans(
    "", "", ",،'’_ \u00a0\u2009\u202f\u200c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
)


def to_latin(text: str) -> str:
    """`text` with Persian and Arabic digits and separators (٫ ٬) in ASCII; everything else stays."""
    return text.translate(_TO_LATIN)


def to_persian(text: str) -> str:
    """`text` with its digits in Persian; separators stay as they are."""
    return text.translate(_TO_PERSIAN)


def localise_digits(text: str) -> str:
    """`text` with the digits of the current reader's script, without grouping: for codes, times and dates."""
    return to_persian(text) if current_preferences().locale == "fa" else text


def format_number(value: int | float | Decimal, *, places: int | None = None) -> str:
    """`value` grouped by thousands in the reader's script, with `places` decimals or as many as needed."""
    return _written(value, places, current_preferences().locale)


def number_writer(
    preferences: Preferences, *, places: int | None = None
) -> Callable[[int | float | Decimal], str]:
    """`format_number` for one reader, who is looked up once and not per value: for lists."""
    locale = preferences.locale
    return lambda value: _written(value, places, locale)


def _written(value: int | float | Decimal, places: int | None, locale: Locale) -> str:
    number = value if isinstance(value, int) else Decimal(str(value))
    if places is not None:
        text = f"{number:,.{places}f}"
    elif isinstance(number, Decimal):
        text = f"{number.normalize():,f}"
    else:
        text = f"{number:,}"
    if locale != "fa":
        return text.replace("-", "\u2212")
    # The mark in front keeps a minus sign on the left of its digits inside right-to-left text.
    sign = "\u200e\u2212" if text.startswith("-") else ""
    return sign + to_persian(text.lstrip("-").replace(",", "٬").replace(".", "٫"))


def parse_number(text: str) -> Decimal:
    """The number a person wrote, with any digits and group marks.

    Raises:
        ValueError: it is not one finite number; the message is for people.
    """
    latin = to_latin(text).translate(_SEPARATORS)
    if not latin or len(latin) > 40 or any(mark not in "0123456789.-+" for mark in latin):
        raise ValueError(_("This is not a number."))
    try:
        return Decimal(latin)
    except InvalidOperation:
        raise ValueError(_("This is not a number.")) from None
