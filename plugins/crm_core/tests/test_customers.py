"""Rules of customers as the record kit's service holds them."""

import pytest
from sqlalchemy import text

from charsu.records import full_access, service_of
from charsu_crm_core.records import CUSTOMER

CUSTOMERS = "/api/v1/crm/customers"


@pytest.fixture
def stage_of(tenant, tenant_work):
    """`stage_of(id)`: the life-cycle stage as it is stored."""

    def read(customer_id):
        with tenant_work(tenant, read_only=True) as session:
            statement = text("SELECT stage FROM crm_core_customer WHERE id = :id")
            return session.execute(statement, {"id": customer_id}).scalar_one()

    return read


def test_the_first_purchase_makes_a_lead_a_customer(customer, record, stage_of, facts):
    before = stage_of(customer["id"])

    record()
    record()

    assert (before, stage_of(customer["id"])) == ("lead", "customer")
    assert [fact["fields"] for fact in facts("customer.updated")] == [["stage"]]


def test_a_purchase_leaves_a_loyal_customer_loyal(tenant, tenant_work, customer, record, stage_of):
    with tenant_work(tenant) as session:
        service_of(CUSTOMER, session, full_access()).update(customer["id"], {"stage": "loyal"})

    record()

    assert stage_of(customer["id"]) == "loyal"


def test_purchases_follow_the_customer_to_another_owner(tenant, tenant_work, people, customer, record):
    made = record().json
    member = people.member(tenant).member_id

    with tenant_work(tenant) as session:
        service_of(CUSTOMER, session, full_access()).update(customer["id"], {"owner_id": member})

    with tenant_work(tenant, read_only=True) as session:
        owners = session.execute(text("SELECT id, owner_id FROM crm_core_purchase")).all()
    assert [(str(row.id), row.owner_id) for row in owners] == [(made["id"], member)]


def test_a_restored_customer_is_found_again(tenant, tenant_work, api, customer):
    with tenant_work(tenant) as session:
        deletion = service_of(CUSTOMER, session, full_access()).delete(customer["id"])
    gone = api.get(f"{CUSTOMERS}/{customer['id']}").status_code

    with tenant_work(tenant) as session:
        service_of(CUSTOMER, session, full_access()).restore(deletion)

    assert gone == 404
    assert api.get(f"{CUSTOMERS}/{customer['id']}").json["full_name"] == customer["full_name"]
