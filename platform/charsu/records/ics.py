"""Events as an iCalendar file (RFC 5545), written by the library `icalendar` (decisions 0016 and 0024).

Single moments are written in UTC, whole days as DATE, whose end is the day after. What repeats by a rule that
RRULE can say is one entry with that rule, in the business's time zone, and with the days it is without
(EXDATE); what stands for one of those days is part of it by RECURRENCE-ID. Of another rule, such as one of
Jalali months, each showing is an entry of its own under an id of its day, which a day keeps when it moves.
"""

import datetime as dt
import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from charsu.records.calendar import ONE_DAY, Event
from charsu.records.ics_rules import rrule_of
from charsu.text.preferences import current_preferences

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//Charsu//Charsu//EN"
#: How often a calendar program should ask again.
REFRESH = dt.timedelta(hours=1)


@dataclass(frozen=True)
class _Rule:
    """What repeats by an RRULE: its first showing, the rule, the days other entries stand for."""

    first: Event
    parts: Mapping[str, Any]
    replaced: set[dt.date] = field(default_factory=set)


def write_calendar(events: Iterable[Event], *, name: str, url: str) -> bytes:
    """The file: lines folded at 75 octets, ended by CRLF, texts escaped; `url` is the business's address.

    The same events give the same bytes.
    """
    calendar: icalendar.Calendar = _library().Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in _Entries(list(events), url):
        calendar.add_component(entry)
    calendar.add_missing_timezones(first_date=dt.date(2020, 1, 1), last_date=dt.date(2050, 1, 1))
    written: bytes = calendar.to_ical()
    return written


@cache
def _library() -> Any:
    """Loaded with the first feed somebody asks for: it takes a fifteenth of a process's start."""
    return importlib.import_module("icalendar")


class _Entries:
    """The entries of a file, in the order of the events."""

    def __init__(self, events: Sequence[Event], url: str) -> None:
        self.events = events
        self.url = url
        self.host = url.partition("://")[2].partition(":")[0]
        self.rules = _rules(events)

    def __iter__(self) -> "Iterator[icalendar.Event]":
        written: set[UUID] = set()
        for event in self.events:
            rule = self.rules.get(event.record_id)
            if rule is None:
                yield self._single(event)
            elif event.record_id not in written:
                written.add(event.record_id)
                yield self._repeating(rule)

    def _single(self, event: Event) -> "icalendar.Event":
        series = self.rules.get(event.series_id) if event.series_id is not None else None
        if series is not None and event.series_day in series.replaced:
            entry = self._entry(event, f"{event.series_id}")
            own = series.first.on_day(event.series_day)
            entry.add("recurrence-id", own.first if own.starts_at is None else _local(own.starts_at))
        elif event.series_id is not None and event.series_day is not None:
            entry = self._entry(event, f"{event.series_id}-{event.series_day:%Y%m%d}")
        else:
            entry = self._entry(
                event, f"{event.record_id}" + (f"-{event.first:%Y%m%d}" if event.is_repeat else "")
            )
        _add_times(entry, event, is_local=False)
        return entry

    def _repeating(self, rule: _Rule) -> "icalendar.Event":
        event = rule.first
        entry = self._entry(event, f"{event.record_id}")
        _add_times(entry, event, is_local=True)
        entry.add("rrule", rule.parts)
        without = event.series.rule.without if event.series else ()
        days = [event.on_day(day) for day in without if day > event.first and day not in rule.replaced]
        if days and event.starts_at is None:
            entry.add("exdate", [day.first for day in days], parameters={"VALUE": "DATE"})
        elif days:
            entry.add("exdate", [_local(day.starts_at) for day in days if day.starts_at is not None])
        return entry

    def _entry(self, event: Event, uid: str) -> "icalendar.Event":
        entry: icalendar.Event = _library().Event()
        entry.add("uid", f"{uid}@{self.host}")
        entry.add("dtstamp", event.changed_at.astimezone(dt.UTC))
        entry.add("last-modified", event.changed_at.astimezone(dt.UTC))
        entry.add("summary", event.title)
        entry.add("categories", [str(event.record_type.title)])
        entry.add("url", f"{self.url}{event.url}")
        return entry


def _rules(events: Sequence[Event]) -> Mapping[UUID, _Rule]:
    """What of the events is one entry with a rule, by its record."""
    found: dict[UUID, _Rule] = {}
    for event in events:
        if event.series is None or event.record_id in found:
            continue
        parts = rrule_of(event.series, is_timed=event.starts_at is not None)
        if parts is not None:
            # The first day may lie ahead of what the file holds.
            found[event.record_id] = _Rule(replace(event.on_day(event.series.start), is_repeat=False), parts)
    for event in events:
        series = found.get(event.series_id) if event.series_id is not None else None
        if series is not None and event.series_day is not None and event.series_day > series.first.first:
            series.replaced.add(event.series_day)
    return found


def _add_times(entry: "icalendar.Event", event: Event, *, is_local: bool) -> None:
    """Begin and end; on the clock of the business where a rule goes on from there."""
    if event.starts_at is None:
        entry.add("dtstart", event.first)
        entry.add("dtend", event.last + ONE_DAY)
        entry.add("transp", "TRANSPARENT")
        return
    write = _local if is_local else _utc
    entry.add("dtstart", write(event.starts_at))
    if event.ends_at is not None and event.ends_at > event.starts_at:
        entry.add("dtend", write(event.ends_at))


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)


def _local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(current_preferences().zone)
