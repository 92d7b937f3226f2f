"""Events as an iCalendar file (RFC 5545), written by the library `icalendar` (decision 0016).

Moments are written in UTC, so the file needs no rules of time zones; whole days as DATE, whose end is the day
after. A Jalali rule has no RRULE: each showing of a repeating record is an event of its own.
"""

import datetime as dt
import importlib
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from charsu.records.calendar import ONE_DAY, Event

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//Charsu//Charsu//EN"
#: How often a calendar program should ask again.
REFRESH = dt.timedelta(hours=1)


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
    host = url.partition("://")[2].partition(":")[0]
    for event in events:
        calendar.add_component(_entry(event, host=host, url=url))
    written: bytes = calendar.to_ical()
    return written


@cache
def _library() -> Any:
    """Loaded with the first feed somebody asks for: it takes a fifteenth of a process's start."""
    return importlib.import_module("icalendar")


def _entry(event: Event, *, host: str, url: str) -> "icalendar.Event":
    entry: icalendar.Event = _library().Event()
    showing = f"-{event.first:%Y%m%d}" if event.is_repeat else ""
    entry.add("uid", f"{event.record_id}{showing}@{host}")
    entry.add("dtstamp", event.changed_at.astimezone(dt.UTC))
    entry.add("last-modified", event.changed_at.astimezone(dt.UTC))
    entry.add("summary", event.title)
    entry.add("categories", [str(event.record_type.title)])
    entry.add("url", f"{url}{event.url}")
    if event.starts_at is None:
        entry.add("dtstart", event.first)
        entry.add("dtend", event.last + ONE_DAY)
        entry.add("transp", "TRANSPARENT")
    else:
        entry.add("dtstart", event.starts_at.astimezone(dt.UTC))
        if event.ends_at is not None and event.ends_at > event.starts_at:
            entry.add("dtend", event.ends_at.astimezone(dt.UTC))
    return entry
