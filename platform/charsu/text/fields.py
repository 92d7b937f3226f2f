"""marshmallow fields for what people type: dates, amounts, numbers, phones and ids in any script."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields
from typing_extensions import override

from charsu.text.date_input import parse_date, parse_datetime, parse_time
from charsu.text.digits import parse_number
from charsu.text.i18n import lazy
from charsu.text.money import parse_money


class _Typed(fields.Field[Any]):
    """A text that a parser of this package turns into a value; its refusal becomes the field's message."""

    default_error_messages = {
        "required": lazy("Please fill this in."),
        "null": lazy("Please fill this in."),
        "invalid": lazy("This is not valid."),
    }
    parse: Callable[[str], Any]

    @override
    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if not value.strip():
            if self.allow_none:
                return None
            raise self.make_error("required")
        try:
            return type(self).parse(value)
        except ValueError as refusal:
            raise ValidationError(str(refusal)) from None


class TypedDate(_Typed):
    """A `date`, typed in Jalali or Gregorian; an empty text is None where `allow_none`."""

    parse: Callable[[str], date] = staticmethod(parse_date)


class TypedTime(_Typed):
    """A time of day; an empty text is None where `allow_none`."""

    parse: Callable[[str], time] = staticmethod(parse_time)


class TypedInstant(_Typed):
    """A UTC `datetime`, typed as a date with an optional time in the reader's zone."""

    parse: Callable[[str], datetime] = staticmethod(parse_datetime)


class TypedMoney(_Typed):
    """Minor units of the tenant's currency, typed in the unit the reader sees."""

    parse: Callable[[str], int] = staticmethod(parse_money)


class TypedNumber(_Typed):
    """A `Decimal`, typed with any digits and separators."""

    parse: Callable[[str], Decimal] = staticmethod(parse_number)
