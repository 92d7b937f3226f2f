"""Turning the club on: who was a customer before becomes a member."""

from charsu.events import SYSTEM
from charsu.plugins.lifecycle import disable_module, enable_module
from charsu.records import full_access, service_of
from charsu_crm_core.records import CUSTOMER


def test_on_enable_makes_the_customers_of_before_members(api, tenant, drain):
    disable_module(tenant.id, "loyalty", SYSTEM)
    customer = api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json
    drain()

    enable_module(tenant.id, "loyalty", SYSTEM)

    answer = api.get(f"/api/v1/loyalty/members/{customer['id']}")
    assert (answer.status_code, answer.json["points_balance"]) == (200, 0)


def test_who_was_deleted_while_the_club_was_off_can_not_redeem_when_it_is_on_again(api, tenant, drain):
    customer = api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json
    purchase = {"customer_id": customer["id"], "amount_minor": 10_000_000, "currency": "IRR"}
    api.post("/api/v1/crm/purchases", json=purchase)
    drain()
    disable_module(tenant.id, "loyalty", SYSTEM)
    api.delete(f"/api/v1/crm/customers/{customer['id']}")
    drain()

    enable_module(tenant.id, "loyalty", SYSTEM)

    member = f"/api/v1/loyalty/members/{customer['id']}"
    assert api.post(f"{member}/redemptions", json={"points": 10, "reason": "tea"}).status_code == 404


def test_a_restored_customer_is_a_member_again_with_the_points_of_before(api, tenant, tenant_work, drain):
    customer = api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json
    purchase = {"customer_id": customer["id"], "amount_minor": 10_000_000, "currency": "IRR"}
    api.post("/api/v1/crm/purchases", json=purchase)
    drain()
    with tenant_work(tenant) as session:
        deletion = service_of(CUSTOMER, session, full_access()).delete(customer["id"])
    drain()

    with tenant_work(tenant) as session:
        service_of(CUSTOMER, session, full_access()).restore(deletion)
    drain()

    member = f"/api/v1/loyalty/members/{customer['id']}"
    assert api.get(member).json["points_balance"] == 100
    assert api.post(f"{member}/redemptions", json={"points": 10, "reason": "tea"}).status_code == 201
