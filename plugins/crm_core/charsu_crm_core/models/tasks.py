"""The table of tasks."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from sqlalchemy import Boolean, CheckConstraint, DateTime, ForeignKey, Text, case, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from charsu.records import Record
from charsu_crm_core.models.checks import longest, one_of

#: From the least to the most pressing.
PRIORITIES = ("low", "normal", "high", "urgent")

_INSTANT = DateTime(timezone=True)


class Task(Record):
    """Something a member (`owner_id`) has to do by a day or at a time, mostly for a customer."""

    __tablename__ = "crm_core_task"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 200", name="title"),
        CheckConstraint(one_of("priority", PRIORITIES), name="priority"),
        CheckConstraint("ends_at >= due_at", name="ends_at"),
        CheckConstraint(longest("note", 4000), name="note"),
    )

    title: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crm_core_customer.id"))
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crm_core_deal.id"))
    #: When it is to be done or begins; of a whole day, its last minute in the tenant's zone.
    due_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    #: When it ends, of what takes a while, such as a meeting.
    ends_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    #: Whether `due_at` means a day, not a time.
    is_all_day: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    #: One of `PRIORITIES`.
    priority: Mapped[str] = mapped_column(Text, server_default="normal")
    done_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    #: Minutes before, as words of `choices.REMINDER_TITLES`.
    reminders: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    remind_by_email: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    #: A rule of `charsu.schedule.recurrence`; once done, the next one is made.
    recurrence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: `{"title": …, "is_done": …}` in order.
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    note: Mapped[str] = mapped_column(Text, server_default="")
    #: The task this one repeats; each makes one next at most.
    repeated_from_id: Mapped[uuid.UUID | None] = mapped_column()
    #: When it is due while it is open, for lists that put what is done last.
    open_until: ClassVar[Any]


Task.open_until = column_property(case((Task.done_at.is_(None), Task.due_at)))
