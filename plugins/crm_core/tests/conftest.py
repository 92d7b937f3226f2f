"""What the tests of the CRM share: a customer, a purchase, and the facts that were told."""

import pytest
from sqlalchemy import text


@pytest.fixture
def customer(api):
    """A customer made through the API."""
    return api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json


@pytest.fixture
def record(api, customer):
    """`record(amount_minor=…, …)`: record a purchase of `customer` through the API and return the answer."""

    def send(**body):
        body = {"customer_id": customer["id"], "amount_minor": 2_500_000, **body}
        return api.post("/api/v1/crm/purchases", json=body)

    return send


@pytest.fixture
def facts(tenant, tenant_work):
    """`facts("purchase.recorded")`: the data of the events of a type, oldest first."""

    def read(event_type):
        with tenant_work(tenant, read_only=True) as session:
            rows = session.execute(
                text("SELECT data FROM core_event WHERE type = :type ORDER BY occurred_at"),
                {"type": event_type},
            )
            return [row.data for row in rows]

    return read
