"""What to do next for a customer: what is planned, else what offers itself."""

import datetime as dt
import uuid
from dataclasses import dataclass

from charsu import clock
from charsu.text import calendar
from charsu.text.i18n import _
from charsu_crm_core.models import Customer
from charsu_crm_core.queries.customer_work import CustomerWork
from charsu_crm_core.queries.health import Health
from charsu_crm_core.queries.what_next import task_url

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
    #: The open deal without a next activity it is about.
    deal_id: uuid.UUID | None = None


def next_action(customer: Customer, health: Health, work: CustomerWork) -> NextAction:
    """The nearest open task; without one, what birthday, open deals and silence suggest."""
    planned = _planned(work)
    if planned is not None:
        return planned
    for suggestion in (_birthday(customer), _idle_deal(customer, work), _silence(health)):
        if suggestion is not None:
            return suggestion
    return NextAction(
        title=_("Nothing is planned"),
        why=_("Write down the next step when you talk, and it stands here."),
        icon="circle-check",
    )


def _planned(work: CustomerWork) -> NextAction | None:
    row = work.first("task")
    if row is None:
        return None
    return NextAction(
        title=row.title,
        icon="checklist",
        url=f"/crm/tasks/{row.id}",
        task_id=row.id,
        due_at=row.at,
        is_overdue=row.at is not None and row.at < clock.now(),
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
    when = _("today") if days == 0 else calendar.format_date(coming, "yearless")
    return NextAction(
        title=_("Send birthday wishes"), why=_("The birthday is %(when)s.", when=when), icon="cake"
    )


def _idle_deal(customer: Customer, work: CustomerWork) -> NextAction | None:
    row = work.first("idle")
    if row is None:
        return None
    return NextAction(
        title=_("Plan the next step of “%(deal)s”", deal=row.title),
        why=_("This open deal has no next activity."),
        icon="briefcase",
        url=task_url(row.id, row.title, back=f"/crm/customers/{customer.id}"),
        deal_id=row.id,
    )


def _silence(health: Health) -> NextAction | None:
    if not health.is_late:
        return None
    return NextAction(
        title=_("Ask how things are going"), why=_("It has been quiet for longer than usual."), icon="phone"
    )
