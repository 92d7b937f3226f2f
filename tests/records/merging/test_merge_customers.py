"""Customers of the CRM with everything modules hang on them: merged, undone, redirected."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.records.merging.pointers import pointers_to
from charsu.testing.clients import HostClient
from charsu_crm_core.records.customers import CUSTOMER
from charsu_loyalty.queries import member_figures
from charsu_loyalty.verification import verify_ledger

from .test_merge import all_rows

ROOT = "/api/v1/crm/customers"
#: Tables whose rows a module's own hook takes care of.
BY_HOOK = {("loyalty_member", "customer_id")}


@pytest.fixture
def api(program: Callable[..., HostClient]) -> HostClient:
    return program()


def send(api: HostClient, path: str, **body: Any) -> Any:
    answer = api.post(f"/api/v1/{path}", json=body)
    assert answer.status_code < 300, answer.text
    return answer.json


def points(tenant: Any, customer_id: str) -> int:
    with tenant_work(tenant, read_only=True) as session:
        day = session.scalar(text("SELECT current_date"))
        return member_figures(session, uuid.UUID(customer_id), day).points_balance


def test_no_table_that_points_at_a_customer_is_forgotten(tenant: Any) -> None:
    with tenant_work(tenant, read_only=True) as session:
        known = {(item.table, item.column) for item in pointers_to(session, CUSTOMER)}
        found = session.execute(
            text(
                "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
                " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)"
                " WHERE c.contype = 'f' AND c.confrelid = 'crm_core_customer'::regclass"
            )
        ).all()

    assert {(table.rpartition(".")[2], column) for table, column in found} - known == BY_HOOK


def test_purchases_and_points_come_along_and_go_back(api: HostClient, tenant: Any, drain: Any) -> None:
    kept, lost = (send(api, "crm/customers", full_name=name)["id"] for name in ("مریم", "مریم احمدی"))
    bought = [
        send(api, "crm/purchases", customer_id=one, amount_minor=2_500_000, currency="IRR")["id"]
        for one in (kept, lost, lost)
    ]
    drain()
    alone = [points(tenant, one) for one in (kept, lost)]

    merged = send(api, "crm/customers/merges", kept_id=kept, lost_id=lost)

    assert points(tenant, kept) == sum(alone)
    owners = {api.get(f"/api/v1/crm/purchases/{one}").json["customer_id"] for one in bought}
    assert owners == {kept}
    send(api, f"crm/customers/merges/{merged['id']}/reversal")
    drain()
    assert [points(tenant, one) for one in (kept, lost)] == alone
    assert api.get(f"/api/v1/crm/purchases/{bought[2]}").json["customer_id"] == lost
    with tenant_work(tenant, read_only=True) as session:
        assert verify_ledger(session) == []


def test_two_are_merged_and_parted_on_pages(api: HostClient, browser: Any) -> None:
    kept, lost = (send(api, "crm/customers", full_name=name)["id"] for name in ("مریم", "مریم احمدی"))
    client = browser()
    compared = client.get(f"/crm/customers/merge?id={kept}&id={lost}")
    assert compared.status_code == 200
    assert "مریم احمدی" in compared.text

    done = client.post(
        "/crm/customers/merge", data={"kept_id": kept, "lost_id": lost, "choice-full_name": "lost"}
    )

    assert done.status_code == 303
    assert api.get(f"{ROOT}/{kept}").json["full_name"] == "مریم احمدی"
    shown = client.get(done.headers["Location"])
    assert "مریم احمدی" in shown.text
    undone = client.post(f"{done.headers['Location']}/reversal")
    assert undone.status_code == 303
    assert api.get(f"{ROOT}/{kept}").json["full_name"] == "مریم"


def test_a_merge_that_is_none_is_refused_with_a_word(
    api: HostClient, browser: Any, digest: Any, tenant: Any
) -> None:
    kept = send(api, "crm/customers", full_name="مریم")["id"]
    purchase = send(api, "crm/purchases", customer_id=kept, amount_minor=1_000, currency="IRR")["id"]
    client = browser()
    before = digest(tenant)

    for lost, status in ((kept, 422), (purchase, 404), (str(uuid.uuid4()), 404)):
        answer = api.post(f"{ROOT}/merges", json={"kept_id": kept, "lost_id": lost})
        assert (answer.status_code, "detail" in answer.json) == (status, True)
        page = client.post("/crm/customers/merge", data={"kept_id": kept, "lost_id": lost})
        assert page.status_code == status
    for values in ({"nothing": 1}, {"phone": "x"}, {"full_name": ""}):
        other = send(api, "crm/customers", full_name="دیگری")["id"]
        body = {"kept_id": kept, "lost_id": other, "values": values}
        assert api.post(f"{ROOT}/merges", json=body).status_code == 422
    for body in ({}, {"kept_id": kept}, {"kept_id": "x", "lost_id": "y"}, []):
        assert api.post(f"{ROOT}/merges", json=body).status_code in (400, 422)
    assert before != ""
    assert client.post("/crm/customers/merge", data={}).status_code == 422
    assert client.get("/crm/customers/merge?id=x&id=y").status_code == 200


def test_nobody_compares_or_undoes_beyond_her_scope(
    api: HostClient, guild_people: Any, member: Any, browser: Any
) -> None:
    own = member(("crm.customer.merge@own", "crm.customer.read@own", "crm.customer.write@own"))
    mine = send(guild_people.program(own), "crm/customers", full_name="خودی")["id"]
    kept, lost = (send(api, "crm/customers", full_name=name)["id"] for name in ("یک", "دو"))
    merge_id = send(api, "crm/customers/merges", kept_id=kept, lost_id=lost)["id"]
    client, program = guild_people.browser(own), guild_people.program(own)

    assert client.get(f"/crm/customers/merge?id={mine}&id={kept}").status_code == 404
    assert client.get(f"/crm/customers/merges/{merge_id}").status_code == 404
    assert program.post(f"{ROOT}/merges/{merge_id}/reversal").status_code == 404
    assert program.post(f"{ROOT}/merges", json={"kept_id": mine, "lost_id": kept}).status_code == 404
    assert "یک" not in client.get("/crm/customers/duplicates").text


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "phone": st.sampled_from(["+989121111111", "+989122222222"]),
        "other_phones": st.lists(
            st.sampled_from(["+989121111111", "+989123333333"]), max_size=2, unique=True
        ),
        "email": st.sampled_from(["a@example.com", "b@example.com"]),
        "tags": st.lists(st.sampled_from(["وفادار", "تهران", "عمده"]), max_size=3, unique=True),
        "note": st.sampled_from(["", "یادداشت"]),
        "birthday_on": st.sampled_from(["1990-01-02", "1991-03-04"]),
        "custom": st.fixed_dictionaries({"colour": st.sampled_from(["red", "blue"])}),
    },
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(kept=CHANGES, lost=CHANGES, bought=st.lists(st.integers(0, 1), max_size=3), spend=st.booleans())
def test_merge_and_undo_leave_every_row_of_every_module(
    api: HostClient, tenant: Any, drain: Any, kept: Any, lost: Any, bought: list[int], spend: bool
) -> None:
    with tenant_work(tenant) as session:
        session.execute(
            text(
                "INSERT INTO core_custom_field (record_type, key, title, kind)"
                " VALUES ('crm.customer', 'colour', 'Colour', 'text') ON CONFLICT DO NOTHING"
            )
        )
    ids = [send(api, "crm/customers", full_name="مریم احمدی", **more)["id"] for more in (kept, lost)]
    for which in bought:
        send(api, "crm/purchases", customer_id=ids[which], amount_minor=3_000_000, currency="IRR")
    drain()
    if spend and bought:
        path = f"/api/v1/loyalty/members/{ids[bought[0]]}/redemptions"
        assert api.post(path, json={"points": 5}).status_code == 201
    drain()
    before = all_rows(tenant)

    merge_id = send(api, "crm/customers/merges", kept_id=ids[0], lost_id=ids[1])["id"]
    drain()
    send(api, f"crm/customers/merges/{merge_id}/reversal")
    drain()

    assert all_rows(tenant) == before
