from sqlalchemy import text

from charsu.db import tenant_work
from charsu.demo import seed_demo
from charsu_tenants.registry import find_by_slug


def test_the_demo_business_is_made_once(runtime, people):
    login = seed_demo(runtime)
    tenant = find_by_slug(runtime.database, "demo")

    with tenant_work(tenant, read_only=True) as session:
        count = session.execute(text("SELECT count(*) FROM crm_core_customer")).scalar_one()
    assert seed_demo(runtime) == login
    with tenant_work(tenant, read_only=True) as session:
        assert session.execute(text("SELECT count(*) FROM crm_core_customer")).scalar_one() == count > 5
    answer = people.anonymous(tenant).post("/login", data={"email": login.email, "password": login.password})
    assert answer.status_code == 303
