"""When a business works: its hours on each weekday, without its holidays; and time counted in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.schedule.holidays import holiday_titles
from charsu.text.digits import to_latin
from charsu.text.i18n import _
from charsu_tenants.context import Tenant, current_tenant

SETTING = "working_hours"
DAY_MINUTES = 24 * 60
MAX_SPANS = 6

_FIND = text("SELECT value FROM core_setting WHERE key = :key")
_STORE = text("""
INSERT INTO core_setting (key, value) VALUES (:key, CAST(:value AS jsonb))
ON CONFLICT (key) DO UPDATE SET value = excluded.value""")
_SPAN = re.compile(r"(\d{1,2})(?::(\d{1,2}))?\s*(?:-|–|—|تا|to)\s*(\d{1,2})(?::(\d{1,2}))?")


class Span(NamedTuple):
    """A stretch of work in a day, in minutes from its midnight; the end is not part of it."""

    start: int
    end: int

    @classmethod
    def parse(cls, written: str) -> "Span":
        """`8-12:30`, `۸ تا ۱۲:۳۰`. Raises: ValueError."""
        found = _SPAN.fullmatch(to_latin(written).strip())
        if found is None:
            raise ValueError(written)
        from_hour, from_minute, to_hour, to_minute = (int(part or 0) for part in found.groups())
        span = cls(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
        if max(from_minute, to_minute) > 59 or not 0 <= span.start < span.end <= DAY_MINUTES:
            raise ValueError(written)
        return span

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in self)


Day = tuple[Span, ...]
_NINE_TO_FIVE: Day = (Span(9 * 60, 17 * 60),)
_EIGHT_TO_FIVE: Day = (Span(8 * 60, 17 * 60),)
_MORNING: Day = (Span(8 * 60, 13 * 60),)
#: Monday first, as `date.weekday` counts: Saturday to Wednesday and Thursday morning; Monday to Friday.
DEFAULTS: Mapping[str, tuple[Day, ...]] = {
    "jalali": (*(_EIGHT_TO_FIVE,) * 3, _MORNING, (), *(_EIGHT_TO_FIVE,) * 2),
    "gregorian": (*(_NINE_TO_FIVE,) * 5, (), ()),
}


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Hours by weekday (Monday first), the holidays of the days in question, and the zone they are in."""

    days: tuple[Day, ...]
    holidays: Mapping[date, str]
    zone: ZoneInfo

    def is_working_day(self, day: date) -> bool:
        """Whether there is work on this day at all."""
        return bool(self.days[day.weekday()]) and day not in self.holidays

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes from `start` to `end`; none where `end` is not later."""
        seconds = 0.0
        for begins, ends in self._stretches(start, end):
            seconds += max(0.0, (min(ends, end) - max(begins, start)).total_seconds())
        return int(seconds // 60)

    def _stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            if day not in self.holidays:
                for span in self.days[day.weekday()]:
                    yield self._instant(day, span.start), self._instant(day, span.end)
            day += timedelta(days=1)

    def _instant(self, day: date, minute: int) -> datetime:
        whole = day + timedelta(days=minute // DAY_MINUTES)
        at = time(minute % DAY_MINUTES // 60, minute % 60)
        return datetime.combine(whole, at, self.zone).astimezone(UTC)


def find_hours(session: Session, tenant: Tenant) -> tuple[Day, ...]:
    """The hours of each weekday, Monday first; what is usual in the business's calendar until it says
    otherwise.
    """
    stored: Any = session.scalar(_FIND, {"key": SETTING})
    if stored is None:
        return DEFAULTS[tenant.calendar]
    return tuple(tuple(Span(*span) for span in spans) for spans in stored)


def store_hours(session: Session, days: tuple[Day, ...]) -> None:
    """Keep the hours of the seven weekdays, Monday first. Raises: RuleViolated on `day_<n>` for overlaps."""
    if len(days) != 7:
        raise RuleViolated(_("A week has seven days."), field="days")
    ordered = tuple(tuple(sorted(spans)) for spans in days)
    for number, spans in enumerate(ordered):
        is_overlapping = any(one.end > other.start for one, other in pairwise(spans))
        if is_overlapping or len(spans) > MAX_SPANS:
            raise RuleViolated(_("These hours overlap."), field=f"day_{number}")
    plain = [[[*span] for span in spans] for spans in ordered]
    session.execute(_STORE, {"key": SETTING, "value": orjson.dumps(plain).decode()})


def parse_day(written: str) -> Day:
    """`8-12, 13-17` as spans; nothing is a day off. Raises: ValueError with a message for people."""
    parts = [part for part in re.split(r"[,،;؛\n]", written) if part.strip()]
    try:
        return tuple(Span.parse(part) for part in parts)
    except ValueError:
        raise ValueError(_("Write hours like 8:00-12:30, 13:30-17:00.")) from None


def write_day(spans: Day) -> str:
    """Spans as people type them."""
    return ", ".join(map(str, spans))


def load_working_time(session: Session, first: date, last: date) -> WorkingTime:
    """The working time of the tenant at hand, with its holidays from `first` to `last`; two queries."""
    tenant = current_tenant()
    return WorkingTime(
        days=find_hours(session, tenant),
        holidays=holiday_titles(session, first, last),
        zone=ZoneInfo(tenant.timezone),
    )


def is_working_day(session: Session, day: date) -> bool:
    """Whether the tenant at hand works on this day."""
    return load_working_time(session, day, day).is_working_day(day)


def working_minutes_between(session: Session, start: datetime, end: datetime) -> int:
    """Whole working minutes of the tenant at hand between two instants."""
    day = timedelta(days=1)
    found = load_working_time(session, start.date() - day, end.date() + day)
    return found.minutes_between(start, end)
