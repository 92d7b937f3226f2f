"""What the page of a customer shows beyond what the kit and other modules give."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from charsu import clock
from charsu.plugins import HookContext
from charsu.records import RecordAccess
from charsu_crm_core.log_bar import log_bar
from charsu_crm_core.models import Customer
from charsu_crm_core.queries.customer_work import customer_work
from charsu_crm_core.queries.health import health_of
from charsu_crm_core.queries.next_action import next_action


@dataclass(frozen=True)
class Role:
    """Who works where: the other end of it, as seen from this page."""

    id: uuid.UUID
    customer_id: uuid.UUID
    name: str
    role: str
    has_ended: bool


def customer_facts(ctx: HookContext, access: RecordAccess, customer: Customer) -> Mapping[str, Any]:
    """Health, next action, roles, open tasks and deals (hers, and those of others she is the contact person
    of), and customers who may be the same."""
    work = customer_work(ctx, access, customer.id)
    health = health_of(work)
    today = clock.now().date()
    return {
        "health": health,
        "next_action": next_action(customer, health, work),
        "roles": [
            Role(row.id, row.other_id, row.title, row.word, row.day is not None and row.day < today)
            for row in work.rows("role")
        ],
        "deals": work.rows("deal"),
        "led_deals": work.rows("led"),
        "tasks": work.rows("task"),
        "twins": work.rows("twin"),
        "log_bar": log_bar(ctx, customer.id),
        "now": clock.now(),
    }
