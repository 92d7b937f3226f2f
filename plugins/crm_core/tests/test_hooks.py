"""What the CRM gives to the rest of the house: sample data, dashboard, checklist, menu, and its face."""

import datetime as dt

import pytest
from sqlalchemy import func, select, text

from charsu.events import SYSTEM
from charsu.plugins import HookContext
from charsu_crm_core import api as face
from charsu_crm_core import plugin
from charsu_crm_core.models import Affiliation, Customer, Deal, DealStage, Interaction, Purchase, Task
from charsu_tenants.registry import update_preferences
from charsu_tenants.sessions import owner_session


@pytest.fixture
def add_sample(tenant, tenant_work):
    """Call the hook as the core does."""

    def call(of=tenant):
        with tenant_work(of) as session:
            plugin.add_sample(HookContext(tenant=of, session=session, actor=SYSTEM))

    return call


@pytest.fixture
def remove_sample(tenant, database, application):
    """Call the hook as the core does, as the owner of the tables; dependents have gone before."""

    def call():
        with owner_session(database, tenant) as session:
            plugin.remove_sample(HookContext(tenant=tenant, session=session, actor=SYSTEM))

    return call


@pytest.fixture
def count(tenant, tenant_work):
    """How many rows of a table there are."""

    def read(model):
        with tenant_work(tenant, read_only=True) as session:
            return session.scalar(select(func.count()).select_from(model))

    return read


def test_the_sample_is_a_lively_business(add_sample, count, tenant, tenant_work, facts):
    add_sample()

    assert count(Customer) == 40
    assert count(Purchase) == 120
    assert len(facts("purchase.recorded")) == 120
    assert len(facts("purchase.refunded")) == 5
    with tenant_work(tenant, read_only=True) as session:
        names = session.scalars(select(Customer.full_name).where(Customer.is_sample)).all()
        latest = session.scalar(select(func.max(Purchase.occurred_at)))
    assert "مریم احمدی" in names
    assert dt.datetime.now(dt.UTC) - latest < dt.timedelta(days=3)


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_the_sample_shows_deals_tasks_and_talks_under_way(
    add_sample, remove_sample, tenant, database, tenant_work, count, locale
):
    add_sample(update_preferences(database, tenant.id, locale=locale))

    with tenant_work(tenant, read_only=True) as session:
        states = set(session.scalars(select(Deal.state)))
        due = session.execute(select(Task.due_at, Task.done_at)).all()
        before = session.scalars(select(Deal.stage_since)).all()
    now = dt.datetime.now(dt.UTC)
    assert states == {"open", "won", "lost"}
    assert any(row.due_at < now and row.done_at is None for row in due)
    assert any(row.due_at > now for row in due)
    assert min(before) < now - dt.timedelta(days=7)
    assert (count(Interaction), count(Affiliation)) == (16, 5)
    remove_sample()
    assert [count(model) for model in (Deal, Task, Interaction, Affiliation, DealStage)] == [0] * 5


def test_the_sample_is_added_once(add_sample, count):
    add_sample()
    add_sample()

    assert count(Customer) == 40


def test_the_sample_speaks_the_language_and_currency_of_the_business(
    add_sample, tenant, database, tenant_work
):
    changed = update_preferences(database, tenant.id, locale="en", currency="EUR")

    add_sample(changed)

    with tenant_work(changed, read_only=True) as session:
        assert session.scalar(
            select(Customer.full_name).where(Customer.email == "olivia.bennett@example.com")
        )
        assert set(session.scalars(select(Purchase.currency))) == {"EUR"}
        assert session.scalar(select(func.max(Purchase.amount_minor))) < 1_000_000


def test_removing_the_sample_leaves_what_people_entered(add_sample, remove_sample, api, record, count):
    kept = record(amount_minor=7).json
    add_sample()
    api.post(f"/api/v1/crm/purchases/{kept['id']}/refunds", json={"amount_minor": 3})

    remove_sample()
    remove_sample()

    assert [row["id"] for row in api.get("/api/v1/crm/purchases").json["items"]] == [kept["id"]]
    assert count(Customer) == 1


def test_sample_customers_do_not_tick_off_the_checklist(add_sample, api, tenant, tenant_work):
    def done():
        with tenant_work(tenant, read_only=True) as session:
            ctx = HookContext(tenant=tenant, session=session, actor=SYSTEM)
            return [step.is_done for step in plugin.checklist_steps(ctx)]

    add_sample()
    with_sample = done()
    made = api.post("/api/v1/crm/customers", json={"full_name": "علی"}).json
    api.post("/api/v1/crm/purchases", json={"customer_id": made["id"], "amount_minor": 5})

    assert (with_sample, done()) == ([False, False], [True, True])


def test_the_dashboard_shows_customers_and_sales(client, record):
    record(amount_minor=1_000_000)

    page = client.get("/").text

    assert 'href="/crm/customers"' in page
    assert "100,000" in page


def test_hooks_show_only_what_the_person_may_see(tenant, tenant_work):
    with tenant_work(tenant, read_only=True) as session:
        ctx = HookContext(tenant=tenant, session=session, actor=SYSTEM, can=lambda permission: False)

        assert list(plugin.checklist_steps(ctx)) == []
        assert list(plugin.fragments(ctx, "dashboard.card")) == []
        assert list(plugin.fragments(ctx, "customer.main")) == []


def test_every_permission_and_event_is_declared(runtime):
    loaded = next(item for item in runtime.plugins.loaded if item.name == "crm_core")
    verbs = ("read", "write", "delete", "export", "import", "merge")
    assert {permission.name for permission in loaded.permissions} == {
        *(f"crm.customer.{verb}" for verb in verbs),
        *(f"crm.{noun}.{verb}" for noun in ("deal", "interaction", "task") for verb in verbs[:-1]),
        *(f"crm.{noun}.{verb}" for noun in ("affiliation", "pipeline", "stage") for verb in verbs[:3]),
        "crm.purchase.read",
        "crm.purchase.export",
        "crm.purchase.record",
        "crm.purchase.refund",
    }
    nouns = ("customer", "affiliation", "pipeline", "stage", "deal", "interaction", "task")
    set_up = {item.name for item in loaded.permissions if not item.is_scoped}
    assert set_up == {f"crm.{noun}.{verb}" for noun in ("pipeline", "stage") for verb in verbs[:3]}
    assert {event.type for event in loaded.events} == {
        "customer.merged",
        *(f"{noun}.{fact}" for noun in nouns for fact in ("created", "updated", "deleted", "restored")),
        *(f"deal.{fact}" for fact in ("moved", "won", "lost")),
        "purchase.recorded",
        "purchase.refunded",
    }


def test_other_modules_find_and_lock_customers_by_the_face(tenant, tenant_work, api, customer, add_sample):
    with tenant_work(tenant) as session:
        found = face.find_customer(session, customer["id"])
        assert (str(found.id), found.full_name) == (customer["id"], customer["full_name"])
        assert face.lock_customer(session, customer["id"])
        assert face.sample_customer_ids(session) == []
    api.delete(f"/api/v1/crm/customers/{customer['id']}")
    add_sample()

    with tenant_work(tenant) as session:
        assert face.find_customer(session, customer["id"]) is None
        assert face.lock_customer(session, customer["id"])
        assert not face.lock_customer(session, tenant.id)
        assert len(face.sample_customer_ids(session)) == 40


def test_history_can_not_be_rewritten_by_the_tenants_role(tenant, database, record, api):
    made = record(lines=[{"title": "x", "unit_price_minor": 2_500_000}]).json
    api.post(f"/api/v1/crm/purchases/{made['id']}/refunds", json={})

    with database.engine(tenant).connect() as connection:
        for table in ("crm_core_refund", "crm_core_purchase_line"):
            for verb in ("UPDATE", "DELETE", "TRUNCATE"):
                answer = connection.execute(
                    text("SELECT has_table_privilege(:table, :verb)"), {"table": table, "verb": verb}
                )
                assert answer.scalar() is False, (table, verb)
