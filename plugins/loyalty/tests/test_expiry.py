"""The end of points: Jalali and Gregorian months, local midnight, once and no more."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from persiantools.jdatetime import JalaliDate
from sqlalchemy import text

from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.expiry import expire_points, members_with_ended_points
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.refunds import RefundFacts, settle_refund
from charsu_loyalty.rules import default_rule
from charsu_loyalty.verification import verify_ledger

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
STEP = 1_000_000


@dataclass(frozen=True)
class Place:
    timezone: str = "Asia/Tehran"
    calendar: Literal["jalali", "gregorian"] = "jalali"
    currency: str = "IRR"


@pytest.mark.parametrize(
    ("bought", "months", "ends"),
    [
        ((1404, 1, 31), 1, (1404, 2, 31)),
        ((1404, 6, 31), 1, (1404, 7, 30)),
        ((1404, 6, 31), 12, (1405, 6, 31)),
        ((1403, 12, 30), 12, (1404, 12, 29)),
        ((1404, 12, 29), 12, (1405, 12, 29)),
        ((1403, 11, 30), 1, (1403, 12, 30)),
        ((1404, 11, 30), 1, (1404, 12, 29)),
        ((1404, 3, 15), 24, (1406, 3, 15)),
    ],
)
def test_months_are_counted_in_the_jalali_calendar(
    bought: tuple[int, int, int], months: int, ends: tuple[int, int, int]
) -> None:
    rule = replace(default_rule("IRR"), expires_after_months=months)
    noon = dt.datetime.combine(JalaliDate(*bought).to_gregorian(), dt.time(9), dt.UTC)

    assert rule.expires_on(noon, Place()) == JalaliDate(*ends).to_gregorian()


@pytest.mark.parametrize(
    ("bought", "months", "ends"),
    [
        (dt.date(2027, 1, 31), 1, dt.date(2027, 2, 28)),
        (dt.date(2028, 1, 31), 1, dt.date(2028, 2, 29)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
        (dt.date(2026, 12, 31), 6, dt.date(2027, 6, 30)),
    ],
)
def test_months_are_counted_in_the_gregorian_calendar(bought: dt.date, months: int, ends: dt.date) -> None:
    rule = replace(default_rule("IRR"), expires_after_months=months)
    noon = dt.datetime.combine(bought, dt.time(9), dt.UTC)

    assert rule.expires_on(noon, Place(calendar="gregorian")) == ends


def test_the_local_day_decides_and_not_the_utc_one() -> None:
    late = dt.datetime(2026, 6, 1, 22, tzinfo=dt.UTC)
    rule = replace(default_rule("IRR"), expires_after_months=1)

    assert rule.expires_on(late, Place(calendar="gregorian")) == dt.date(2026, 7, 2)
    assert rule.expires_on(late, Place("America/New_York", "gregorian")) == dt.date(2026, 7, 1)


def test_points_last_to_the_end_of_their_last_local_day_and_end_once(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    with tenant_work(tenant) as session:
        earn_for_purchase(session, purchase(customer, at=NOW), occasion(NOW))
        ends_on = session.execute(text("SELECT expires_on FROM loyalty_lot")).scalar_one()
        midnight = dt.datetime.combine(ends_on, dt.time(20, 30), dt.UTC)
        last_second, first_second = midnight - dt.timedelta(seconds=1), midnight

        assert expire_points(session, customer, occasion(last_second)) == []
        (posting,) = expire_points(session, customer, occasion(first_second))
        assert expire_points(session, customer, occasion(first_second)) == []

        assert (posting.points, posting.balance) == (-20, 0)
        assert members_with_ended_points(session, ends_on + dt.timedelta(days=9)) == []
        assert verify_ledger(session) == []


def test_only_the_unspent_rest_ends(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    with tenant_work(tenant) as session:
        earn_for_purchase(session, purchase(customer, at=NOW), occasion(NOW))
        redeem_points(session, Redemption(customer_id=customer, points=13), occasion(NOW))
        (posting,) = expire_points(session, customer, occasion(NOW + dt.timedelta(days=800)))

    assert posting.points == -7


def test_points_that_ended_are_not_taken_back_a_second_time_from_other_lots(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    later = NOW + dt.timedelta(days=800)
    ended = purchase(customer, 2 * STEP, at=NOW)
    with tenant_work(tenant) as session:
        earn_for_purchase(session, ended, occasion(NOW))
        earn_for_purchase(session, purchase(customer, STEP, at=later), occasion(later))
        expire_points(session, customer, occasion(later))
        refund = RefundFacts(
            purchase_id=ended.purchase_id,
            customer_id=customer,
            refunded_minor=2 * STEP,
            occurred_at=later,
        )

        assert settle_refund(session, refund, occasion(later)) == []
        assert verify_ledger(session) == []
