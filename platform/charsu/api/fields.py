"""Field types of API bodies and posted forms: each refuses what the database would choke on."""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from typing_extensions import override

from charsu.text.digits import to_latin
from charsu.text.i18n import lazy
from charsu.text.phones import normalise_phone

BIGINT_MAX = 2**63 - 1
MAX_TEXT = 10_000
EMAIL = re.compile(
    r"[^@\s<>\"(),:;\\\[\]]{1,64}@(?:[^@\s.<>\"(),:;\\\[\]]{1,63}\.)+[^@\s.<>\"(),:;\\\[\]]{2,63}"
)
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CURRENCY_CODE = re.compile(r"[A-Z]{3}")
#: NUL and lone surrogates have no place in PostgreSQL's text: refused, not dropped.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: Other controls come along with copy and paste: dropped.
NOISE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
#: Years that survive a shift of time zone and the change of calendar.
YEARS = range(1000, 9000)

_from_form: ContextVar[bool] = ContextVar("charsu_from_form", default=False)


@contextmanager
def text_input() -> Iterator[None]:
    """Inside, every value is text from a form or a query: numbers and yes/no are read out of it."""
    token = _from_form.set(True)
    try:
        yield
    finally:
        _from_form.reset(token)


def is_text_input() -> bool:
    """Whether the values being loaded come as text."""
    return _from_form.get()


class Text(ma.fields.String):
    """Text without surrounding space and control characters, at most `max_length` characters.

    One line unless `multiline`. With `required` it may not be blank; otherwise blank text loads as None where
    `allow_none` is set.
    """

    default_error_messages = {
        "invalid": lazy("This must be text."),
        "blank": lazy("Please fill this in."),
        "too_long": lazy("This is too long."),
        "unstorable": lazy("This text holds characters that cannot be stored."),
    }

    def __init__(self, *, max_length: int = 200, multiline: bool = False, **kwargs: Any) -> None:
        self.max_length = min(max_length, MAX_TEXT)
        self.multiline = multiline
        super().__init__(**_documented(kwargs, maxLength=self.max_length))

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if UNSTORABLE.search(value):
            raise self.make_error("unstorable")
        text = NOISE.sub("", value.replace("\r\n", "\n")).strip()
        if not self.multiline:
            text = " ".join(text.split("\n"))
        if len(text) > self.max_length:
            raise self.make_error("too_long")
        if not text and self.required:
            raise self.make_error("blank")
        return text if text or not self.allow_none else None


class WholeNumber(ma.fields.Integer):
    """An integer within PostgreSQL's bigint; out of a form, also in Persian digits with group marks.

    JSON numbers only: `"5"`, `5.0` and `true` are no integers there.
    """

    default_error_messages = {
        "invalid": lazy("This must be a whole number."),
        "too_small": lazy("This number is too small."),
        "too_large": lazy("This number is too large."),
    }

    def __init__(self, *, minimum: int = -BIGINT_MAX, maximum: int = BIGINT_MAX, **kwargs: Any) -> None:
        super().__init__(strict=True, **_documented(kwargs, minimum=minimum, maximum=maximum))
        self.minimum = minimum
        self.maximum = maximum

    def _validated(self, value: Any) -> int:
        if is_text_input() and isinstance(value, str):
            text = re.sub(r"[,٬،_\s\u200c\u200e\u200f]", "", to_latin(value))
            if not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
                raise self.make_error("invalid")
            value = int(text)
        if isinstance(value, float) and abs(value) > BIGINT_MAX and value.is_integer():
            raise self.make_error("too_large")
        number = super()._validated(value)
        if number < self.minimum:
            raise self.make_error("too_small")
        if number > self.maximum:
            raise self.make_error("too_large")
        return number


class MoneyMinor(WholeNumber):
    """An amount in the minor unit of its currency: 1 is one Rial, one cent."""


class Flag(ma.fields.Boolean):
    """Yes or no: JSON's true and false, or the usual words out of a form."""

    default_error_messages = {"invalid": lazy("This must be yes or no.")}

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not is_text_input() and not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Uuid(ma.fields.UUID):
    """An id in its one canonical form; braces, URN and bare hex are refused."""

    default_error_messages = {"invalid_uuid": lazy("This is not a valid id.")}

    def _validated(self, value: Any) -> uuid.UUID:
        if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
            raise self.make_error("invalid_uuid")
        return uuid.UUID(value)


class PhoneField(ma.fields.Field[str]):
    """A phone number in any spelling, loaded as E.164; numbers without a country are Iranian."""

    default_error_messages = {"invalid": lazy("This is not a valid phone number.")}

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid")
        if not value.strip() and self.allow_none:
            return None
        try:
            return normalise_phone(value)
        except ValueError as error:
            raise self.make_error("invalid") from error


class EmailField(ma.fields.Field[str]):
    """An e-mail address, loaded in lower case."""

    default_error_messages = {"invalid": lazy("This is not a valid e-mail address.")}

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        text = value.strip().lower()
        if not text and self.allow_none:
            return None
        if len(text) > 254 or not EMAIL.fullmatch(text) or UNSTORABLE.search(text) or NOISE.search(text):
            raise self.make_error("invalid")
        return text


class Currency(ma.fields.String):
    """A currency code, ISO 4217: three capital letters."""

    default_error_messages = {"invalid": lazy("This is not a currency code, such as IRR.")}

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str) or not CURRENCY_CODE.fullmatch(value):
            raise self.make_error("invalid")
        return value


class Instant(ma.fields.Field[datetime]):
    """A moment, ISO 8601 with its zone, loaded in UTC; without a zone it says no moment and is refused."""

    default_error_messages = {
        "invalid": lazy("This is not a date and time, such as 2026-11-21T10:00:00Z."),
        "zone": lazy("Please add the time zone, such as Z or +03:30."),
    }

    @override
    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper().replace(" ", "T"):
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise self.make_error("invalid") from error
        if moment.tzinfo is None:
            raise self.make_error("zone")
        if moment.year not in YEARS:
            raise self.make_error("invalid")
        return moment.astimezone(UTC)


class Day(ma.fields.Field[date]):
    """A date without a time, ISO 8601 (`2026-11-21`)."""

    default_error_messages = {"invalid": lazy("This is not a date, such as 2026-11-21.")}

    @override
    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if value == "" and self.allow_none:
            return None
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise self.make_error("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise self.make_error("invalid") from error
        if day.year not in YEARS:
            raise self.make_error("invalid")
        return day


def _documented(options: dict[str, Any], **limits: int) -> dict[str, Any]:
    """Field options whose metadata show these limits in the OpenAPI document."""
    return {**options, "metadata": {**limits, **options.get("metadata", {})}}
