"""Keyset pages over any data and any order hold every row exactly once."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from charsu.records import full_access
from charsu.records.listing import count, iterate, list_page
from charsu.records.query import parse_query

SORTS = (
    "title",
    "height",
    "price_minor",
    "planted_on",
    "watered_at",
    "is_rare",
    "stage",
    "created_at",
    "email",
)
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(["", "a", "B", "آب", "پدر", "گل", "كاج", "کاج", "ی"]),
            "height": st.none()
            | st.sampled_from([Decimal("0"), Decimal("1.50"), Decimal("1.5"), Decimal("-3")]),
            "price_minor": st.none() | st.integers(0, 3),
            "planted_on": st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 4)),
            "watered_at": st.none()
            | st.sampled_from([dt.datetime(2026, 1, 1, 0, 0, 0, n, tzinfo=dt.UTC) for n in (0, 1, 999_999)]),
            "is_rare": st.booleans(),
            "stage": st.sampled_from(["seed", "plant", "tree", "gone"]),
            "email": st.none() | st.sampled_from(["a@b.cd", "Z@b.cd"]),
        }
    ),
    max_size=25,
)
_INSERT = text(
    "INSERT INTO garden_plant (title, height, price_minor, planted_on, watered_at, is_rare, stage, email)"
    " VALUES (:title, :height, :price_minor, :planted_on, :watered_at, :is_rare, :stage, :email)"
)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_rows, sort=st.sampled_from(SORTS), is_descending=st.booleans(), limit=st.integers(1, 7))
def test_pages_visit_every_row_once_in_order(tenant, tenant_work, garden, rows, sort, is_descending, limit):
    with tenant_work(tenant) as session:
        session.execute(text("DELETE FROM garden_plant"))
        if rows:
            session.execute(_INSERT, rows)
    with tenant_work(tenant, read_only=True) as session:
        args = {"sort": f"-{sort}" if is_descending else sort, "limit": str(limit)}
        columns = [garden.plant.by_name["title"]]
        whole = [
            row[0]
            for row in iterate(session, parse_query(garden.plant, session, full_access(), args), columns)
        ]
        found, cursor = [], None
        for _page in itertools.count():
            asked = {**args, "cursor": cursor} if cursor else args
            page = list_page(session, parse_query(garden.plant, session, full_access(), asked), columns)
            found += [row[0] for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert found == whole
        assert len(set(found)) == len(rows)
        assert count(session, parse_query(garden.plant, session, full_access(), args)) == len(rows)
