"""Single days of what repeats: moved, skipped, taken out, brought back; this one, those from it on, or all.

A day that is skipped or moved stands in the rule itself as one it is `without`; what was moved is a record of
its own that knows for which day it stands (decision 0024). The record with the rule always is its next day:
where that one goes, it goes on with the next.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from charsu.errors import RuleViolated
from charsu.records.access import RecordAccess, full_access
from charsu.records.custom import fields_of
from charsu.records.detached import Detached, carry_over, list_detached, note_detached
from charsu.records.fields import Field, FlagField
from charsu.records.rescheduling import can_move, check_movable, day_of, moved_values
from charsu.records.service import RecordService, service_of
from charsu.schedule.recurrence import Recurrence
from charsu.schedule.series import Series
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Which days a change is about: the one, it and all later ones, or all from the record's own on.
Scope = Literal["one", "following", "all"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a day goes: to which day, and at which time on the clock; None: its time stays."""

    to: dt.date
    at: dt.time | None = None


def series_of(record_type: RecordType, access: RecordAccess, record: Any) -> Series | None:
    """The days of a record that repeats; None for one that does not, is done, or hides its rule."""
    rule_field = record_type.rule_field
    if rule_field is None or not access.readable([rule_field]) or is_done(record_type, record):
        return None
    return _series(record_type, rule_field, record)


def own_day_url(record_type: RecordType, access: RecordAccess, record: Any) -> str:
    """The page of a repeating record's own day, to change that alone; empty for what does not repeat."""
    if series_of(record_type, access, record) is None or not repeats(record_type):
        return ""
    return record_type.url(f"calendar/{record.id}/day")


def repeats(record_type: RecordType) -> bool:
    """Whether records of the type can repeat, and people may change that."""
    rule_field = record_type.rule_field
    return can_move(record_type) and rule_field is not None and not rule_field.is_read_only


def is_done(record_type: RecordType, record: Any) -> bool:
    """Whether the record is finished, where its type knows such a thing."""
    done = record_type.done_field
    if done is None:
        return False
    value = done.read(record)
    return bool(value) if isinstance(done, FlagField) else value is not None


class Occurrences:
    """The days of one record, for one writer; the record is locked as long as the transaction lasts.

    Everything is written by the type's service, with its rules, reminders, audit and events. Raises NotFound
    and PermissionDenied as the service does.
    """

    def __init__(self, service: RecordService[Any], record_id: uuid.UUID) -> None:
        self.service = service
        self.session = service.session
        self.record_type = service.record_type
        self.record: Any = service.locked(record_id)
        self.series = series_of(self.record_type, service.access, self.record)

    def detached(self) -> list[Detached]:
        """What stands for days the rule is without."""
        without = self.series.rule.without if self.series else ()
        return [
            one for one in list_detached(self.session, self.record_type, self.record.id) if one.day in without
        ]

    def move(
        self, day: dt.date | None, place: Place, scope: Scope, *, seen: dt.datetime | None = None
    ) -> Any:
        """Move a day, or with it all that follow, or all; without a day, the record's own.

        `seen` is the version the writer saw. Returns the record that stands on the new day. Raises:
        RuleViolated for a day that is none of its days, Conflict.
        """
        check_movable(self.record_type, self.service.access)
        if self.series is None:
            return self.service.update(self.record.id, self._times(place), expected_at=seen)
        day = self._known(day or self.series.start)
        if scope == "one" and self._has_others(day):
            return self._take_out(day, place, seen)
        if scope == "following" and day != self.series.start:
            return self._split(day, place, seen)
        return self._move_all(day, place, seen)

    def take_out(self, day: dt.date, scope: Scope, *, seen: dt.datetime | None = None) -> Any:
        """Make a record of its own of a day, or of all from it on, so that it can be edited by itself."""
        self._required()
        return self.move(day, Place(day), scope, seen=seen)

    def skip(self, day: dt.date, scope: Scope, *, seen: dt.datetime | None = None) -> None:
        """Leave a day out, or end the rule before it; all of it is a deletion of the record.

        With the end go the records that stand for later days, unless they are done. Raises: RuleViolated for
        a day that is none of its days, and for the only one that is left; Conflict.
        """
        series = self._required()
        day = self._known(day)
        if scope == "all" or (scope == "following" and day == series.start):
            self.service.delete(self.record.id)
        elif scope == "one":
            self._write(series.skipped(day), seen)
        else:
            later = [one for one in self.detached() if one.day >= day and not one.is_done]
            self._write(series.ended_before(day), seen)
            for one in later:
                self.service.delete(one.record_id)

    def bring_back(self, day: dt.date, *, seen: dt.datetime | None = None) -> None:
        """Let the rule give a day again; what stood for it instead goes into the bin.

        Raises: RuleViolated for a day that is not left out, or is done already; Conflict.
        """
        series = self._required()
        instead = [one for one in self.detached() if one.day == day]
        if any(one.is_done for one in instead):
            raise RuleViolated(_("This day is done already."), field="day")
        self._write(series.brought_back(day), seen)
        for one in instead:
            self.service.delete(one.record_id)

    def _take_out(self, day: dt.date, place: Place, seen: dt.datetime | None) -> Any:
        series = self._required()
        values = self._copied() | self._times(place)
        if day != series.start:
            values |= self._afresh()
        self._write(series.skipped(day), seen)
        made = self._create(values)
        note_detached(self.session, self.record_type, made.id, self.record.id, day)
        return made

    def _split(self, day: dt.date, place: Place, seen: dt.datetime | None) -> Any:
        series = self._required()
        rest = series.begun_at(day)
        moved = rest.moved(day, place.to)
        places = rest.places_in(moved, rest.rule.without)
        values = self._copied() | self._times(place) | self._afresh() | self._rule(moved)
        self._write(series.ended_before(day), seen)
        made = self._create(values)
        carry_over(self.session, self.record_type, self.record.id, made.id, places)
        return made

    def _move_all(self, day: dt.date, place: Place, seen: dt.datetime | None) -> Any:
        series = self._required()
        moved = series.moved(day, place.to)
        places = series.places_in(moved, series.rule.without)
        values = self._times(replace(place, to=moved.start))
        if moved.rule != series.rule:
            values |= self._rule(moved)
        found = self.service.update(self.record.id, values, expected_at=seen)
        carry_over(self.session, self.record_type, self.record.id, self.record.id, places)
        return found

    def _write(self, series: Series, seen: dt.datetime | None) -> None:
        """Give the record these days; where it goes on with another one, what is ticked off begins anew."""
        values = self._rule(series)
        if series.start != self._required().start:
            values |= self._times(Place(series.start)) | self._afresh()
        self.service.update(self.record.id, values, expected_at=seen)

    def _create(self, values: Mapping[str, Any]) -> Any:
        """Another record like this one, to the last field: also those the writer does not see."""
        service = service_of(self.record_type, self.session, full_access())
        # The links of this one: what they lead to may be hidden or gone by now.
        service.has_checked_links = True
        made = service.create(values)
        made.is_sample = self.record.is_sample
        self.session.flush()
        return made

    def _copied(self) -> dict[str, Any]:
        """The values another record of the same kind takes over."""
        apart = (self.record_type.rule_field, self.record_type.done_field)
        fields = fields_of(self.session, self.record_type)
        return {
            item.name: item.read(self.record) for item in fields if not (item.is_read_only or item in apart)
        }

    def _afresh(self) -> dict[str, Any]:
        spec = self.record_type.calendar
        return dict(spec.afresh(self.record)) if spec is not None and spec.afresh is not None else {}

    def _times(self, place: Place) -> dict[str, Any]:
        return moved_values(self.record_type, self.record, place.to, place.at)

    def _rule(self, series: Series) -> dict[str, Any]:
        rule_field = self.record_type.rule_field
        return {rule_field.name: series.rule.to_json()} if rule_field is not None else {}

    def _required(self) -> Series:
        if self.series is None:
            raise RuleViolated(_("This does not repeat."), field="day")
        return self.series

    def _known(self, day: dt.date) -> dt.date:
        if not self._required().has(day):
            raise RuleViolated(_("This is none of the days of the rule."), field="day")
        return day

    def _has_others(self, day: dt.date) -> bool:
        """Whether a day can be taken out: the last one that is left is the record itself."""
        series = self._required()
        return day != series.start or series.next_after(day) is not None


def series_after(record_type: RecordType, record: Any) -> Series | None:
    """The days of a record that come after its own one, which is done: for who makes its next record.

    None where that was the last. Days left out ahead of it are forgotten.
    """
    rule_field = record_type.rule_field
    series = _series(record_type, rule_field, record) if rule_field is not None else None
    coming = series.next_after(series.start) if series is not None else None
    if series is None or coming is None:
        return None
    return series.begun_at(coming)


def _series(record_type: RecordType, rule_field: Field, record: Any) -> Series | None:
    stored, start = rule_field.read(record), day_of(record_type, record)
    return Series(start, Recurrence.from_json(stored)) if stored and start is not None else None
