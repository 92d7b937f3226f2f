"""The rules of tasks: whole days, reminders, repetition, and the deals they keep moving."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typing_extensions import override

from charsu import clock
from charsu.errors import RuleViolated
from charsu.records import RecordService, full_access, service_of
from charsu.records.detached import carry_over
from charsu.records.occurrences import series_after
from charsu.records.registry import find_type
from charsu.records.rescheduling import moved_values
from charsu.schedule.recurrence import Recurrence
from charsu.schedule.reminders import CHANNELS, About, Wish, set_reminders
from charsu.text import calendar
from charsu.text.i18n import _
from charsu_crm_core.fields import is_whole_day
from charsu_crm_core.models import Deal, Task
from charsu_crm_core.services.deal_links import check_deal_of_customer

#: When one is reminded of what is due on a day without a time.
_MORNING = dt.timedelta(hours=9)
#: What the next task of a rule takes over from the one before.
_KEPT = ("title", "customer_id", "deal_id", "owner_id", "priority", "reminders", "remind_by_email", "note")


class TaskService(RecordService[Task]):
    """Adding, changing and finishing tasks."""

    @override
    def prepare(self, record: Task, before: Mapping[str, Any]) -> None:
        """A day without a time takes the whole day; a deal's task is its customer's too."""
        record.is_all_day = record.due_at is None or is_whole_day(record.due_at)
        if record.is_all_day:
            record.ends_at = None
        if record.deal_id is not None and record.customer_id is None:
            statement = select(Deal.customer_id).where(Deal.id == record.deal_id)
            record.customer_id = self.session.execute(statement).scalar_one_or_none()

    def check(self, record: Task, before: Mapping[str, Any]) -> None:
        """It ends after it began, its deal is its customer's, and what repeats has a day."""
        if record.ends_at and record.due_at and record.ends_at < record.due_at:
            raise RuleViolated(_("This can not end before it began."), field="ends_at")
        if record.recurrence and record.due_at is None:
            raise RuleViolated(_("What repeats needs a first day."), field="due_at")
        if record.recurrence and record.due_at and (not before or "recurrence" in before):
            until = Recurrence.from_json(record.recurrence).until
            if until is not None and until < calendar.local_date(record.due_at):
                raise RuleViolated(_("This can not end before it began."), field="recurrence.until")
        if not before or before.keys() & {"customer_id", "deal_id"}:
            check_deal_of_customer(self.session, record.deal_id, record.customer_id)

    def saved(self, record: Task, before: Mapping[str, Any]) -> None:
        """Set the reminders anew; a task just done makes its next one, and its deal was attended to."""
        self._remind(record)
        if record.done_at is not None and ("done_at" in before or not before):
            self._attend(record)
            if record.recurrence:
                self._repeat(record)

    @override
    def put_back(self, record: Task, before: Mapping[str, Any]) -> None:
        """Set the reminders anew; a next task the batch made goes by itself."""
        self._remind(record)

    def tick(self, task_id: uuid.UUID, at: int, title: str, *, is_done: bool) -> Task:
        """Tick an item of the checklist off, or not: the one called `title` in place `at`, from 0.

        Raises: NotFound; RuleViolated where the list has changed and no such item stands there.
        """
        task = self.locked(task_id)
        items = [dict(item) for item in task.checklist or ()]
        if at >= len(items) or items[at]["title"] != title:
            raise RuleViolated(_("The checklist has changed. Look at it again."), field="at")
        items[at]["is_done"] = is_done
        return self.update(task_id, {"checklist": items})

    def _remind(self, record: Task) -> None:
        moment = record.due_at if record.done_at is None else None
        if moment is not None and record.is_all_day:
            moment = calendar.start_of_day(calendar.local_date(moment)) + _MORNING
        set_reminders(
            self.session,
            About(self.record_type.key, record.id),
            Wish(
                offsets=[int(minutes) for minutes in record.reminders or ()],
                channels=CHANNELS if record.remind_by_email else CHANNELS[:1],
            ),
            moment=moment,
            member_ids=[record.owner_id] if record.owner_id else [],
        )

    def _attend(self, record: Task) -> None:
        if record.deal_id is not None:
            self.session.execute(
                update(Deal)
                .where(Deal.id == record.deal_id)
                .values(touched_at=clock.now())
                .execution_options(synchronize_session=False)
            )

    def _repeat(self, record: Task) -> None:
        """Make the next task of the rule, once, however often this one is done and opened again."""
        known = select(Task.id).where(Task.repeated_from_id == record.id)
        if record.due_at is None or self.session.execute(known).first() is not None:
            return
        rest = series_after(self.record_type, record)
        if rest is None:
            return
        values = {name: getattr(record, name) for name in _KEPT}
        values |= moved_values(self.record_type, record, rest.start) | afresh(record)
        made = TaskService(self.record_type, self.session, full_access()).create(
            {**values, "recurrence": rest.rule.to_json()}
        )
        made.repeated_from_id = record.id
        self.session.flush()
        places = {day: day for day in rest.rule.without}
        carry_over(self.session, self.record_type, record.id, made.id, places)


def afresh(record: Task) -> dict[str, Any]:
    """What another day of its rule begins with: a checklist nobody has ticked off."""
    return {"checklist": [{**item, "is_done": False} for item in record.checklist or ()]}


def finish(session: Session, task_id: uuid.UUID) -> None:
    """Note down that a task is done now; nothing for one that is done already.

    For the "today" page, which has looked for it within the bounds of its person. Raises: NotFound.
    """
    task = find_type("crm.task")
    if task is None:
        return
    service = service_of(task, session, full_access())
    if service.locked(task_id).done_at is None:
        service.update(task_id, {"done_at": clock.now()})
