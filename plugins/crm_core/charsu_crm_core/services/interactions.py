"""The rules of interactions: what one leaves out is filled in, and a next step becomes a task."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from typing_extensions import override

from charsu import clock
from charsu.records import RecordService, full_access, service_of
from charsu.records.registry import find_type
from charsu.text import calendar
from charsu.text.i18n import _
from charsu_crm_core import choices
from charsu_crm_core.fields import end_of_day
from charsu_crm_core.models import Deal, Interaction
from charsu_crm_core.services.deal_links import check_deal_of_customer

_LONGEST_SUBJECT = 80


class InteractionService(RecordService[Interaction]):
    """Logs what was said with a customer."""

    @override
    def prepare(self, record: Interaction, before: Mapping[str, Any]) -> None:
        """Now, unless said otherwise; the subject out of the text; a step without a day is for tomorrow."""
        if record.happened_at is None:
            record.happened_at = clock.now()
        if record.kind == "note":
            record.direction = None
        elif record.direction is None:
            record.direction = "out"
        if not record.subject:
            record.subject = _subject(record)
        if record.next_step and record.next_on is None:
            record.next_on = calendar.today() + dt.timedelta(days=1)

    def check(self, record: Interaction, before: Mapping[str, Any]) -> None:
        """The deal belongs to the customer."""
        if not before or before.keys() & {"customer_id", "deal_id"}:
            check_deal_of_customer(self.session, record.deal_id, record.customer_id)

    def saved(self, record: Interaction, before: Mapping[str, Any]) -> None:
        """Make the task of the next step once, and note down that the deal was attended to."""
        if record.next_on and record.task_id is None:
            self._plan(record)
        if record.deal_id and not before:
            self.session.execute(
                update(Deal)
                .where(Deal.id == record.deal_id, Deal.touched_at < record.happened_at)
                .values(touched_at=record.happened_at)
                .execution_options(synchronize_session=False)
            )

    def _plan(self, record: Interaction) -> None:
        task = find_type("crm.task")
        if task is None or record.next_on is None:
            return
        made = service_of(task, self.session, full_access()).create(
            {
                "title": record.next_step or _("Follow up: %(subject)s", subject=record.subject)[:200],
                "customer_id": record.customer_id,
                "deal_id": record.deal_id,
                "due_at": end_of_day(record.next_on),
                "owner_id": record.owner_id,
            }
        )
        record.task_id = made.id
        self.session.flush()


def _subject(record: Interaction) -> str:
    lines = [line.strip() for line in (record.text or "").splitlines() if line.strip()]
    if not lines:
        return str(choices.INTERACTION_TITLES[record.kind])
    first = lines[0]
    return first if len(first) <= _LONGEST_SUBJECT else f"{first[: _LONGEST_SUBJECT - 1]}…"
