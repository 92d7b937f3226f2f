"""The club's REST API: names of issue 2, bad input, permissions, replays."""

import uuid
from typing import Any

import pytest
from sqlalchemy import event

MISSING = uuid.UUID(int=7)


@pytest.fixture
def known(api: Any) -> str:
    answer = api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"})
    return str(answer.json["id"])


@pytest.fixture
def bought(api: Any, drain: Any, known: str) -> Any:
    def buy(amount_minor: int = 2_500_000, **more: Any) -> Any:
        body = {"customer_id": known, "amount_minor": amount_minor, **more}
        answer = api.post("/api/v1/crm/purchases", json=body)
        assert answer.status_code == 201, answer.text
        drain()
        return answer.json

    return buy


def member_url(customer_id: object, tail: str = "") -> str:
    return f"/api/v1/loyalty/members/{customer_id}{tail}"


def test_a_purchase_of_250_000_toman_is_20_points(api: Any, known: str, bought: Any) -> None:
    bought(2_500_000)

    member = api.get(member_url(known)).json
    assert member["points_balance"] == 20
    assert (member["earned_total"], member["redeemed_total"]) == (20, 0)
    assert member["expiring_next"]["points"] == 20
    assert set(member) == {
        "customer_id",
        "points_balance",
        "earned_total",
        "redeemed_total",
        "expiring_next",
        "joined_at",
    }


def test_a_new_customer_stands_at_zero_and_an_unknown_one_is_not_found(api: Any, known: str) -> None:
    member = api.get(member_url(known))
    assert (member.status_code, member.json["points_balance"]) == (200, 0)
    assert member.json["expiring_next"] is None

    for tail in ("", "/entries"):
        assert api.get(member_url(MISSING, tail)).status_code == 404
    assert api.post(member_url(MISSING, "/redemptions"), json={"points": 1}).status_code == 404
    assert api.get(member_url("not-an-id")).status_code == 404


def test_the_event_is_reacted_to_once_however_often_it_is_drained(
    api: Any, drain: Any, known: str, bought: Any
) -> None:
    bought()
    drain()
    drain()

    assert api.get(member_url(known)).json["points_balance"] == 20


def test_a_refund_takes_points_back_and_the_history_says_why(
    api: Any, drain: Any, known: str, bought: Any
) -> None:
    purchase = bought(2_500_000)
    refund = {"amount_minor": 1_000_000}
    api.post(f"/api/v1/crm/purchases/{purchase['id']}/refunds", json=refund)
    drain()

    entries = api.get(member_url(known, "/entries")).json["items"]
    assert [entry["points"] for entry in entries] == [-10, 20]
    assert entries[0]["reverses_entry_id"] == entries[1]["id"]
    assert entries[1]["explanation"] == "20 points for a purchase of 250,000 Toman"
    assert "100,000 Toman of a purchase of 250,000 Toman was refunded" in entries[0]["explanation"]


def test_points_are_redeemed_and_the_answer_says_what_is_left(api: Any, known: str, bought: Any) -> None:
    bought()

    answer = api.post(member_url(known, "/redemptions"), json={"points": 15, "reason": "تخفیف"})

    assert answer.status_code == 201
    assert (answer.json["points"], answer.json["points_balance"], answer.json["reason"]) == (-15, 5, "تخفیف")
    assert api.get(member_url(known)).json["redeemed_total"] == 15


def test_too_many_points_are_refused_with_the_balance_in_the_callers_language(
    api: Any, known: str, bought: Any
) -> None:
    bought()

    answer = api.post(member_url(known, "/redemptions"), json={"points": 21})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "insufficient_points"
    assert "20" in answer.json["detail"]


def test_the_same_idempotency_key_redeems_once(api: Any, known: str, bought: Any) -> None:
    bought()
    headers = {"Idempotency-Key": "redeem-1"}

    answers = [
        api.post(member_url(known, "/redemptions"), json={"points": 5}, headers=headers) for _ in range(3)
    ]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert api.get(member_url(known)).json["points_balance"] == 15


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"points": 0},
        {"points": -5},
        {"points": "5"},
        {"points": 5.5},
        {"points": True},
        {"points": None},
        {"points": 2**63},
        {"points": 10**30},
        {"points": [5]},
        {"points": 5, "reason": "x" * 501},
        {"points": 5, "reason": 7},
        {"points": 5, "reason": "a\x00b"},
        {"points": 5, "balance": 99},
        [],
        "5",
    ],
)
def test_bad_redemptions_change_nothing(
    api: Any, known: str, bought: Any, digest: Any, tenant: Any, body: Any
) -> None:
    bought()
    before = digest(tenant)

    answer = api.post(member_url(known, "/redemptions"), json=body)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.mimetype == "application/problem+json"
    assert digest(tenant) == before


def test_entries_are_paged_and_bad_cursors_refused(api: Any, known: str, bought: Any) -> None:
    for _ in range(5):
        bought(1_000_000)

    first = api.get(member_url(known, "/entries?limit=2")).json
    second = api.get(member_url(known, f"/entries?limit=2&cursor={first['next_cursor']}")).json
    third = api.get(member_url(known, f"/entries?limit=2&cursor={second['next_cursor']}")).json

    pages = [first, second, third]
    assert [entry["balance_after"] for page in pages for entry in page["items"]] == [50, 40, 30, 20, 10]
    assert third["next_cursor"] is None
    for query in ("cursor=garbage", "limit=0", "limit=x", "limit=201"):
        assert api.get(member_url(known, f"/entries?{query}")).status_code == 422


def test_the_rule_is_read_replaced_and_changed(api: Any, bought: Any, known: str) -> None:
    url = "/api/v1/loyalty/rule"
    assert api.get(url).json["step_minor"] == 1_000_000
    assert api.get(url).json["rounding"] == "whole_steps"

    put = api.put(url, json={"step_minor": 500_000, "points_per_step": 3, "expires_after_months": None})
    assert (put.status_code, put.json["version"], put.json["expires_after_months"]) == (200, 1, None)
    patched = api.patch(url, json={"points_per_step": 4})
    assert (patched.json["version"], patched.json["step_minor"]) == (2, 500_000)

    bought(2_500_000)
    member = api.get(member_url(known)).json
    assert (member["points_balance"], member["expiring_next"]) == (20, None)


@pytest.mark.parametrize(
    "body",
    [
        {"step_minor": 0},
        {"step_minor": 10**16},
        {"points_per_step": 0},
        {"points_per_step": 10**9},
        {"rounding": "sometimes"},
        {"currency": "toman"},
        {"expires_after_months": 0},
        {"expires_after_months": 1000},
        {"is_active": "yes"},
        {"version": 9},
    ],
)
def test_a_bad_rule_is_refused_and_changes_nothing(api: Any, digest: Any, tenant: Any, body: Any) -> None:
    before = digest(tenant)

    for answer in (
        api.patch("/api/v1/loyalty/rule", json=body),
        api.put("/api/v1/loyalty/rule", json={"step_minor": 1, "points_per_step": 1, **body}),
    ):
        assert answer.status_code == 422, answer.text
    assert digest(tenant) == before


def test_each_route_asks_for_its_permission(api: Any, api_as: Any, known: str, bought: Any) -> None:
    bought()
    reader = api_as(["loyalty.member.read", "loyalty.rule.read"])
    assert reader.get(member_url(known)).status_code == 200
    assert reader.get("/api/v1/loyalty/rule").status_code == 200
    assert reader.post(member_url(known, "/redemptions"), json={"points": 1}).status_code == 403
    assert reader.patch("/api/v1/loyalty/rule", json={"points_per_step": 2}).status_code == 403

    stranger = api_as(["crm.customer.read"])
    for path in (member_url(known), member_url(known, "/entries"), "/api/v1/loyalty/rule"):
        assert stranger.get(path).status_code == 403


def test_points_of_a_deleted_customer_can_not_be_redeemed(
    api: Any, drain: Any, known: str, bought: Any
) -> None:
    bought()
    assert api.delete(f"/api/v1/crm/customers/{known}").status_code == 204
    drain()

    assert api.get(member_url(known)).status_code == 404
    assert api.post(member_url(known, "/redemptions"), json={"points": 1}).status_code == 404


def test_reading_a_member_and_a_page_costs_few_queries(
    api: Any, known: str, bought: Any, tenant: Any, tenant_work: Any
) -> None:
    bought()
    with tenant_work(tenant, read_only=True) as session:
        engine = session.connection().engine
    counts = {}
    for limit in (1, 50):
        for _ in range(3 * limit // 50):
            bought(1_000_000)
        counts[limit] = _statements(engine, lambda: api.get(member_url(known, "/entries?limit=50")))

    assert 0 < counts[1] == counts[50] <= 3
    assert 0 < _statements(engine, lambda: api.get(member_url(known))) <= 3


def _statements(engine: Any, work: Any) -> int:
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        assert work().status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)
