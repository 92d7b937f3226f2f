"""Importing customers, whom the loyalty club enrols, and taking them back with all that followed."""

from collections.abc import Callable
from typing import Any

import pytest

from charsu_tenants.context import Tenant

from .conftest import Importing

FILE = "نام,موبایل,برچسب\nسارا احمدی,۰۹۱۲۱۱۱۲۲۳۳,وفادار؛ تهران\nعلي رضايي,09351112233,\n"
TABLES = ("crm_core_customer", "loyalty_member", "loyalty_entry")


@pytest.fixture
def customers(kit: Any, tenant: Tenant, tenant_work: Any, drain: Callable[[], None]) -> Importing:
    records = kit.runtime.plugins.module("crm_core").records
    customer = next(item for item in records if item.key == "crm.customer")
    return Importing(tenant, customer, tenant_work, drain)


def everything(customers: Importing) -> list[Any]:
    return [customers.rows("to_jsonb(t)::text", f"{table} t") for table in TABLES]


def test_customers_and_their_memberships_go_together(customers: Importing) -> None:
    before = everything(customers)

    batch = customers.run(FILE, match=["phone"], defaults={})
    customers.drain()
    assert customers.reasons(batch.id) == {}
    assert len(customers.rows("id", "crm_core_customer")) == len(before[0]) + 2
    undone = customers.undo(batch.id)

    assert (undone.state, undone.kept_count) == ("undone", 0)
    assert everything(customers) == before


def test_a_customer_who_bought_since_stays(customers: Importing) -> None:
    batch = customers.run(FILE, match=["phone"], defaults={})
    customers.execute(
        "INSERT INTO crm_core_purchase (customer_id, amount_minor, currency, occurred_at, channel)"
        " SELECT id, 1000, 'IRR', now(), 'store' FROM crm_core_customer WHERE full_name = 'سارا احمدی'"
    )

    undone = customers.undo(batch.id)

    assert undone.kept_count == 1
    assert customers.rows("full_name", "crm_core_customer") == [("سارا احمدی",)]


def test_what_one_module_keeps_no_other_touches(customers: Importing, garden: Any) -> None:
    """The garden wants a customer kept; the club, asked before or after it, has not ended the membership."""
    batch = customers.run(FILE, match=["phone"], defaults={})
    customers.drain()
    members = customers.rows("to_jsonb(t)::text", "loyalty_member t")
    garden.behaviour["purge_records"] = lambda ctx, record_type, record_ids: list(record_ids)

    undone = customers.undo(batch.id)

    assert undone.kept_count == 2
    assert customers.rows("to_jsonb(t)::text", "loyalty_member t") == members
