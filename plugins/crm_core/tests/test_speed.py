"""What a list costs: few statements, however long it is."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, text

from charsu.records import full_access
from charsu.records.query import parse_query
from charsu.records.registry import find_type
from charsu.records.statements import list_statement


@pytest.fixture
def statements():
    """The statements SQLAlchemy sends while a test runs; the admission of the request is not among them."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def many(tenant, tenant_work):
    """300 customers with a purchase each, written past the services."""
    with tenant_work(tenant) as session:
        session.execute(
            text(
                "INSERT INTO crm_core_customer (full_name, phone, tags, tag_keys, search_text)"
                " SELECT 'Customer ' || n, '+98912' || lpad(n::text, 7, '0'), '{loyal}', '{loyal}',"
                " 'customer ' || n FROM generate_series(1, 300) n"
            )
        )
        session.execute(
            text(
                "INSERT INTO crm_core_purchase (customer_id, amount_minor, currency, occurred_at)"
                " SELECT id, 1000, 'IRR', now() FROM crm_core_customer"
            )
        )


@pytest.mark.parametrize("query", [{}, {"search": "customer 1"}, {"tag": "loyal", "kind": "person"}])
@pytest.mark.parametrize("noun", ["customers", "purchases"])
def test_a_page_of_the_api_is_one_statement(api, many, on_the_wire: Callable[[], int], noun, query):
    answer = api.get(f"/api/v1/crm/{noun}", query_string={"limit": 200, **query})

    assert len(answer.json["items"]) > 50
    # Counted on the wire: the hot list goes past SQLAlchemy, straight to the driver.
    assert on_the_wire() == 1


@pytest.mark.parametrize("noun", ["customers", "purchases"])
def test_a_page_of_html_takes_at_most_three_statements(client, many, statements, noun):
    answer = client.get(f"/crm/{noun}", query_string={"limit": 100})

    assert answer.text.count("<tr") > 100
    assert len(statements) <= 3, statements


def test_the_customer_page_takes_at_most_nine_statements_however_much_hangs_on_it(
    client, many, api, on_the_wire: Callable[[], int], drain
):
    customer = api.get("/api/v1/crm/customers", query_string={"limit": 1}).json["items"][0]
    counts = []
    for _round in range(2):
        before = on_the_wire()
        client.get(f"/crm/customers/{customer['id']}")
        counts.append(on_the_wire() - before)
        company = api.post("/api/v1/crm/customers", json={"full_name": "c", "kind": "company"}).json["id"]
        api.post(
            "/api/v1/crm/affiliations",
            json={"person_id": customer["id"], "company_id": company, "role": "x"},
        )
        for number in range(5):
            about = {"title": f"x{number}", "customer_id": customer["id"]}
            api.post("/api/v1/crm/deals", json=about)
            api.post("/api/v1/crm/tasks", json={**about, "due_at": "2031-01-01T08:00:00Z"})
            api.post("/api/v1/crm/interactions", json={"customer_id": customer["id"]})
            api.post("/api/v1/crm/purchases", json={"customer_id": customer["id"], "amount_minor": 1000})
            api.patch(f"/api/v1/crm/customers/{customer['id']}", json={"note": f"{number}"})
        drain()

    # Record, custom fields and bell, names, files, the CRM's work and timeline, changes, points (2);
    # the admission makes it ten.
    assert counts[1] <= 9, counts


def test_search_uses_the_trigram_index(tenant, tenant_work, many):
    with tenant_work(tenant) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.scalars(
            text("EXPLAIN SELECT id FROM crm_core_customer WHERE search_text LIKE '%omer 123%'")
        ).all()

    assert any("ix_crm_core_customer_search" in line for line in plan), plan


@pytest.mark.parametrize("sort", ["full_name", "-full_name"])
@pytest.mark.parametrize("after", ["", "value"])
def test_the_list_by_name_walks_along_an_index(tenant, tenant_work, many, sort, after):
    customer = find_type("crm.customer")
    with tenant_work(tenant) as session:
        query = parse_query(customer, session, full_access(), {"sort": sort})
        shown = [customer.by_name["full_name"]]
        statement = list_statement(query.question(), shown, query.sort, is_json=False, after=after)
        values = {"page_limit": 3, "after_key": "customer 2", "after_id": uuid4()}
        # So few customers are sorted sooner than found by an index, but where sorting is dear.
        session.execute(text("SET LOCAL enable_sort = off"))
        driver = session.connection().connection.driver_connection
        asked = f"EXPLAIN {statement.hot.text}"
        plan = "\n".join(row[0] for row in driver.execute(asked, statement.bound(values)))

    assert "ix_crm_core_customer_name" in plan, plan
    assert "Sort" not in plan, plan
