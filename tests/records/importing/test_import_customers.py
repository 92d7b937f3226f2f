"""Importing customers, whom the loyalty club enrols, and taking them back with all that followed."""

from collections.abc import Callable
from typing import Any

import pytest

from charsu.errors import RuleViolated
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


NAMES = "نام خانوادگي,نام,موبايل,گروه\nكريمي,زهرا,09171234567,ويژه\nفرهادی,نسترن,0917 765 0011,-\n"


def names(customers: Importing) -> list[Any]:
    return sorted(row[0] for row in customers.rows("full_name", "crm_core_customer"))


def test_given_and_family_names_of_two_columns_make_one_name(customers: Importing) -> None:
    batch = customers.run(NAMES, defaults={})

    assert customers.reasons(batch.id) == {}
    assert names(customers) == sorted(["زهرا كريمي", "نسترن فرهادی"])


def test_a_family_name_beside_whole_names_is_taken_where_it_is_alone(customers: Importing) -> None:
    customers.run("فامیلی,همراه\nکریمی,09171234567\n", defaults={})

    assert names(customers) == ["کریمی"]


def test_columns_add_to_a_list_and_those_of_one_value_are_refused(customers: Importing) -> None:
    file = "نام,تلفن ۱,تلفن ۲\nسارا,071-32345600,09121112233\nعلی,02188887777,-\n"
    columns = [{"at": 0, "field": "full_name"}]
    batch = customers.run(
        file, columns=[*columns, *({"at": at, "field": "other_phones"} for at in (1, 2))], defaults={}
    )

    assert customers.reasons(batch.id) == {}
    assert customers.rows("other_phones", "crm_core_customer") == [
        (["+982188887777"],),
        (["+987132345600", "+989121112233"],),
    ]
    with pytest.raises(RuleViolated, match="Two columns"):
        customers.draft(file, columns=[*columns, *({"at": at, "field": "phone"} for at in (1, 2))])


@pytest.mark.parametrize("nothing", ["-", "--", "—", "ندارد", "N/A"])
def test_what_people_type_for_nothing_is_no_fault(customers: Importing, nothing: str) -> None:
    batch = customers.run(f"نام,تولد,موبایل\nسارا,{nothing},{nothing}\n", match=[], defaults={})

    assert customers.reasons(batch.id) == {}
    assert customers.rows("full_name, birthday_on, phone", "crm_core_customer") == [("سارا", None, None)]


def test_a_field_made_after_the_last_such_file_is_guessed_in_the_next(
    customers: Importing, kit: Any, api: Any
) -> None:
    file = "نام,تاریخ عضویت\nسارا,1402/06/31\n"
    customers.draft(file, defaults={})
    body = {"record_type": "crm.customer", "title": "تاریخ عضویت", "kind": "date", "key": "joined_on"}
    assert api.post("/api/v1/core/custom-fields", json=body).status_code == 201

    batch = customers.run(file, defaults={})

    assert customers.reasons(batch.id) == {}
    assert customers.rows("custom ->> 'joined_on'", "crm_core_customer") == [("2023-09-22",)]
