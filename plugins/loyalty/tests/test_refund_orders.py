"""Purchases and refunds, told in any order and any number of times, end in the same points."""

import datetime as dt
import itertools
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.refunds import RefundFacts, settle_refund
from charsu_loyalty.rules import PurchaseFacts
from charsu_loyalty.verification import verify_ledger

STEP = 1_000_000
STATE = text("""
    SELECT balance, earned_total, reversed_total,
        (SELECT coalesce(sum(shortfall), 0)::bigint FROM loyalty_entry WHERE customer_id = :c),
        (SELECT array_agg(remaining ORDER BY earned_at) FROM loyalty_lot WHERE customer_id = :c)
    FROM loyalty_member WHERE customer_id = :c
""")


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    amount=st.integers(1, 8 * STEP),
    shares=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    spent=st.integers(0, 60),
    data=st.data(),
)
def test_the_end_state_is_the_same_in_any_order(
    tenant: Any,
    tenant_work: Any,
    new_customer: Any,
    occasion: Any,
    amount: int,
    shares: list[int],
    spent: int,
    data: Any,
) -> None:
    """Another purchase of 30 points is there first, and some of them are spent before the story begins."""
    totals = [amount * sum(shares[: n + 1]) // 180 for n in range(len(shares))]
    story = ["purchase", *totals]
    order = data.draw(st.permutations(story * data.draw(st.integers(1, 2))))

    with tenant_work(tenant) as session:
        expected = _tell(session, new_customer(session), occasion, amount, min(spent, 30), story)
        found = _tell(session, new_customer(session), occasion, amount, min(spent, 30), order)

    assert found == expected


@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    amount=st.integers(STEP, 8 * STEP),
    shares=st.lists(st.integers(1, 60), min_size=2, max_size=3),
    spent=st.integers(1, 110),
    data=st.data(),
)
def test_points_spent_before_the_refunds_leave_the_same_shortfall_in_any_order(
    tenant: Any,
    tenant_work: Any,
    new_customer: Any,
    occasion: Any,
    amount: int,
    shares: list[int],
    spent: int,
    data: Any,
) -> None:
    totals = [amount * sum(shares[: n + 1]) // 180 for n in range(len(shares))]
    spend = ["purchase", ("spend", spent)]
    order = data.draw(st.permutations(totals * data.draw(st.integers(1, 2))))

    with tenant_work(tenant) as session:
        at_once = _tell(session, new_customer(session), occasion, amount, 0, [*spend, totals[-1]])
        expected = _tell(session, new_customer(session), occasion, amount, 0, [*spend, *totals])
        found = _tell(session, new_customer(session), occasion, amount, 0, [*spend, *order])

    assert found == expected == at_once


def test_a_shortfall_is_settled_and_not_taken_from_later_points(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    bought = purchase(customer, 4 * STEP)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, bought, occasion())
        redeem_points(session, Redemption(customer_id=customer, points=40), occasion())
        settle_refund(session, _refund(bought, 2 * STEP, occasion), occasion())
        earn_for_purchase(session, purchase(customer, 9 * STEP), occasion())
        (posting,) = settle_refund(session, _refund(bought, 3 * STEP, occasion), occasion())

    assert (posting.points, posting.shortfall, posting.balance) == (-10, 0, 80)


def test_two_partial_refunds_and_the_purchase_in_all_orders(
    tenant: Any, tenant_work: Any, new_customer: Any, occasion: Any
) -> None:
    story = ["purchase", STEP, 3 * STEP]
    with tenant_work(tenant) as session:
        states = {
            _tell(session, new_customer(session), occasion, 4 * STEP, 0, list(order))
            for order in itertools.permutations(story)
        }

    assert states == {(40, 70, 30, 0, (30, 10))}


def test_points_spent_already_become_a_shortfall_and_never_a_debt(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    bought = purchase(customer, 2 * STEP)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, bought, occasion())
        redeem_points(session, Redemption(customer_id=customer, points=15), occasion())
        (posting,) = settle_refund(session, _refund(bought, 2 * STEP, occasion), occasion())

    assert (posting.points, posting.shortfall, posting.balance) == (-5, 15, 0)


def test_a_refund_within_the_same_step_takes_nothing(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    bought = purchase(customer, 2 * STEP + 500_000)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, bought, occasion())
        assert settle_refund(session, _refund(bought, 500_000, occasion), occasion()) == []
        (posting,) = settle_refund(session, _refund(bought, 500_001, occasion), occasion())

    assert posting.points == -10


def test_a_refund_takes_from_the_lot_of_its_own_purchase_first(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    now = occasion().now
    older = purchase(customer, STEP, at=now - dt.timedelta(days=9))
    newer = purchase(customer, STEP, at=now)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, older, occasion())
        earn_for_purchase(session, newer, occasion())
        settle_refund(session, _refund(newer, STEP, occasion), occasion())
        left = session.execute(
            text("SELECT remaining FROM loyalty_lot WHERE customer_id = :c ORDER BY earned_at"),
            {"c": customer},
        ).scalars()
        assert list(left) == [10, 0]


def test_a_refund_of_a_purchase_the_club_never_hears_of_does_nothing(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    with tenant_work(tenant) as session:
        assert settle_refund(session, _refund(purchase(customer), STEP, occasion), occasion()) == []
        assert verify_ledger(session, customer) == []


def test_a_customer_that_is_gone_earns_nothing(
    tenant: Any, tenant_work: Any, purchase: Any, occasion: Any, digest: Any
) -> None:
    before = digest(tenant)
    stranger = purchase(uuid.uuid4())
    with tenant_work(tenant) as session:
        assert earn_for_purchase(session, stranger, occasion()) == []
        assert settle_refund(session, _refund(stranger, STEP, occasion), occasion()) == []

    assert digest(tenant) == before


def _tell(
    session: Any, customer: uuid.UUID, occasion: Any, amount: int, spent: int, order: list[Any]
) -> tuple[Any, ...]:
    now = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    first = _purchase(customer, 3 * STEP, now - dt.timedelta(days=1))
    earn_for_purchase(session, first, occasion(now))
    if spent:
        redeem_points(session, Redemption(customer_id=customer, points=spent), occasion(now))
    bought = _purchase(customer, amount, now)
    for piece in order:
        if piece == "purchase":
            earn_for_purchase(session, bought, occasion(now))
        elif isinstance(piece, tuple):
            balance = session.execute(STATE, {"c": customer}).one()[0]
            redemption = Redemption(customer_id=customer, points=min(piece[1], balance))
            redeem_points(session, redemption, occasion(now))
        else:
            settle_refund(session, _refund(bought, piece, occasion), occasion(now))
    assert verify_ledger(session, customer) == []
    row = session.execute(STATE, {"c": customer}).one()
    return (*row[:4], tuple(row[4]))


def _purchase(customer: uuid.UUID, amount: int, at: dt.datetime) -> PurchaseFacts:
    return PurchaseFacts(
        purchase_id=uuid.uuid4(),
        customer_id=customer,
        amount_minor=amount,
        currency="IRR",
        occurred_at=at,
        recorded_at=at,
    )


def _refund(bought: PurchaseFacts, total: int, occasion: Any) -> RefundFacts:
    return RefundFacts(
        purchase_id=bought.purchase_id,
        customer_id=bought.customer_id,
        refunded_minor=total,
        occurred_at=occasion().now,
    )
