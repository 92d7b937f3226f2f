"""Kinds of fields that only the CRM's nouns have."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from charsu.api import Schema
from charsu.api.fields import Flag, MoneyMinor, Text
from charsu.records.fields import Field, InstantField, ListField
from charsu.records.fields.base import Value
from charsu.text import calendar
from charsu.text.digits import format_number
from charsu.text.i18n import lazy
from charsu_crm_core import rules
from charsu_crm_core.models import MAX_AMOUNT_MINOR
from charsu_crm_core.quantities import Quantity

MOST_ITEMS = 30
_DONE = "✓"


@dataclass(frozen=True, kw_only=True)
class DueField(InstantField):
    """A time, or a day without one: then its last minute in the tenant's zone stands for it."""

    kind: ClassVar[str] = "instant"

    def checked(self, value: Value) -> Value:
        """Midnight, as a day typed without a time reads, means the day."""
        day = calendar.local_date(value) if value else None
        if day is not None and value == calendar.start_of_day(day):
            value = end_of_day(day)
        return super().checked(value)

    def on_day(self, value: Value, day: dt.date) -> Value:
        """The whole of another day where it has no time."""
        return end_of_day(day) if value is None or is_whole_day(value) else super().on_day(value, day)

    def to_text(self, value: Value) -> str:
        """A day alone without its last minute."""
        return calendar.format_date(value) if value and is_whole_day(value) else super().to_text(value)

    def to_input(self, value: Value) -> Any:
        """As `to_text`, in figures."""
        if value and is_whole_day(value):
            return calendar.format_date(value, "short")
        return super().to_input(value)


@dataclass(frozen=True, kw_only=True)
class RowsField(ListField):
    """Texts of a line each, which may hold commas. An array column; none is `{}`."""

    widget: ClassVar[str] = "long_text"

    @override
    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """One text of many lines."""
        return _Rows(self.of.form_field(), validate=_not_too_many(self.most))

    def to_input(self, value: Value) -> Any:
        """A line for each."""
        return "\n".join(value or ())


@dataclass(frozen=True, kw_only=True)
class ChecklistField(Field):
    """Things to tick off: `{"title": …, "is_done": …}` each. A `jsonb` list; none is `[]`."""

    kind: ClassVar[str] = "checklist"
    operators: ClassVar[tuple[str, ...]] = ()
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = JSONB()
    widget: ClassVar[str] = "long_text"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A list of objects."""
        return ma.fields.List(
            ma.fields.Nested(_Item), required=is_required, validate=_not_too_many(MOST_ITEMS)
        )

    @override
    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A line for each; a tick in front of what is done."""
        return _Items(validate=_not_too_many(MOST_ITEMS))

    def to_text(self, value: Value) -> str:
        """A line for each."""
        return "\n".join(
            f"{_DONE} {item['title']}" if item.get("is_done") else item["title"] for item in value or ()
        )

    def to_input(self, value: Value) -> Any:
        """As `to_text`."""
        return self.to_text(value)

    def search_words(self, value: Value) -> list[str]:
        """The titles."""
        return [item["title"] for item in value or ()]


@dataclass(frozen=True, kw_only=True)
class ProductsField(Field):
    """Articles of a deal: title, quantity, price of one. A `jsonb` list; none is `[]`."""

    kind: ClassVar[str] = "products"
    operators: ClassVar[tuple[str, ...]] = ()
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = JSONB()

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A list of objects as those of a purchase's lines."""
        return ma.fields.List(
            ma.fields.Nested(_Product), required=is_required, validate=_not_too_many(rules.MAX_LINES)
        )

    def checked(self, value: Value) -> Value:
        """Quantities as text, so that JSON keeps them exact."""
        return super().checked(
            [
                {
                    "title": rules.clean_title(item["title"]),
                    "quantity": plain_quantity(rules.check_quantity(Decimal(item.get("quantity", 1)))),
                    "unit_price_minor": rules.check_unit_price(item["unit_price_minor"]),
                }
                for item in value or ()
            ]
        )

    def to_text(self, value: Value) -> str:
        """A line for each: how many of what."""
        return "\n".join(
            f"{item['title']} × {format_number(Decimal(item['quantity']))}" for item in value or ()
        )

    def search_words(self, value: Value) -> list[str]:
        """The titles."""
        return [item["title"] for item in value or ()]


def is_whole_day(moment: dt.datetime) -> bool:
    """Whether the moment is the last minute of its day in the reader's zone."""
    return moment == end_of_day(calendar.local_date(moment))


def end_of_day(day: dt.date) -> dt.datetime:
    """The last minute of a local day."""
    return calendar.start_of_day(day + dt.timedelta(days=1)) - dt.timedelta(minutes=1)


def plain_quantity(number: Decimal) -> str:
    """`2`, `1.5`: no exponent and no idle zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _not_too_many(most: int) -> ma.validate.Length:
    return ma.validate.Length(max=most, error=lazy("These are too many."))


class _Item(Schema):
    title = Text(required=True, max_length=200)
    is_done = Flag(load_default=False)


class _Product(Schema):
    title = Text(required=True, max_length=200, metadata={"example": "شلوار جین"})
    quantity = Quantity(load_default=Decimal(1), metadata={"example": "2"})
    unit_price_minor = MoneyMinor(required=True, minimum=0, maximum=MAX_AMOUNT_MINOR)


class _Rows(ma.fields.List[Any]):
    """A list out of the lines of a text."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, str):
            value = [line.strip() for line in value.splitlines() if line.strip()]
        return super()._deserialize(value, attr, data, **kwargs)


class _Items(_Rows):
    """Items out of the lines of a text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(max_length=200), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        lines = super()._deserialize(value, attr, data, **kwargs)
        return [
            {"title": line.removeprefix(_DONE).strip(), "is_done": line.startswith(_DONE)}
            for line in lines
            if line.removeprefix(_DONE).strip()
        ]
