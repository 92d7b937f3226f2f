"""What a member has to do by when, over all record types that say so: overdue, today, in the days to come."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, null, select
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound
from charsu.records.access import RecordAccess
from charsu.records.fields import ChoiceField, DateField, Field, FlagField
from charsu.records.record_type import RecordType
from charsu.text.calendar import local_date, start_of_day, today
from charsu.text.i18n import _

Group = Literal["overdue", "today", "soon"]
#: Days behind today that are shown as well.
SOON_DAYS = 7
#: Lines of one type at most, the earliest first.
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """Something to do, with the day it is due on in the reader's zone."""

    record_type: RecordType
    record_id: uuid.UUID
    title: str
    day: dt.date
    #: None: due on the day, at no time of it.
    due_at: dt.datetime | None
    group: Group
    priority: str = ""
    priority_tone: str = ""
    can_finish: bool = False

    @property
    def url(self) -> str:
        """The page of the record."""
        return self.record_type.url(self.record_id)

    @property
    def order(self) -> tuple[dt.date, bool, dt.datetime, str]:
        """By day, then what has a time, then the rest."""
        moment = self.due_at or start_of_day(self.day)
        return self.day, self.due_at is None, moment, self.title


@dataclass(frozen=True, slots=True)
class DueGroup:
    """The items of one group under its heading."""

    key: Group
    title: str
    items: Sequence[DueItem]


def list_due(session: Session, record_type: RecordType, access: RecordAccess) -> list[DueItem]:
    """What the member of `access` has open of this type until `SOON_DAYS` from today, the earliest first.

    One query. Nothing where the due day or the member is hidden from her.
    """
    spec = record_type.due
    if spec is None or access.member_id is None or not access.can("read"):
        return []
    readable = {item.name: item for item in access.readable(record_type.by_name.values())}
    due, done, member = (readable.get(n) for n in (spec.due_field, spec.done_field, spec.member_field))
    if due is None or done is None or member is None:
        return []
    title, priority = readable.get(record_type.title_field), readable.get(spec.priority_field)
    model: Any = record_type.model
    last = today() + dt.timedelta(days=SOON_DAYS + 1)
    column = due.expression(model)
    statement = (
        select(
            model.id,
            (title.expression(model) if title else null()).label("title"),
            column.label("due"),
            (priority.expression(model) if priority else null()).label("priority"),
            _all_day(record_type, readable, model).label("all_day"),
        )
        .where(
            model.deleted_at.is_(None),
            column < (last if isinstance(due, DateField) else start_of_day(last)),
            _is_open(done, model),
            member.expression(model) == access.member_id,
            *access.criteria(model),
        )
        .order_by(column)
        .limit(MOST)
    )
    can_finish = spec.finish is not None and access.can("write")
    return [_item(record_type, row, priority, can_finish) for row in session.execute(statement)]


def finish(session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID) -> str:
    """Finish one as its type does, if it is within the scope of writing; returns its title.

    Raises: NotFound, also for a type that is not finished this way and a record finished already;
    PermissionDenied.
    """
    spec = record_type.due
    if spec is None or spec.finish is None:
        raise NotFound(_("There is no such record."))
    access.require("write")
    model: Any = record_type.model
    title = record_type.by_name[record_type.title_field]
    statement = select(title.expression(model)).where(
        model.id == record_id,
        model.deleted_at.is_(None),
        _is_open(record_type.by_name[spec.done_field], model),
        *access.criteria(model, "write"),
    )
    found = session.execute(statement).first()
    if found is None:
        raise NotFound(_("There is no such record."))
    spec.finish(session, record_id)
    return str(found[0]) if access.readable([title]) else str(record_type.title)


def grouped(items: Iterable[DueItem]) -> list[DueGroup]:
    """Overdue, today, in the next days; groups of nothing are left out."""
    ordered = sorted(items, key=lambda item: item.order)
    titles: dict[Group, str] = {
        "overdue": _("Overdue"),
        "today": _("Today"),
        "soon": _("In the next seven days"),
    }
    groups = [
        DueGroup(key, title, [item for item in ordered if item.group == key]) for key, title in titles.items()
    ]
    return [group for group in groups if group.items]


def _all_day(record_type: RecordType, readable: Mapping[str, Field], model: Any) -> ColumnElement[Any]:
    """Whether the due moment stands for its whole day, where the calendar of the type says so of it."""
    calendar, due = record_type.calendar, record_type.due
    if calendar is None or due is None or calendar.start_field != due.due_field:
        return null()
    found = readable.get(calendar.all_day_field)
    return found.expression(model) if found else null()


def _is_open(done: Field, model: Any) -> ColumnElement[bool]:
    column = done.expression(model)
    return column.is_not(True) if isinstance(done, FlagField) else column.is_(None)


def _item(record_type: RecordType, row: Any, priority: Field | None, can_finish: bool) -> DueItem:
    day = local_date(row.due) if isinstance(row.due, dt.datetime) else row.due
    due_at = row.due if isinstance(row.due, dt.datetime) and not row.all_day else None
    tones = priority.tones if isinstance(priority, ChoiceField) else {}
    return DueItem(
        record_type=record_type,
        record_id=row.id,
        title=str(row.title) if row.title else str(record_type.title),
        day=day,
        due_at=due_at,
        group=_group(day, due_at),
        priority=priority.to_text(row.priority) if priority else "",
        priority_tone=tones.get(row.priority, ""),
        can_finish=can_finish,
    )


def _group(day: dt.date, due_at: dt.datetime | None) -> Group:
    """A moment is overdue once it is over, a day once the next one began."""
    now = today()
    if day < now or (due_at is not None and due_at < clock.now()):
        return "overdue"
    return "today" if day == now else "soon"
