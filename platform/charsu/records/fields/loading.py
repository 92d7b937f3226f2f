"""marshmallow fields that the kinds of record fields need beyond those of the API."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import marshmallow as ma
from typing_extensions import override

from charsu.api.fields import UNSTORABLE
from charsu.text.digits import parse_number
from charsu.text.i18n import lazy

_LARGEST = Decimal(10) ** 15


class Number(ma.fields.Field[Any]):
    """A finite number with at most `decimals` digits after the point: int without any, else Decimal.

    Takes JSON numbers and text with any digits; written as number without decimals, else as text.
    """

    default_error_messages = {
        "invalid": lazy("This must be a number."),
        "decimals": lazy("This number has too many decimals."),
        "small": lazy("This number is too small."),
        "large": lazy("This number is too large."),
    }

    def __init__(
        self, *, decimals: int, minimum: int | None = None, maximum: int | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.decimals = decimals
        self.minimum = minimum
        self.maximum = maximum

    @override
    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value if value is None or self.decimals == 0 else format(Decimal(value), "f")

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, str) and not value.strip() and self.allow_none:
            return None
        number = self._number(value)
        # The range first: a number beyond it can be too large to be rounded.
        if number < (-_LARGEST if self.minimum is None else self.minimum):
            raise self.make_error("small")
        if number > (_LARGEST if self.maximum is None else self.maximum):
            raise self.make_error("large")
        if number != round(number, self.decimals):
            raise self.make_error("decimals")
        return int(number) if self.decimals == 0 else number

    def _number(self, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise self.make_error("invalid")
        if len(str(value)) > 40:
            raise self.make_error("large")
        try:
            number = parse_number(value) if isinstance(value, str) else Decimal(str(value))
        except (ValueError, InvalidOperation):
            raise self.make_error("invalid") from None
        if not number.is_finite():
            raise self.make_error("invalid")
        return number


class Parsed(ma.fields.Field[Any]):
    """A text of one line that `parse` turns into its stored form; its `ValueError` is the message."""

    default_error_messages = {
        "invalid": lazy("This is not valid."),
        "blank": lazy("Please fill this in."),
    }

    def __init__(self, parse: Callable[[str], Any], *, max_length: int = 2000, **options: Any) -> None:
        super().__init__(**options)
        self.parse = parse
        self.max_length = max_length

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str) or len(value) > self.max_length or UNSTORABLE.search(value):
            raise self.make_error("invalid")
        if not value.strip():
            if self.allow_none:
                return None
            raise self.make_error("blank")
        try:
            return self.parse(value)
        except ValueError as refusal:
            raise ma.ValidationError(str(refusal)) from None


class OneOf(ma.fields.Field[str]):
    """One of a few stored words, as `find` reads them out of what was written."""

    default_error_messages = {"invalid": lazy("Choose one of the values offered.")}

    def __init__(self, find: Callable[[str], str | None], **options: Any) -> None:
        super().__init__(**options)
        self.find = find

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if value == "" and self.allow_none:
            return None
        found = self.find(value) if isinstance(value, str) and len(value) <= 200 else None
        if found is None:
            raise self.make_error("invalid")
        return found


class Separated(ma.fields.List[Any]):
    """A list, or one text whose parts stand between commas, semicolons or line ends of either script."""

    default_error_messages = {"many": lazy("These are too many.")}

    def __init__(self, inner: ma.fields.Field[Any], *, split: Callable[[str], list[str]], most: int) -> None:
        super().__init__(inner)
        self.split = split
        self.most = most

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        parts = self.split(value) if isinstance(value, str) else value
        if isinstance(parts, list):
            parts = [
                piece
                for part in parts
                for piece in (self.split(part) if isinstance(part, str) else [part])
                if piece != ""
            ]
            if len(parts) > self.most:
                raise self.make_error("many")
        loaded = super()._deserialize(parts, attr, data, **kwargs)
        return list(dict.fromkeys(loaded))
