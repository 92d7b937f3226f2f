"""Moving a record of a calendar to another day, or to another time of it; its length stays as it was."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from charsu.errors import PermissionDenied
from charsu.records.fields import DateField, InstantField
from charsu.text.calendar import local_date
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

ONE_DAY = dt.timedelta(days=1)


def can_move(record_type: RecordType) -> bool:
    """Whether records of the type stand on a calendar by a day people may write."""
    start, _end = _dates(record_type)
    return start is not None and "write" in record_type.verbs and not start.is_read_only


def is_movable(record_type: RecordType, access: RecordAccess) -> bool:
    """Whether this person may give records of the type another day, as far as type and fields tell."""
    start, end = _dates(record_type)
    if start is None or "write" not in record_type.verbs or not access.can("write"):
        return False
    hidden_end = end is not None and not access.readable([end])
    return bool(access.writable([start])) and not hidden_end


def check_movable(record_type: RecordType, access: RecordAccess) -> None:
    """Raise `PermissionDenied` where `is_movable` says no, with the field it is about where it is one."""
    if is_movable(record_type, access):
        return
    access.require("write")
    start, end = _dates(record_type)
    field = end if start is None or access.writable([start]) else start
    if field is None:
        raise PermissionDenied
    raise PermissionDenied(
        _("You can not change “%(title)s”.", title=str(field.title)), field=field.name, code="field_read_only"
    )


def day_of(record_type: RecordType, record: Any) -> dt.date | None:
    """The day a record begins on, in the reader's zone; None for one that has none yet."""
    start, _end = _dates(record_type)
    value = start.read(record) if start is not None else None
    return None if value is None else _day(value)


def moved_values(
    record_type: RecordType, record: Any, day: dt.date, at: dt.time | None = None
) -> dict[str, Any]:
    """The values that let a record begin on `day`, for its service to write; `at` is another time of day.

    Times of day stay as the clock on the wall shows them, also over a change of clocks. What takes less than
    a day takes as long as before; what lasts longer ends so many days later, at its time of day. What has no
    times, only days, has no use for `at`.
    """
    start, end = _dates(record_type)
    if start is None:
        return {}
    began = start.read(record)
    begins = start.on_day(began, day)
    if at is not None and isinstance(start, InstantField) and is_timed(record_type, record):
        begins = InstantField.on_day(start, dt.datetime.combine(day, at, current_preferences().zone), day)
    values = {start.name: begins}
    ended = end.read(record) if end is not None else None
    if end is None or ended is None or began is None:
        return values
    if _is_short(record_type, record, began, ended):
        values[end.name] = begins + (ended - began)
    else:
        values[end.name] = end.on_day(ended, _day(ended) + (day - _day(began)))
    return values


def is_timed(record_type: RecordType, record: Any) -> bool:
    """Whether a record begins at a time, and not with a day."""
    start, _end = _dates(record_type)
    name = record_type.calendar.all_day_field if record_type.calendar else ""
    began = start.read(record) if start is not None else None
    return isinstance(began, dt.datetime) and not (name and getattr(record, name))


def time_of(record_type: RecordType, record: Any) -> dt.time | None:
    """The time a record begins at, on the reader's clock; None for one that begins with a day."""
    start, _end = _dates(record_type)
    began = start.read(record) if start is not None and is_timed(record_type, record) else None
    return began.astimezone(current_preferences().zone).time() if began is not None else None


def _is_short(record_type: RecordType, record: Any, began: dt.date, ended: dt.date) -> bool:
    """Whether it is an appointment of hours and minutes, and not one of days."""
    if not (isinstance(began, dt.datetime) and isinstance(ended, dt.datetime)):
        return False
    return dt.timedelta(0) <= ended - began < ONE_DAY and is_timed(record_type, record)


def _dates(
    record_type: RecordType,
) -> tuple[DateField | InstantField | None, DateField | InstantField | None]:
    spec = record_type.calendar
    return (
        (None, None)
        if spec is None
        else (_date(record_type, spec.start_field), _date(record_type, spec.end_field))
    )


def _date(record_type: RecordType, name: str) -> DateField | InstantField | None:
    found = record_type.by_name.get(name)
    return found if isinstance(found, DateField | InstantField) else None


def _day(value: dt.date) -> dt.date:
    return local_date(value) if isinstance(value, dt.datetime) else value
