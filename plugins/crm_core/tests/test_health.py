"""How a customer is said to be doing: her own rhythm, what came back, what one owes her."""

import datetime as dt

import pytest

from charsu import clock


@pytest.fixture
def said(client, customer):
    """`said(text)`: whether the page of the customer says so."""
    return lambda sentence: sentence in client.get(f"/crm/customers/{customer['id']}").text


@pytest.fixture
def buy(record):
    """`buy(30, 20)`: purchases so many days ago; returns the answers."""

    def send(*days):
        return [
            record(occurred_at=(clock.now() - dt.timedelta(days=ago, minutes=1)).isoformat()).json
            for ago in days
        ]

    return send


def test_who_never_bought_is_new_and_no_worry(said):
    assert said("New to you")
    assert said("No purchase yet.")


@pytest.mark.parametrize(
    ("days", "level"),
    [((10, 20, 30), "Doing well"), ((16, 26, 36), "Needs attention"), ((40, 50, 60), "About to be lost")],
)
def test_a_silence_is_held_against_her_own_rhythm(buy, said, days, level):
    buy(*days)

    assert said(level)
    assert said(f"Buys about every 10 days; the last purchase was {days[0]} days ago.")


def test_what_came_back_needs_attention(api, buy, said):
    first, *_others = buy(1, 11, 21)
    assert said("Doing well")

    api.post(f"/api/v1/crm/purchases/{first['id']}/refunds", json={"amount_minor": 2_500_000})

    assert said("Needs attention")
    assert said("1 of the last purchases came back.")


def test_an_overdue_task_needs_attention_and_makes_no_lost_customer_better(api, buy, customer, said):
    buy(40, 50, 60)

    body = {"title": "x", "customer_id": customer["id"], "due_at": "2025-01-01T10:00:00Z"}
    api.post("/api/v1/crm/tasks", json=body)

    assert said("About to be lost")
    assert said("1 task for this customer is overdue.")
