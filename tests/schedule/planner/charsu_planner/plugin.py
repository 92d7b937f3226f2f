"""A module with two nouns on the calendar: meetings with moments, birthdays with days."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from charsu import clock
from charsu.plugins import Manifest, hookimpl
from charsu.records import CalendarSpec, DueSpec, Record, RecordType, full_access, service_of
from charsu.records.fields import DateField, FlagField, InstantField, RecurrenceField, TextField

manifest = Manifest(name="planner", title="Planner", summary="For tests.", version="0.1.0", path="planner")
_INSTANT = DateTime(timezone=True)


class Meeting(Record):
    """A meeting."""

    __tablename__ = "planner_meeting"

    title: Mapped[str]
    start_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    end_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    is_all_day: Mapped[bool] = mapped_column(default=False)
    done_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    repeat: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class Birthday(Record):
    """A day of somebody."""

    __tablename__ = "planner_birthday"

    title: Mapped[str]
    held_on: Mapped[dt.date | None]


def finish(session: Session, record_id: uuid.UUID) -> None:
    """Say that the meeting is over."""
    service_of(MEETING, session, full_access()).update(record_id, {"done_at": clock.now()})


MEETING = RecordType(
    module="planner",
    name="meeting",
    model=Meeting,
    title="Meeting",
    plural_title="Meetings",
    icon="users",
    fields=(
        TextField(name="title", title="Title", is_required=True, is_searched=True, in_list=True),
        InstantField(name="start_at", title="Start", in_list=True),
        InstantField(name="end_at", title="End"),
        FlagField(name="is_all_day", title="All day"),
        InstantField(name="done_at", title="Done"),
        RecurrenceField(name="repeat", title="Repeats"),
    ),
    calendar=CalendarSpec(
        start_field="start_at", end_field="end_at", all_day_field="is_all_day", repeat_field="repeat"
    ),
    due=DueSpec(due_field="start_at", done_field="done_at", finish=finish),
)
BIRTHDAY = RecordType(
    module="planner",
    name="birthday",
    model=Birthday,
    title="Birthday",
    plural_title="Birthdays",
    icon="cake",
    fields=(
        TextField(name="title", title="Title", is_required=True, is_searched=True, in_list=True),
        DateField(name="held_on", title="Day", in_list=True),
    ),
    calendar=CalendarSpec(start_field="held_on"),
)


@hookimpl
def records() -> Iterable[RecordType]:
    """Meetings and birthdays."""
    return [MEETING, BIRTHDAY]
