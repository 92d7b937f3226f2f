"""Fields of days and moments."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy.types import Date, DateTime, TypeEngine
from typing_extensions import override

from charsu.api import fields as api
from charsu.records.fields.base import Field, Value
from charsu.text.calendar import format_date, format_datetime, start_of_day
from charsu.text.fields import TypedDate, TypedInstant
from charsu.text.preferences import current_preferences

_OPERATORS = ("within", "on", "after", "before", "between", "empty", "filled")


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """A day without a time (`*_on`), typed and shown in the reader's calendar."""

    kind: ClassVar[str] = "date"
    operators: ClassVar[tuple[str, ...]] = _OPERATORS
    sql_type: ClassVar[TypeEngine[Any]] = Date()
    widget: ClassVar[str] = "date"
    cell: ClassVar[str] = "date"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """ISO 8601, Gregorian."""
        return api.Day(required=is_required, allow_none=not self.is_required)

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Jalali or Gregorian; the year tells which."""
        return TypedDate(required=is_required, allow_none=not self.is_required)

    def parse_cell(self, value: object) -> Value:
        """A date cell of a spreadsheet is taken as it is."""
        if isinstance(value, dt.datetime):
            value = value.date()
        return self.checked(value) if isinstance(value, dt.date) else super().parse_cell(value)

    def to_text(self, value: Value) -> str:
        """In the reader's calendar."""
        return "" if value is None else format_date(value)

    def to_input(self, value: Value) -> Any:
        """In the reader's calendar, in figures."""
        return "" if value is None else format_date(value, "short")

    def on_day(self, _value: Value, day: dt.date) -> Value:
        """The value after a move to another day, on a calendar: that day."""
        return day

    @override
    def search_words(self, value: Value) -> list[str]:
        """Dates are filtered, not searched."""
        return []


@dataclass(frozen=True, kw_only=True)
class InstantField(Field):
    """A moment in UTC (`*_at`), typed and shown in the reader's calendar and the tenant's zone."""

    kind: ClassVar[str] = "instant"
    operators: ClassVar[tuple[str, ...]] = _OPERATORS
    sql_type: ClassVar[TypeEngine[Any]] = DateTime(timezone=True)
    widget: ClassVar[str] = "instant"
    cell: ClassVar[str] = "instant"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """ISO 8601 with its zone."""
        return api.Instant(required=is_required, allow_none=not self.is_required)

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A date with an optional time of the tenant's zone."""
        return TypedInstant(required=is_required, allow_none=not self.is_required)

    def parse_cell(self, value: object) -> Value:
        """A date cell without a zone is read in the tenant's."""
        if isinstance(value, dt.datetime | dt.date):
            value = value.isoformat().replace("T", " ")[:16]
        return super().parse_cell(value)

    def to_text(self, value: Value) -> str:
        """In the reader's calendar."""
        return "" if value is None else format_datetime(value)

    def to_input(self, value: Value) -> Any:
        """In figures."""
        return "" if value is None else format_datetime(value, "short")

    def on_day(self, value: Value, day: dt.date) -> Value:
        """The same time of day on another day, in the tenant's zone; without a value, the day's first moment.

        A time the clocks leave out that day is as much later as they are put on.
        """
        if value is None:
            return start_of_day(day)
        zone = current_preferences().zone
        time = value.astimezone(zone).time()
        return dt.datetime.combine(day, time.replace(fold=0), zone).astimezone(dt.UTC)

    @override
    def search_words(self, value: Value) -> list[str]:
        """Moments are filtered, not searched."""
        return []
