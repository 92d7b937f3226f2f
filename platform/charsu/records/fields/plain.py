"""Fields of text, numbers, money and yes/no."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy.types import BigInteger, Boolean, Numeric, TypeEngine
from typing_extensions import override

from charsu.api import fields as api
from charsu.records.fields.base import Field, Value
from charsu.records.fields.loading import Number
from charsu.text.digits import format_number
from charsu.text.fields import TypedMoney
from charsu.text.i18n import _, lazy
from charsu.text.money import format_money, money_input


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """One line of text."""

    kind: ClassVar[str] = "text"
    operators: ClassVar[tuple[str, ...]] = ("contains", "is", "is_not", "starts", "empty", "filled")

    max_length: int = 200

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Text without surrounding space; blank is null unless the field is required."""
        return api.Text(
            max_length=self.max_length, required=is_required, allow_none=not self.is_required or None
        )


@dataclass(frozen=True, kw_only=True)
class LongTextField(TextField):
    """Text of many lines. Blank text is kept as an empty string."""

    kind: ClassVar[str] = "long_text"
    operators: ClassVar[tuple[str, ...]] = ("contains", "empty", "filled")
    is_sortable: ClassVar[bool] = False
    widget: ClassVar[str] = "long_text"

    max_length: int = 4000

    @property
    def empty(self) -> Value:
        """As its column has it."""
        return ""

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Text with its line ends."""
        return api.Text(max_length=self.max_length, multiline=True, required=is_required)

    def parse_cell(self, value: object) -> Value:
        """As typed; an empty cell is an empty text."""
        return super().parse_cell(value) or ""


@dataclass(frozen=True, kw_only=True)
class NumberField(Field):
    """A decimal number; a whole one with `decimals=0`, which is an int."""

    kind: ClassVar[str] = "number"
    operators: ClassVar[tuple[str, ...]] = ("is", "at_least", "at_most", "between", "empty", "filled")
    sql_type: ClassVar[TypeEngine[Any]] = Numeric()
    widget: ClassVar[str] = "number"
    cell: ClassVar[str] = "number"

    decimals: int = 0
    minimum: int | None = None
    maximum: int | None = None

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A number; decimals also as text, so that nothing is rounded on the way."""
        return Number(
            decimals=self.decimals,
            minimum=self.minimum,
            maximum=self.maximum,
            required=is_required,
            allow_none=not self.is_required,
        )

    def to_text(self, value: Value) -> str:
        """With the reader's digits and group marks."""
        return "" if value is None else format_number(value)

    def to_input(self, value: Value) -> Any:
        """Without an exponent and idle zeros."""
        return "" if value is None else _decimal_text(value)

    def to_json(self, value: Value) -> Any:
        """A number; with decimals a text, so that nothing is rounded on the way."""
        return value if value is None or self.decimals == 0 else format(Decimal(value), "f")

    def to_stored(self, value: Value) -> Any:
        """As `to_json`, without idle zeros: a column of fixed decimals gives more than were written."""
        return value if value is None or self.decimals == 0 else _decimal_text(value)

    def from_stored(self, stored: Any) -> Value:
        """The number, exact."""
        if stored is None:
            return None
        return int(stored) if self.decimals == 0 else Decimal(str(stored))


@dataclass(frozen=True, kw_only=True)
class MoneyField(Field):
    """An amount in minor units (bigint, `*_minor`), in the currency of `currency_field` or the tenant's."""

    kind: ClassVar[str] = "money"
    operators: ClassVar[tuple[str, ...]] = ("at_least", "at_most", "between", "is", "empty", "filled")
    sql_type: ClassVar[TypeEngine[Any]] = BigInteger()
    widget: ClassVar[str] = "money"
    cell: ClassVar[str] = "money"

    #: The column beside it that holds the ISO 4217 code.
    currency_field: str = ""
    minimum: int = 0
    maximum: int = 10**15

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Minor units."""
        return api.MoneyMinor(
            minimum=self.minimum,
            maximum=self.maximum,
            required=is_required,
            allow_none=not self.is_required,
        )

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """In the unit the reader sees, such as Toman."""
        return TypedMoney(
            required=is_required,
            allow_none=not self.is_required,
            validate=self._check_range,
        )

    def _check_range(self, amount: int | None) -> None:
        if amount is not None and not self.minimum <= amount <= self.maximum:
            raise ma.ValidationError(lazy("This amount is out of range."))

    def to_text(self, value: Value) -> str:
        """With its unit, in the tenant's currency."""
        return "" if value is None else format_money(value)

    def to_input(self, value: Value) -> Any:
        """In the reader's unit."""
        return "" if value is None else money_input(value)


@dataclass(frozen=True, kw_only=True)
class FlagField(Field):
    """Yes or no."""

    kind: ClassVar[str] = "flag"
    operators: ClassVar[tuple[str, ...]] = ("is",)
    sql_type: ClassVar[TypeEngine[Any]] = Boolean()
    widget: ClassVar[str] = "flag"
    cell: ClassVar[str] = "flag"

    @property
    def empty(self) -> Value:
        """As its column has it."""
        return False

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """true or false."""
        return api.Flag(required=is_required)

    def to_text(self, value: Value) -> str:
        """The word."""
        return "" if value is None else (_("Yes") if value else _("No"))

    def cell_text(self, value: object) -> Any:
        """Also «بله» and «خیر»."""
        words = {"بله": "true", "بلی": "true", "خیر": "false", "نه": "false"}
        text = str(value).strip()
        return words.get(text, text)

    @override
    def search_words(self, value: Value) -> list[str]:
        """Nobody looks for a yes."""
        return []


def _decimal_text(value: Any) -> str:
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
