"""Currencies to choose from, the likely ones first."""

from babel.core import get_global
from babel.numbers import get_currency_name

from charsu.text.preferences import current_preferences

_LIKELY = ("IRR", "USD", "EUR", "GBP", "AED", "TRY", "AFN", "IQD", "CAD", "AUD", "INR")


def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows it."""
    return code in get_global("all_currencies")


def currency_choices(current: str) -> list[tuple[str, str]]:
    """`(code, label)` of the likely currencies, the current one first."""
    locale = current_preferences().locale
    codes = dict.fromkeys((current, *_LIKELY))
    return [(code, f"{get_currency_name(code, locale=locale)} ({code})") for code in codes]
