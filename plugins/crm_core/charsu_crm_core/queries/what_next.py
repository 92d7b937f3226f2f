"""Open deals nobody plans anything for any more, and what is offered then."""

import datetime as dt
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.records import FollowUp, RecordAccess
from charsu.records.registry import find_type
from charsu.text import calendar
from charsu.text.i18n import _
from charsu_crm_core.models import Deal, Task

_TEMPLATE = "crm/_what_next.html"


@dataclass(frozen=True)
class WhatNext:
    """An open deal without a next activity, and how the next one may be called."""

    deal_id: uuid.UUID
    title: str
    proposal: str

    @property
    def form_url(self) -> str:
        """The whole form, for another day, a reminder or somebody else."""
        return task_url(self.deal_id, self.title)


def task_url(deal_id: uuid.UUID, title: str, *, back: str = "") -> str:
    """The form of a new task for a deal, filled in for tomorrow."""
    tomorrow = calendar.format_date(calendar.today() + dt.timedelta(days=1), "short")
    asked = {"deal_id": deal_id, "title": proposal(title), "due_at": tomorrow}
    return f"/crm/tasks/new?{urlencode({**asked, **({'next': back} if back else {})})}"


def proposal(title: str) -> str:
    """What a next activity is called where nobody says more."""
    return _("Follow up: %(subject)s", subject=title)[:200]


def what_next_of(session: Session, access: RecordAccess, deal_id: uuid.UUID | None) -> FollowUp | None:
    """What an open deal without a next activity asks, if it may be seen; `access` is that of any type."""
    noun = find_type("crm.deal")
    if deal_id is None or noun is None or not (bounds := access.of(noun)).can("read"):
        return None
    statement = select(Deal.id, Deal.title).where(
        Deal.id == deal_id,
        Deal.state == "open",
        Deal.deleted_at.is_(None),
        Deal.next_at.is_(None),
        *bounds.criteria(Deal),
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return FollowUp(template=_TEMPLATE, facts=WhatNext(row.id, row.title, proposal(row.title)))


def what_next_after(session: Session, access: RecordAccess, task_id: uuid.UUID) -> FollowUp | None:
    """What a task that is done leaves behind: its deal, where nothing is planned for it any more."""
    statement = select(Task.deal_id).where(
        Task.id == task_id,
        Task.done_at.is_not(None),
        Task.deleted_at.is_(None),
        *access.criteria(Task),
    )
    return what_next_of(session, access, session.execute(statement).scalar_one_or_none())
