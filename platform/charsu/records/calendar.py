"""Records as events: what stands on a calendar between two days, within the bounds of who looks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, func, null, or_, select
from sqlalchemy.orm import Session

from charsu import clock
from charsu.plugins.apart import done_apart
from charsu.records.detached import with_series
from charsu.records.fields import ChoiceField, DateField, Field
from charsu.records.links import module_of
from charsu.records.rescheduling import is_movable
from charsu.schedule.recurrence import Recurrence
from charsu.schedule.series import Series
from charsu.text.calendar import start_of_day
from charsu.text.preferences import current_preferences

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

#: Events of one type read at once; beyond it the earliest are shown.
MOST = 1_000
#: Showings of one repeating record in one reading.
MOST_REPEATS = 400
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A record, or one showing of a repeating record, on the days `first` to `last` of the reader's zone."""

    record_type: RecordType
    record_id: uuid.UUID
    title: str
    first: dt.date
    last: dt.date
    #: None: it lasts whole days.
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    member_id: uuid.UUID | None = None
    #: When the record was changed last.
    changed_at: dt.datetime
    tone: str = ""
    is_done: bool = False
    #: Not the record's own day but one its rule gives.
    is_repeat: bool = False
    #: It has such a rule that goes on, so that a change is of this day, or of more of them.
    has_rule: bool = False
    #: The record's days, where it repeats: its own first day, which may lie ahead of what was asked for.
    series: Series | None = None
    #: It stands for a single day of another record's rule: of which, and which day.
    series_id: uuid.UUID | None = None
    series_day: dt.date | None = None
    #: The reader may give it another day, as far as her fields and verbs tell.
    is_movable: bool = False

    @property
    def clock_time(self) -> str:
        """The time of day it begins at, as 09:30; empty where it lasts whole days."""
        if self.starts_at is None:
            return ""
        return f"{self.starts_at.astimezone(current_preferences().zone):%H:%M}"

    @property
    def move_url(self) -> str:
        """Where it gets another day; empty where the reader may not."""
        return self.record_type.url(f"calendar/{self.record_id}/move") if self.is_movable else ""

    @property
    def url(self) -> str:
        """The page of the record; of another day of its rule, the page of that day."""
        if self.is_repeat:
            return self.record_type.url(f"calendar/{self.record_id}/day?day={self.first.isoformat()}")
        return self.record_type.url(self.record_id)

    def on_day(self, day: dt.date) -> Event:
        """The same at the same times of another day, also over a change of clocks."""
        zone, by = current_preferences().zone, day - self.first

        def moved(instant: dt.datetime | None) -> dt.datetime | None:
            return None if instant is None else (instant.astimezone(zone) + by).astimezone(dt.UTC)

        return replace(
            self, first=day, last=self.last + by, starts_at=moved(self.starts_at), ends_at=moved(self.ends_at)
        )

    @property
    def order(self) -> tuple[bool, dt.datetime, str]:
        """Whole days first, then by time."""
        moment = self.starts_at or start_of_day(self.first)
        return self.starts_at is not None, moment, self.title


def list_events(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    *,
    days: tuple[dt.date, dt.date],
    member_ids: Collection[uuid.UUID] | None = None,
) -> list[Event]:
    """The events of a type on `days` (first and last, both included), of these members or of all, in order.

    One query. Scope and hidden fields hold: without the field of its start a record does not stand on the
    calendar, without another one the event only says less.
    """
    reader = _Reader(record_type, access)
    if reader.start is None:
        return []
    statement = reader.statement(days, member_ids)
    found = [event for row in session.execute(statement) for event in reader.events(row, days)]
    return sorted(found, key=lambda event: event.order)


def events_apart(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    *,
    days: tuple[dt.date, dt.date],
    member_ids: Collection[uuid.UUID] | None = None,
) -> list[Event]:
    """As `list_events`, beside those of other types: none where the tables of the type's module fail."""

    def read() -> list[Event]:
        return list_events(session, record_type, access, days=days, member_ids=member_ids)

    return done_apart(session, module_of(record_type), "calendar", read, [])


class _Reader:
    """Reads one type's rows as its `CalendarSpec` says, as far as `access` allows."""

    def __init__(self, record_type: RecordType, access: RecordAccess) -> None:
        spec = record_type.calendar
        if spec is None:
            raise ValueError(f"{record_type.key} stands on no calendar")
        self.record_type = record_type
        self.access = access
        self.model: Any = record_type.model
        self.is_movable = is_movable(record_type, access)
        self.zone: ZoneInfo = current_preferences().zone
        self.start = self._field(spec.start_field)
        self.end = self._field(spec.end_field)
        self.fields = {
            "title": self._field(record_type.title_field),
            "all_day": self._field(spec.all_day_field),
            "member": self._field(spec.member_field),
            "tone": self._field(spec.tone_field),
            "rule": self._field(spec.repeat_field),
            "done": self._field(record_type.due.done_field if record_type.due else ""),
        }

    def statement(self, days: tuple[dt.date, dt.date], member_ids: Collection[uuid.UUID] | None) -> Any:
        start, end = self._column(self.start), self._column(self.end)
        rule, member = self._column(self.fields["rule"]), self._column(self.fields["member"])
        columns = [item.label(name) for name, item in (("start", start), ("end", end))]
        columns.append(self.model.updated_at.label("changed"))
        columns += [self._column(item).label(name) for name, item in self.fields.items()]
        first, after = self._bounds(days)
        wanted = [
            self.model.deleted_at.is_(None),
            start < after,
            or_(func.coalesce(end, start) >= first, *([rule.is_not(None)] if self.fields["rule"] else [])),
            *self.access.criteria(self.model),
        ]
        if member_ids is not None:
            wanted.append(member.in_(list(member_ids)) if self.fields["member"] else false())
        statement, series_id, series_day = with_series(
            select(self.model.id, *columns), self.record_type, self.fields["rule"]
        )
        statement = statement.add_columns(series_id.label("series_id"), series_day.label("series_day"))
        return statement.where(*wanted).order_by(start.desc()).limit(MOST)

    def events(self, row: Any, days: tuple[dt.date, dt.date]) -> Iterator[Event]:
        event = self._event(row)
        if row.rule and not event.is_done:
            event = replace(event, has_rule=True, series=Series(event.first, Recurrence.from_json(row.rule)))
        if event.last >= days[0]:
            yield event
        if event.has_rule:
            # What is late is the record, not what its rule brings later.
            coming = replace(event, tone=self._own_tone(row) or _plain_tone(event))
            yield from self._repeats(coming, days)

    def _event(self, row: Any) -> Event:
        is_timed = isinstance(row.start, dt.datetime) and not row.all_day
        first = self._day(row.start)
        last = max(first, self._last_day(row.end)) if row.end is not None else first
        event = Event(
            record_type=self.record_type,
            record_id=row.id,
            title=str(row.title) if row.title else str(self.record_type.title),
            first=first,
            last=last,
            starts_at=row.start if is_timed else None,
            ends_at=row.end if is_timed and isinstance(row.end, dt.datetime) else None,
            member_id=row.member,
            changed_at=row.changed,
            is_done=bool(row.done),
            series_id=row.series_id,
            series_day=row.series_day,
            is_movable=self.is_movable,
        )
        late = "warn" if self._is_late(event) else ""
        return replace(event, tone=self._own_tone(row) or late or _plain_tone(event))

    def _own_tone(self, row: Any) -> str:
        tone_field = self.fields["tone"]
        return tone_field.tones.get(row.tone, "") if isinstance(tone_field, ChoiceField) else ""

    def _is_late(self, event: Event) -> bool:
        """Whether it should be done by now: of a type that is done at all, and its time is over."""
        over = event.ends_at or event.starts_at or start_of_day(event.last + ONE_DAY)
        return self.fields["done"] is not None and not event.is_done and over < clock.now()

    def _repeats(self, event: Event, days: tuple[dt.date, dt.date]) -> Iterator[Event]:
        if event.series is None:
            return
        after = max(event.first, days[0] - (event.last - event.first) - ONE_DAY)
        for day in islice(event.series.days(after=after), MOST_REPEATS):
            if day > days[1]:
                return
            yield replace(event.on_day(day), is_repeat=True)

    def _day(self, value: dt.date) -> dt.date:
        return value.astimezone(self.zone).date() if isinstance(value, dt.datetime) else value

    def _last_day(self, end: dt.date) -> dt.date:
        """What ends at midnight ends with the day before."""
        if isinstance(end, dt.datetime):
            return (end.astimezone(self.zone) - dt.timedelta(microseconds=1)).date()
        return end

    def _bounds(self, days: tuple[dt.date, dt.date]) -> tuple[Any, Any]:
        first, after = days[0], days[1] + ONE_DAY
        if isinstance(self.start, DateField):
            return first, after
        return start_of_day(first), start_of_day(after)

    def _field(self, name: str) -> Field | None:
        item = self.record_type.by_name.get(name)
        return item if item is not None and self.access.readable([item]) else None

    def _column(self, item: Field | None) -> ColumnElement[Any]:
        return null() if item is None else item.expression(self.model)


def _plain_tone(event: Event) -> str:
    """Appointments stand out from what has the whole day."""
    return "accent" if event.starts_at is not None else ""


def events_by_day(events: Iterable[Event], days: Iterable[dt.date]) -> dict[dt.date, list[Event]]:
    """The events that touch each of the days, in their order; one that lasts longer stands on each."""
    by_day: dict[dt.date, list[Event]] = {day: [] for day in days}
    for event in events:
        for day, found in by_day.items():
            if event.first <= day <= event.last:
                found.append(event)
    return by_day
