"""Redemptions: exactly as many as the balance allows, in at most three round trips."""

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text

from charsu_loyalty import ledger
from charsu_loyalty.announcements import announce
from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.errors import InsufficientPoints, RedeemedAlready, UnknownMember
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.refunds import RefundFacts, settle_refund
from charsu_loyalty.verification import verify_ledger

STEP = 1_000_000


def test_parallel_redemptions_win_exactly_as_often_as_the_balance_allows(
    tenant: Any, tenant_work: Any, new_customer: Any, purchase: Any, occasion: Any
) -> None:
    for round_number, winners in enumerate([1, 3, 7, 13, 20, 0, 1, 5]):
        with tenant_work(tenant) as session:
            customer = new_customer(session)
            for _ in range(winners):
                earn_for_purchase(session, purchase(customer, STEP), occasion())
        won = _at_once(20, lambda: _redeem(tenant, tenant_work, customer, 10, occasion()))  # noqa: B023 - joined below

        assert sum(won) == winners, f"round {round_number}"
        with tenant_work(tenant) as session:
            assert _balance(session, customer) == 0
            assert verify_ledger(session, customer) == []


def test_redemptions_and_refunds_at_once_never_overdraw(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    bought = purchase(customer, 10 * STEP)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, bought, occasion())

    def refund() -> bool:
        told = RefundFacts(
            purchase_id=bought.purchase_id,
            customer_id=customer,
            refunded_minor=6 * STEP,
            occurred_at=occasion().now,
        )
        with tenant_work(tenant) as session:
            return bool(settle_refund(session, told, occasion()))

    refunds: list[bool] = []
    lock = threading.Lock()

    def either() -> bool:
        with lock:
            is_refund = len(refunds) % 3 == 0
            refunds.append(is_refund)
        return refund() if is_refund else _redeem(tenant, tenant_work, customer, 10, occasion())

    _at_once(18, either)

    with tenant_work(tenant) as session:
        assert verify_ledger(session, customer) == []
        row = session.execute(
            text("SELECT sum(points), sum(shortfall) FROM loyalty_entry WHERE customer_id = :c"),
            {"c": customer},
        ).one()
        assert row[0] == _balance(session, customer) >= 0


def test_a_redemption_costs_at_most_three_round_trips(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    with tenant_work(tenant) as session:
        for _ in range(5):
            earn_for_purchase(session, purchase(customer), occasion())

    statements: list[str] = []
    with tenant_work(tenant) as session:
        engine = session.connection().engine

        def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            announce(redeem_points(session, Redemption(customer_id=customer, points=90), occasion()))
        finally:
            event.remove(engine, "before_cursor_execute", count)

    assert len(statements) <= 3, statements


def test_more_than_there_is_is_refused_with_the_balance_and_changes_nothing(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any, digest: Any
) -> None:
    with tenant_work(tenant) as session:
        earn_for_purchase(session, purchase(customer), occasion())
    before = digest(tenant)

    with pytest.raises(InsufficientPoints) as refusal, tenant_work(tenant) as session:
        redeem_points(session, Redemption(customer_id=customer, points=21), occasion())

    assert (refusal.value.status, refusal.value.code, refusal.value.available) == (
        422,
        "insufficient_points",
        20,
    )
    assert digest(tenant) == before


def test_ended_points_cannot_be_redeemed_even_before_the_job_took_them(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    bought = dt.datetime(2025, 3, 25, 8, tzinfo=dt.UTC)
    long_after = bought + dt.timedelta(days=400)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, purchase(customer, at=bought), occasion(bought))
        earn_for_purchase(session, purchase(customer, STEP, at=long_after), occasion(long_after))

        with pytest.raises(InsufficientPoints) as refusal:
            redeem_points(session, Redemption(customer_id=customer, points=11), occasion(long_after))
        posting = redeem_points(session, Redemption(customer_id=customer, points=10), occasion(long_after))

    assert refusal.value.available == 10
    assert posting.balance == 20, "the ended points stay until the job takes them"


def test_points_that_end_first_are_spent_first_and_those_without_an_end_last(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, occasion: Any
) -> None:
    now = occasion().now
    with tenant_work(tenant) as session:
        ends = [None, now.date() + dt.timedelta(days=90), now.date() + dt.timedelta(days=30)]
        _give_lots(session, customer, occasion(now), ends)
        redeem_points(session, Redemption(customer_id=customer, points=25), occasion(now))

        left = session.execute(
            text("SELECT remaining FROM loyalty_lot WHERE customer_id = :c ORDER BY expires_on NULLS LAST"),
            {"c": customer},
        ).scalars()
        assert list(left) == [0, 0, 5]


def test_the_same_key_redeems_once(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    redemption = Redemption(customer_id=customer, points=5, key="form-1")
    with tenant_work(tenant) as session:
        earn_for_purchase(session, purchase(customer), occasion())

    answers = []
    for _ in range(3):
        with tenant_work(tenant) as session:
            answers.append(redeem_points(session, redemption, occasion()))

    assert {answer.entry_id for answer in answers} == {answers[0].entry_id}
    assert [answer.is_replay for answer in answers] == [False, True, True]
    with tenant_work(tenant) as session:
        assert _balance(session, customer) == 15
        with pytest.raises(RedeemedAlready):
            redeem_points(session, Redemption(customer_id=customer, points=6, key="form-1"), occasion())


def test_an_unknown_customer_is_no_member_and_a_new_one_has_nothing_to_spend(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, occasion: Any
) -> None:
    with tenant_work(tenant) as session:
        with pytest.raises(UnknownMember):
            redeem_points(session, Redemption(customer_id=uuid.uuid4(), points=1), occasion())
        with pytest.raises(InsufficientPoints) as refusal:
            redeem_points(session, Redemption(customer_id=customer, points=1), occasion())
    assert refusal.value.available == 0


def _give_lots(session: Any, customer: uuid.UUID, occasion: Any, ends: list[dt.date | None]) -> None:

    ledger.enrol(session, customer, occasion.now)
    for number, expires_on in enumerate(ends):
        cause = ledger.Cause(
            source_type="purchase",
            source_id=str(number),
            source_key=f"purchase:{customer}:{number}",
            occurred_at=occasion.now,
        )
        credit = ledger.Credit(points=10, expires_on=expires_on, cause=cause)
        ledger.credit(session, customer, credit, now=occasion.now)


def _redeem(tenant: Any, tenant_work: Any, customer: uuid.UUID, points: int, occasion: Any) -> bool:
    try:
        with tenant_work(tenant) as session:
            redeem_points(session, Redemption(customer_id=customer, points=points), occasion)
    except InsufficientPoints:
        return False
    return True


def _at_once(count: int, work: Any) -> list[bool]:
    barrier = threading.Barrier(count)

    def run() -> bool:
        barrier.wait()
        return bool(work())

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


def _balance(session: Any, customer: uuid.UUID) -> int:
    statement = text(
        "SELECT coalesce((SELECT balance FROM loyalty_member WHERE customer_id = :c), 0)::bigint"
    )
    return session.execute(statement, {"c": customer}).scalar_one()
