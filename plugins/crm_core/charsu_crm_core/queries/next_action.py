"""What to do next for a customer: what is planned, else what offers itself."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu import clock
from charsu.records import RecordAccess
from charsu.records.registry import find_type
from charsu.text import calendar
from charsu.text.i18n import _
from charsu_crm_core.models import Customer, Deal, Task
from charsu_crm_core.queries.health import Health

#: A birthday so many days ahead is a reason to call.
_BIRTHDAY_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class NextAction:
    """One thing to do; `task_id` where it is planned already, else a suggestion."""

    title: str
    why: str = ""
    icon: str = "bolt"
    url: str = ""
    task_id: uuid.UUID | None = None
    due_at: dt.datetime | None = None
    is_overdue: bool = False
    is_suggestion: bool = True


def next_action(session: Session, customer: Customer, health: Health, access: RecordAccess) -> NextAction:
    """The nearest open task; without one, what birthday, open deals and silence suggest.

    `access` is that of the customers; of tasks and deals only what the person may see counts.
    """
    planned = _planned(session, customer.id, access)
    if planned is not None:
        return planned
    for suggestion in (_birthday(customer), _idle_deal(session, customer.id, access), _silence(health)):
        if suggestion is not None:
            return suggestion
    return NextAction(
        title=_("Nothing is planned"),
        why=_("Write down the next step when you talk, and it stands here."),
        icon="circle-check",
    )


def _planned(session: Session, customer_id: uuid.UUID, access: RecordAccess) -> NextAction | None:
    bounds = _bounds(access, "crm.task")
    if bounds is None or not bounds.can("read"):
        return None
    statement = (
        select(Task.id, Task.title, Task.due_at)
        .where(
            Task.customer_id == customer_id,
            Task.done_at.is_(None),
            Task.deleted_at.is_(None),
            *bounds.criteria(Task),
        )
        .order_by(Task.due_at.asc().nulls_last(), Task.id)
        .limit(1)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return NextAction(
        title=row.title,
        icon="checklist",
        url=f"/crm/tasks/{row.id}",
        task_id=row.id,
        due_at=row.due_at,
        is_overdue=row.due_at is not None and row.due_at < clock.now(),
        is_suggestion=False,
    )


def _birthday(customer: Customer) -> NextAction | None:
    if customer.birthday_on is None:
        return None
    today = calendar.today()
    year = calendar.split_date(today)[0]
    coming = calendar.anniversary_in(year, customer.birthday_on)
    if coming < today:
        coming = calendar.anniversary_in(year + 1, customer.birthday_on)
    days = (coming - today).days
    if days > _BIRTHDAY_DAYS:
        return None
    when = _("today") if days == 0 else calendar.format_date(coming, "day")
    return NextAction(
        title=_("Send birthday wishes"), why=_("The birthday is %(when)s.", when=when), icon="cake"
    )


def _idle_deal(session: Session, customer_id: uuid.UUID, access: RecordAccess) -> NextAction | None:
    bounds = _bounds(access, "crm.deal")
    if bounds is None or not bounds.can("read"):
        return None
    statement = (
        select(Deal.id, Deal.title)
        .where(
            Deal.customer_id == customer_id,
            Deal.state == "open",
            Deal.deleted_at.is_(None),
            Deal.next_at.is_(None),
            *bounds.criteria(Deal),
        )
        .order_by(Deal.touched_at)
        .limit(1)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return NextAction(
        title=_("Plan the next step of “%(deal)s”", deal=row.title),
        why=_("This open deal has no next activity."),
        icon="briefcase",
        url=f"/crm/tasks/new?customer_id={customer_id}&deal_id={row.id}&next=/crm/customers/{customer_id}",
    )


def _silence(health: Health) -> NextAction | None:
    if not health.is_late:
        return None
    return NextAction(
        title=_("Ask how things are going"), why=_("It has been quiet for longer than usual."), icon="phone"
    )


def _bounds(access: RecordAccess, key: str) -> Any:
    noun = find_type(key)
    return access.of(noun) if noun is not None else None
