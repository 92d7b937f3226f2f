"""The base of event classes, and how their fields travel through JSON and back."""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID


class BadEvent(ValueError):
    """An event class or an event's data is not what was declared; a fault of the program, never of a
    person.
    """


_READERS: dict[object, Callable[[Any], object]] = {
    UUID: UUID,
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    Decimal: Decimal,
}
_PLAIN = (str, int, bool, float)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """A fact in the past tense: ids and figures, no records, nothing private.

    A subclass is a frozen, keyword-only dataclass of plain fields (text, whole number, yes/no, UUID, date,
    aware datetime, Decimal, lists of these, or None) that names its `type`, and the `subject` it is about.
    Fields are only ever added, with a default; anything else is a new `version`.

    Example:
        @dataclass(frozen=True, kw_only=True)
        class PurchaseRecorded(Event):
            type: ClassVar[str] = "purchase.recorded"
            subject: ClassVar[tuple[str, str]] = ("purchase", "purchase_id")
            purchase_id: UUID
    """

    type: ClassVar[str]
    version: ClassVar[int] = 1
    #: The kind of thing it is about, and the field that holds its id.
    subject: ClassVar[tuple[str, str]]

    def to_data(self) -> dict[str, object]:
        """Return the fields as JSON values; naive datetimes are refused."""
        return {field.name: _to_json(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Rebuild the event from stored data; fields added since take their default, removed ones are
        ignored.
        """
        readers = field_readers(cls)
        try:
            return cls(**{name: reader(data[name]) for name, reader in readers.items() if name in data})
        except (TypeError, ValueError) as error:
            raise BadEvent(f"stored {cls.type} does not fit {cls.__name__}: {error}") from error


def _to_json(value: object) -> object:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise BadEvent("a datetime in an event must know its zone")
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    if value is None or isinstance(value, _PLAIN):
        return value
    raise BadEvent(f"an event can not carry a {type(value).__name__}")


_readers: dict[str, tuple[type, dict[str, Callable[[Any], object]]]] = {}


def field_readers(event: type[Event]) -> dict[str, Callable[[Any], object]]:
    """Return for each field what reads it from JSON; raise `BadEvent` for a field of another kind."""
    name = f"{event.__module__}.{event.__qualname__}"
    known = _readers.get(name)
    if known is None or known[0] is not event:
        known = _readers[name] = (event, _make_readers(event))
    return known[1]


def _make_readers(event: type[Event]) -> dict[str, Callable[[Any], object]]:
    hints = typing.get_type_hints(event)
    return {field.name: _reader(event, field.name, hints[field.name]) for field in dataclasses.fields(event)}


def _reader(event: type[Event], name: str, hint: object) -> Callable[[Any], object]:
    origin = typing.get_origin(hint)
    arguments = [argument for argument in typing.get_args(hint) if argument is not type(None)]
    if origin in (typing.Union, types.UnionType) and len(arguments) == 1:
        inner = _reader(event, name, arguments[0])
        return lambda value: None if value is None else inner(value)
    if origin in (list, tuple) and arguments:
        item = _reader(event, name, arguments[0])
        kind = list if origin is list else tuple
        return lambda value: kind(item(part) for part in value)
    if hint in _PLAIN or origin is typing.Literal:
        return lambda value: value
    if hint in _READERS:
        return _READERS[hint]
    raise BadEvent(f"{event.__name__}.{name}: an event can not carry {hint}")


def check_event_class(event: type[Event]) -> None:
    """Raise `BadEvent` unless the class can be emitted and read back."""
    parameters = getattr(event, "__dataclass_params__", None)
    if "__dataclass_params__" not in vars(event) or not getattr(parameters, "frozen", False):
        raise BadEvent(f"{event.__name__} is not a frozen dataclass")
    name = getattr(event, "type", "")
    if (
        not isinstance(name, str)
        or name.count(".") != 1
        or not all(part.isidentifier() for part in name.split("."))
    ):
        raise BadEvent(f"{event.__name__}.type must read noun.happened, not {name!r}")
    subject = getattr(event, "subject", None)
    if not isinstance(subject, tuple) or len(subject) != 2 or subject[1] not in field_readers(event):
        raise BadEvent(f"{event.__name__}.subject must name a kind and one of its fields")
