"""The days a calendar shows and what stands on each: month, week, day, agenda and team."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from charsu.records.calendar import Event, events_by_day
from charsu.schedule.working_hours import WorkingTime
from charsu.text.calendar import (
    add_months,
    format_date,
    split_date,
    start_of_day,
    start_of_month,
    start_of_week,
    today,
)
from charsu.text.calendar_names import GREGORIAN_MONTHS, JALALI_MONTHS, WEEKDAYS
from charsu.text.i18n import _
from charsu.text.preferences import Calendar, current_preferences

View = Literal["month", "week", "day", "agenda", "team"]
VIEWS: tuple[View, ...] = get_args(View)
#: Lines of a day of the month before "and so many more".
SHOWN_A_DAY = 4
AGENDA_DAYS = 30
#: Rows of the time grid an hour has; see `calendar-grid.css`.
HOUR_ROWS = 4
#: Rows the shortest event takes, so that its title can be read.
LEAST_ROWS = 2
#: Hours always shown by the time grid.
DAY_HOURS = (8, 18)
ONE_DAY = dt.timedelta(days=1)
#: Events side by side in the time grid; what comes beyond shares the last lane.
LANES = 6


@dataclass(frozen=True, slots=True)
class Placed:
    """An event in the time grid of a day: its first row (from 1), how many rows it takes, and its lane."""

    event: Event
    row: int
    rows: int
    lane: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCell:
    """One day as a calendar shows it."""

    day: dt.date
    number: int
    #: The day in the other calendar, small beside.
    other: str
    #: The same with the name of its month.
    other_long: str
    weekday: str
    holiday: str
    is_today: bool
    is_work: bool
    is_outside: bool = False
    events: Sequence[Event] = ()
    placed: Sequence[Placed] = ()

    @property
    def shown(self) -> Sequence[Event]:
        """The events of a month's cell; where they are too many, all but the last places."""
        return self.events if len(self.events) <= SHOWN_A_DAY else self.events[: SHOWN_A_DAY - 1]

    @property
    def hidden_count(self) -> int:
        """How many a month's cell leaves out."""
        return len(self.events) - len(self.shown)

    @property
    def whole_day(self) -> Sequence[Event]:
        """What lasts the whole of this day."""
        return [event for event in self.events if not _is_placed(event, self.day)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A member and what each of the days holds for her."""

    member_id: uuid.UUID | None
    name: str
    days: Sequence[Sequence[Event]]


@dataclass(frozen=True, kw_only=True)
class Span:
    """What a view shows around a day: its days, and where the steps before and after lead."""

    view: View
    on: dt.date
    first: dt.date
    last: dt.date

    @classmethod
    def around(cls, view: View, on: dt.date) -> Span:
        """The days of a view; a month is filled up to whole weeks."""
        if view == "month":
            first = start_of_month(on)
            last = add_months(first, 1) - ONE_DAY
            return cls(view=view, on=on, first=start_of_week(first), last=start_of_week(last) + 6 * ONE_DAY)
        if view in ("week", "team"):
            first = start_of_week(on)
            return cls(view=view, on=on, first=first, last=first + 6 * ONE_DAY)
        if view == "agenda":
            return cls(view=view, on=on, first=on, last=on + (AGENDA_DAYS - 1) * ONE_DAY)
        return cls(view=view, on=on, first=on, last=on)

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Every day shown, in order."""
        return tuple(self.first + number * ONE_DAY for number in range((self.last - self.first).days + 1))

    @property
    def before(self) -> dt.date:
        """A day of the step before."""
        return self._step(-1)

    @property
    def after(self) -> dt.date:
        """A day of the step after."""
        return self._step(1)

    @property
    def title(self) -> str:
        """The month, the day, or the first and last day."""
        if self.view == "month":
            return format_date(self.on, "month")
        if self.view == "day":
            return format_date(self.on, "long")
        is_one_year = split_date(self.first)[0] == split_date(self.last)[0]
        first = format_date(self.first, "yearless" if is_one_year else "medium")
        return _("%(first)s to %(last)s", first=first, last=format_date(self.last))

    def _step(self, by: int) -> dt.date:
        if self.view == "month":
            return add_months(start_of_month(self.on), by)
        if self.view == "agenda":
            return self.on + by * AGENDA_DAYS * ONE_DAY
        return self.on + by * (1 if self.view == "day" else 7) * ONE_DAY


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A filled calendar: its days with their events, and for the time grid the hours it shows."""

    span: Span
    cells: Sequence[DayCell]
    hours: range = field(default_factory=lambda: range(*DAY_HOURS))

    @property
    def weeks(self) -> Sequence[Sequence[DayCell]]:
        """The cells, seven by seven."""
        return [self.cells[start : start + 7] for start in range(0, len(self.cells), 7)]

    @property
    def busy(self) -> Sequence[DayCell]:
        """The days on which there is something, for the agenda; a holiday counts."""
        return [cell for cell in self.cells if cell.events or cell.holiday or cell.is_today]


def fill(span: Span, events: Iterable[Event], working: WorkingTime) -> Sheet:
    """Put the events on the days of a span."""
    by_day = events_by_day(events, span.days)
    hours = _hours(by_day)
    month = split_date(span.on)[1]
    now = today()
    cells = []
    for day in span.days:
        numbers = split_date(day)
        cells.append(
            DayCell(
                day=day,
                number=numbers[2],
                other=_other_date(day),
                other_long=_other_date(day, with_month=True),
                weekday=WEEKDAYS[current_preferences().locale][day.weekday()],
                holiday=working.holidays.get(day, ""),
                is_today=day == now,
                is_work=working.is_working_day(day),
                is_outside=span.view == "month" and numbers[1] != month,
                events=by_day[day],
                placed=_placed(by_day[day], day, hours),
            )
        )
    return Sheet(span=span, cells=cells, hours=hours)


def team_rows(span: Span, events: Sequence[Event], members: Mapping[uuid.UUID, str]) -> Sequence[TeamRow]:
    """A row for every member, then one for events nobody has, if there are any."""
    of_nobody = [event for event in events if event.member_id not in members]
    rows = [
        TeamRow(member_id=member_id, name=name, days=_columns(span, events, {member_id}))
        for member_id, name in members.items()
    ]
    if of_nobody:
        days = events_by_day(of_nobody, span.days)
        rows.append(TeamRow(member_id=None, name=_("Nobody"), days=list(days.values())))
    return rows


def _columns(span: Span, events: Sequence[Event], members: Collection[uuid.UUID | None]) -> list[list[Event]]:
    mine = [event for event in events if event.member_id in members]
    return list(events_by_day(mine, span.days).values())


def _other_date(day: dt.date, *, with_month: bool = False) -> str:
    """The day's number in the other calendar; on the first of its months the month's name too."""
    preferences = current_preferences()
    other: Calendar = "gregorian" if preferences.calendar == "jalali" else "jalali"
    _year, month, number = split_date(day, other)
    names = (GREGORIAN_MONTHS if other == "gregorian" else JALALI_MONTHS)[preferences.locale]
    return f"{number} {names[month - 1]}" if with_month or number == 1 else str(number)


def _is_placed(event: Event, day: dt.date) -> bool:
    """Whether the event has its time within the day: longer ones stand above the grid."""
    return event.starts_at is not None and event.first == event.last == day


def _hours(by_day: Mapping[dt.date, Sequence[Event]]) -> range:
    """From the earliest to the latest hour of all timed events, and the usual hours at least."""
    first, last = DAY_HOURS
    for day, events in by_day.items():
        for event in events:
            if _is_placed(event, day):
                start, end = _minutes(event)
                first, last = min(first, start // 60), max(last, -(-end // 60))
    return range(first, min(last, 24))


def _placed(events: Iterable[Event], day: dt.date, hours: range) -> list[Placed]:
    """Events into the first lane that is free at their start."""
    free: list[int] = []
    placed = []
    for event in events:
        if not _is_placed(event, day):
            continue
        start, end = _minutes(event)
        step = 60 // HOUR_ROWS
        row = start // step - hours.start * HOUR_ROWS
        rows = max(LEAST_ROWS, -(-end // step) - start // step)
        lane = next((number for number, until in enumerate(free) if until <= row), len(free))
        lane = min(lane, LANES - 1)
        free[lane : lane + 1] = [row + rows]
        placed.append(Placed(event, row + 1, rows, lane + 1))
    return placed


def _minutes(event: Event) -> tuple[int, int]:
    """Begin and end of a timed event in minutes of its day; without an end it takes half an hour."""
    zone = current_preferences().zone
    start = (event.starts_at or start_of_day(event.first)).astimezone(zone)
    begins = start.hour * 60 + start.minute
    if event.ends_at is None:
        return begins, min(begins + 30, 24 * 60)
    end = event.ends_at.astimezone(zone)
    ends = 24 * 60 if end.date() > start.date() else end.hour * 60 + end.minute
    return begins, max(ends, begins + 1)
