"""What lists cost: statements on the wire, and indexes that searches use."""

import pytest
from sqlalchemy import text

from charsu.records import full_access
from charsu.records.listing import list_sql
from charsu.records.query import parse_query

URL = "/garden/plants"


@pytest.fixture
def many(tenant, tenant_work, client_as):
    """300 plants that link to 300 beds and to each other, written past the service."""
    beds = "INSERT INTO garden_bed (title) SELECT 'Bed ' || n FROM generate_series(1, 300) n"
    plants = """
        INSERT INTO garden_plant
               (title, bed_id, parent_id, owner_id, stage, price_minor, search_text, tags)
        SELECT 'Plant ' || row_number() OVER (), id, id, (SELECT id FROM core_member LIMIT 1),
               'seed', 1000, 'plant ' || lower(title), '{a}'
          FROM garden_bed
    """
    with tenant_work(tenant) as session:
        session.execute(text(beds))
        session.execute(text(plants))


@pytest.mark.parametrize(
    "query",
    [{}, {"search": "plant bed"}, {"stage": "seed", "where": "price_minor:at_least:1", "sort": "title"}],
)
def test_a_page_of_the_api_is_one_statement(api, many, on_the_wire, query):
    answer = api.get(f"/api/v1{URL}", query_string={"limit": 200, **query})

    assert len(answer.json["items"]) == 200
    assert on_the_wire() == 1


@pytest.mark.parametrize("limit", [10, 200])
def test_a_page_of_html_takes_at_most_six_statements(client, many, on_the_wire, limit):
    columns = "title,bed_id,parent_id,owner_id,stage,price_minor,tags"
    page = client.get(URL, query_string={"limit": limit, "columns": columns, "where": "bed_id:filled"})

    assert page.text.count(" data-row=") == limit
    assert on_the_wire() <= 6


def test_a_board_takes_at_most_six_statements(client, many, on_the_wire):
    page = client.get(f"{URL}/board")

    assert page.text.count("data-card=") == 50
    assert on_the_wire() <= 6


def test_search_by_three_letters_uses_the_trigram_index(tenant, tenant_work, runtime, garden):
    rows = """
        INSERT INTO garden_plant (title, note, search_text)
        SELECT n, repeat('as long as people write ', 25),
               CASE n % 4000 WHEN 0 THEN 'qxz' ELSE md5(n::text) END
          FROM generate_series(1, 20000) n
    """
    with tenant_work(tenant) as session:
        session.execute(text(rows))
    with runtime.database.admin() as admin:
        admin.execute(f"ANALYZE {tenant.schema}.garden_plant")

    with tenant_work(tenant) as session:
        query = parse_query(garden.plant, session, full_access(), {"search": "qxz"})
        sql, values = list_sql(query, [garden.plant.by_name["title"]])
        driver = session.connection().connection.driver_connection
        plan = "\n".join(row[0] for row in driver.execute(f"EXPLAIN {sql}", values))

    assert "ix_garden_plant_search" in plan, plan
