"""What the page of a customer shows beyond what the kit and other modules give."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, or_, select, text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.records import RecordAccess
from charsu.records.registry import find_type
from charsu.text import calendar
from charsu_crm_core import choices
from charsu_crm_core.models import Affiliation, Customer, Deal, Stage, Task
from charsu_crm_core.queries.health import health_of
from charsu_crm_core.queries.next_action import next_action

_MOST = 5
_DUPLICATES = text("""
    SELECT id, first_id, second_id, confidence FROM core_duplicate
     WHERE record_type = 'crm.customer' AND state = 'open' AND (first_id = :id OR second_id = :id)
     ORDER BY confidence DESC LIMIT 3
""")


@dataclass(frozen=True)
class Role:
    """Who works where: the other end of it, as seen from this page."""

    id: uuid.UUID
    customer_id: uuid.UUID
    name: str
    role: str
    has_ended: bool


def customer_facts(session: Session, access: RecordAccess, customer: Customer) -> Mapping[str, Any]:
    """Health, next action, roles, open deals and tasks, and customers who may be the same."""
    health = health_of(session, customer.id)
    return {
        "health": health,
        "next_action": next_action(session, customer, health, access),
        "roles": _roles(session, customer, access),
        "deals": _open_deals(session, customer.id, access),
        "tasks": _open_tasks(session, customer.id, access),
        "twins": _twins(session, customer.id, access),
        "log_kinds": [
            (kind, title, choices.INTERACTION_ICONS[kind], OUTCOMES_OF[kind])
            for kind, title in choices.INTERACTION_TITLES.items()
        ],
        "outcome_title": choices.OUTCOME_TITLES,
        "now": clock.now(),
        "tomorrow": calendar.today() + dt.timedelta(days=1),
    }


#: What the second click offers for each kind; the first one saves without an outcome.
OUTCOMES_OF: Mapping[str, tuple[str, ...]] = {
    "call": ("reached", "no_answer", "busy", "call_back", "interested", "not_interested"),
    "email": ("interested", "not_interested", "done"),
    "meeting": ("interested", "not_interested", "done"),
    "message": ("reached", "no_answer", "interested", "done"),
    "note": (),
}


def _roles(session: Session, customer: Customer, access: RecordAccess) -> Sequence[Role]:
    """Her companies, or the company's people, as far as the person may see those customers."""
    if not _bounds(access, "crm.affiliation").can("read"):
        return []
    other_id = case(
        (Affiliation.person_id == customer.id, Affiliation.company_id), else_=Affiliation.person_id
    )
    statement = (
        select(Affiliation.id, Affiliation.role, Affiliation.until_on, Customer.id, Customer.full_name)
        .join(Customer, Customer.id == other_id)
        .where(
            or_(Affiliation.person_id == customer.id, Affiliation.company_id == customer.id),
            Affiliation.deleted_at.is_(None),
            Customer.deleted_at.is_(None),
            *access.criteria(Customer),
        )
        .order_by(Affiliation.until_on.desc().nulls_first(), Customer.full_name)
        .limit(20)
    )
    today = clock.now().date()
    return [
        Role(row[0], row[3], row[4], row[1], row[2] is not None and row[2] < today)
        for row in session.execute(statement)
    ]


def _open_deals(session: Session, customer_id: uuid.UUID, access: RecordAccess) -> Sequence[Any]:
    bounds = _bounds(access, "crm.deal")
    if not bounds.can("read"):
        return []
    statement = (
        select(
            Deal.id,
            Deal.title,
            Deal.amount_minor,
            Deal.currency,
            Deal.expected_close_on,
            Deal.next_at,
            Stage.name.label("stage"),
        )
        .join(Stage, Stage.id == Deal.stage_id)
        .where(
            Deal.customer_id == customer_id,
            Deal.state == "open",
            Deal.deleted_at.is_(None),
            *bounds.criteria(Deal),
        )
        .order_by(Deal.next_at.asc().nulls_first(), Deal.id)
        .limit(_MOST)
    )
    return session.execute(statement).all()


def _open_tasks(session: Session, customer_id: uuid.UUID, access: RecordAccess) -> Sequence[Any]:
    bounds = _bounds(access, "crm.task")
    if not bounds.can("read"):
        return []
    statement = (
        select(Task)
        .where(
            Task.customer_id == customer_id,
            Task.done_at.is_(None),
            Task.deleted_at.is_(None),
            *bounds.criteria(Task),
        )
        .order_by(Task.due_at.asc().nulls_last(), Task.id)
        .limit(_MOST)
    )
    return session.execute(statement).scalars().all()


def _twins(session: Session, customer_id: uuid.UUID, access: RecordAccess) -> Sequence[Any]:
    """Customers the nightly search takes for the same one."""
    if not access.can("merge"):
        return []
    found = session.execute(_DUPLICATES, {"id": customer_id}).all()
    others = [row.second_id if row.first_id == customer_id else row.first_id for row in found]
    if not others:
        return []
    statement = select(Customer.id, Customer.full_name).where(
        Customer.id.in_(others), Customer.deleted_at.is_(None), *access.criteria(Customer, "merge")
    )
    return session.execute(statement).all()


def _bounds(access: RecordAccess, key: str) -> RecordAccess:
    noun = find_type(key)
    if noun is None:
        raise LookupError(key)
    return access.of(noun)
