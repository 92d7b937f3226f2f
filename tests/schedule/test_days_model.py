"""What stands on the calendar after any moves and skips, compared with a plain list of days and hours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charsu.db import tenant_work
from charsu.records import full_access, service_of
from charsu.records.calendar import list_events
from charsu.records.occurrences import Occurrences, Place
from charsu.text.preferences import Preferences, use_preferences

BERLIN = ZoneInfo("Europe/Berlin")
SHOWN, FAR = 8, timedelta(days=500)
HOURS = st.none() | st.sampled_from([time(0, 15), time(9), time(14, 45), time(23, 30)])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["skip", "move", "follow", "back"]),
        st.integers(0, 3),
        st.integers(0, SHOWN - 1),
        st.integers(-6, 12),
        HOURS,
    ),
    max_size=7,
)


@dataclass
class Part:
    """The days of one record: every so many days from the first, until the last."""

    record_id: UUID
    start: date
    step: int
    at: time
    last: date
    skipped: set[date] = field(default_factory=set)
    moved: dict[date, tuple[date, time]] = field(default_factory=dict)
    #: What was moved and stands for no day of a rule any more.
    alone: list[tuple[date, time]] = field(default_factory=list)

    def raw(self) -> Iterator[date]:
        day = self.start
        while day <= self.last:
            yield day
            day += timedelta(days=self.step)

    def days(self) -> list[date]:
        return [day for day in self.raw() if day not in self.skipped and day not in self.moved]

    def shown(self) -> list[tuple[date, time]]:
        return [(day, self.at) for day in self.days()] + [*self.moved.values(), *self.alone]


class Model:
    """The same changes to a plain list and to the records; what can not be done is left."""

    def __init__(self, days_of: Callable[[UUID], Occurrences], first: Part) -> None:
        self.days_of = days_of
        self.parts = [first]

    def apply(self, what: str, part_at: int, day_at: int, by: int, at: time | None) -> None:
        part = self.parts[part_at % len(self.parts)]
        days = part.days()
        if what == "back":
            self.back(part, day_at)
        elif len(days) > 1:
            day = days[min(day_at, len(days) - 1)]
            getattr(self, what)(part, day, Place(day + timedelta(days=by), at))

    def skip(self, part: Part, day: date, _place: Place) -> None:
        self.days_of(part.record_id).skip(day, "one")
        part.skipped.add(day)

    def move(self, part: Part, day: date, place: Place) -> None:
        self.days_of(part.record_id).move(day, place, "one")
        part.moved[day] = (place.to, place.at or part.at)

    def back(self, part: Part, number: int) -> None:
        left_out = sorted(part.skipped | part.moved.keys())
        if left_out:
            day = left_out[number % len(left_out)]
            self.days_of(part.record_id).bring_back(day)
            part.skipped.discard(day)
            part.moved.pop(day, None)

    def follow(self, part: Part, day: date, place: Place) -> None:
        by = place.to - day
        made = self.days_of(part.record_id).move(day, place, "following")
        rest = Part(made.id, place.to, part.step, place.at or part.at, part.last + by)
        rest.skipped = {one + by for one in part.skipped if one > day}
        rest.moved = {one + by: found for one, found in part.moved.items() if one > day}
        if made.id == part.record_id:
            # All of it moved: its first day was meant. What lay ahead of that is no day of it any more.
            rest.alone = part.alone + [found for one, found in part.moved.items() if one < day]
            self.parts[self.parts.index(part)] = rest
            return
        part.last = day - timedelta(days=1)
        part.skipped = {one for one in part.skipped if one < day}
        part.moved = {one: found for one, found in part.moved.items() if one < day}
        self.parts.append(rest)


@pytest.fixture
def series(business, planner) -> Iterator[Callable[..., Any]]:
    with use_preferences(Preferences(locale="en", calendar="gregorian", timezone="Europe/Berlin")):
        yield planner.MEETING


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dates(date(2026, 3, 1), date(2026, 11, 1)),
    st.sampled_from([("daily", 1, 1), ("daily", 3, 3), ("weekly", 1, 7), ("weekly", 2, 14)]),
    STEPS,
)
def test_the_calendar_shows_what_a_plain_list_says(business, series, start, every, steps) -> None:
    frequency, interval, step = every
    rule = {"calendar": "gregorian", "frequency": frequency, "interval": interval}
    begins = datetime.combine(start, time(9), BERLIN)
    with tenant_work(business) as session:
        service = service_of(series, session, full_access())
        made = service.create({"title": "x", "start_at": begins.astimezone(UTC), "repeat": rule})
        first = Part(made.id, start, step, time(9), start + FAR)
        model = Model(lambda record_id: Occurrences(service, record_id), first)

        for one in steps:
            model.apply(*one)

        window = (start - timedelta(days=60), start + timedelta(days=120))
        events = list_events(session, series, full_access(), days=window)
        local = [event.starts_at.astimezone(BERLIN) for event in events if event.starts_at]
        expected = [
            found for part in model.parts for found in part.shown() if window[0] <= found[0] <= window[1]
        ]
        session.rollback()
    assert sorted((moment.date(), moment.time()) for moment in local) == sorted(expected)
