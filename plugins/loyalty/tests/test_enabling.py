"""Turning the club on: who was a customer before becomes a member."""

from charsu.events import SYSTEM
from charsu.plugins.lifecycle import disable_module, enable_module


def test_on_enable_makes_the_customers_of_before_members(api, tenant, drain):
    disable_module(tenant.id, "loyalty", SYSTEM)
    customer = api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json
    drain()

    enable_module(tenant.id, "loyalty", SYSTEM)

    answer = api.get(f"/api/v1/loyalty/members/{customer['id']}")
    assert (answer.status_code, answer.json["points_balance"]) == (200, 0)
