"""Rules about one value: what a name, a phone number or an amount must be, and its one stored form.

Services call these on every write; the schemas call the same ones, so that a form names the field at once.
Each returns the stored form and raises `RuleViolated` with the field's name.
"""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from charsu import clock
from charsu.errors import RuleViolated
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.text.money import format_money
from charsu.text.phones import normalise_phone
from charsu_crm_core.currencies import ISO_4217
from charsu_crm_core.models import CHANNELS, MAX_AMOUNT_MINOR

MAX_LINES = 200
MAX_QUANTITY = 1_000_000
#: No customer was born, and no purchase made, before it.
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
#: How far a purchase may lie in the future: clocks of tills run ahead, zones differ.
FUTURE_LEEWAY = dt.timedelta(days=1)

_EMAIL = re.compile(r"[^@\s<>\"(),:;\\\[\]]{1,64}@(?:[a-z0-9\w-]{1,63}\.)+[\w-]{2,63}")


def clean_full_name(text: str) -> str:
    """1 to 200 characters, spaces single."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= 200 or not fold(name):
        raise RuleViolated(_("A name has 1 to 200 characters."), field="full_name")
    return name


def clean_phone(text: str | None) -> str | None:
    """E.164; numbers without a country code are Iranian; nothing is None."""
    if text is None or not text.strip():
        return None
    try:
        return normalise_phone(text)
    except ValueError as error:
        raise RuleViolated(str(error), field="phone") from None


def clean_email(text: str | None) -> str | None:
    """Lower case, at most 254 characters (RFC 5321); nothing is None."""
    if text is None or not text.strip():
        return None
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise RuleViolated(_("This e-mail address is not valid."), field="email")
    return email


def clean_birthday(day: dt.date | None) -> dt.date | None:
    """Not before 1900 and not in the future."""
    if day is not None and not EARLIEST.date() <= day <= (clock.now() + FUTURE_LEEWAY).date():
        raise RuleViolated(_("A birthday can not be in the future."), field="birthday_on")
    return day


def clean_note(text: str, *, field: str = "note", longest: int = 4000) -> str:
    """At most `longest` characters, without blanks around."""
    note = text.strip()
    if len(note) > longest:
        raise RuleViolated(_("At most %(longest)s characters fit here.", longest=longest), field=field)
    return note


def clean_amount(amount_minor: int, *, field: str = "amount_minor") -> int:
    """1 to 10^15 minor units."""
    if not 1 <= amount_minor <= MAX_AMOUNT_MINOR:
        raise RuleViolated(_("The amount must be more than zero and not too large."), field=field)
    return amount_minor


def clean_currency(code: str) -> str:
    """A currency in use by ISO 4217, upper case."""
    currency = code.strip().upper()
    if currency not in ISO_4217:
        raise RuleViolated(_("This is not a currency code (ISO 4217)."), field="currency")
    return currency


def clean_occurred_at(instant: dt.datetime) -> dt.datetime:
    """Aware, in UTC, not before 1900 and at most a day in the future."""
    if instant.tzinfo is None:
        raise RuleViolated(_("Give the time with its zone."), field="occurred_at")
    if not EARLIEST <= instant <= clock.now() + FUTURE_LEEWAY:
        raise RuleViolated(_("A purchase can not be in the future."), field="occurred_at")
    return instant.astimezone(dt.UTC)


def clean_happened_at(instant: dt.datetime | None) -> dt.datetime | None:
    """As `clean_occurred_at`, of what was said with a customer; nothing is None."""
    if instant is None:
        return None
    if not EARLIEST <= instant <= clock.now() + FUTURE_LEEWAY:
        raise RuleViolated(_("What has happened can not be in the future."), field="happened_at")
    return instant


def clean_channel(channel: str) -> str:
    """One of `CHANNELS`."""
    if channel not in CHANNELS:
        raise RuleViolated(_("Choose one of the channels."), field="channel")
    return channel


def clean_external_ref(text: str | None) -> str | None:
    """1 to 200 characters; nothing is None."""
    if text is None or not text.strip():
        return None
    return clean_note(text, field="external_ref", longest=200)


def line_total(quantity: Decimal, unit_price_minor: int) -> int:
    """Quantity times unit price, a half minor unit rounded up."""
    return int((quantity * unit_price_minor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def check_quantity(quantity: Decimal) -> Decimal:
    """More than zero, at most a million, at most three decimals."""
    if not quantity.is_finite() or not 0 < quantity <= MAX_QUANTITY:
        raise RuleViolated(_("A quantity is more than zero and at most a million."), field="lines")
    if quantity != quantity.quantize(Decimal("0.001")):
        raise RuleViolated(_("A quantity has at most three decimals."), field="lines")
    return quantity


def clean_title(text: str) -> str:
    """What was bought, in 1 to 200 characters."""
    title = " ".join(text.split())
    if not 1 <= len(title) <= 200:
        raise RuleViolated(_("A line needs a title of at most 200 characters."), field="lines")
    return title


def check_unit_price(unit_price_minor: int) -> int:
    """Zero (a gift) to 10^15 minor units."""
    if not 0 <= unit_price_minor <= MAX_AMOUNT_MINOR:
        raise RuleViolated(_("A price can not be negative or too large."), field="lines")
    return unit_price_minor


def check_lines(totals: Sequence[int], amount_minor: int, currency: str) -> None:
    """If there are lines, their totals sum up to the amount of the purchase exactly."""
    if len(totals) > MAX_LINES:
        raise RuleViolated(_("A purchase has at most 200 lines."), field="lines")
    if totals and sum(totals) != amount_minor:
        message = _(
            "The lines sum up to %(sum)s, but the amount is %(amount)s.",
            sum=format_money(sum(totals), currency),
            amount=format_money(amount_minor, currency),
        )
        raise RuleViolated(message, field="lines")
