"""The earning rule: rounding, versions, and which of them a purchase gets."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.rule_book import change_rule, current_rule, rule_at
from charsu_loyalty.rules import MAX_POINTS, PROPORTIONAL, default_rule, rule_from_snapshot

RULE = default_rule("IRR")
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("toman", "whole_steps", "proportional"),
    [
        (1, 0, 0),
        (9_999, 0, 0),
        (10_000, 0, 1),
        (99_999, 0, 9),
        (100_000, 10, 10),
        (199_999, 10, 19),
        (200_000, 20, 20),
        (250_000, 20, 25),
        (1_000_000, 100, 100),
        (10**14, MAX_POINTS // 100, MAX_POINTS // 100),
    ],
)
def test_rounding_table(toman: int, whole_steps: int, proportional: int) -> None:
    rials = toman * 10

    assert RULE.points_for(rials) == whole_steps
    assert replace(RULE, rounding=PROPORTIONAL).points_for(rials) == proportional


def test_no_purchase_earns_more_than_a_balance_can_hold() -> None:
    generous = replace(RULE, step_minor=1, points_per_step=1_000_000)

    assert generous.points_for(10**15) == MAX_POINTS


def test_a_snapshot_is_the_rule() -> None:
    assert rule_from_snapshot(RULE.snapshot()) == RULE


def test_an_edit_is_a_new_version_and_saving_the_same_again_is_none(tenant: Any, tenant_work: Any) -> None:
    with tenant_work(tenant) as session:
        assert current_rule(session, "IRR") == RULE
        _, first = change_rule(session, {}, currency="IRR", now=NOW)
        _, same = change_rule(session, {}, currency="IRR", now=NOW)
        _, second = change_rule(session, {"points_per_step": 20}, currency="IRR", now=NOW)

        assert (first.version, same.version, second.version) == (1, 1, 2)
        assert current_rule(session, "IRR") == second


def test_a_purchase_keeps_the_rule_of_its_day(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> None:
    day = dt.timedelta(days=1)
    with tenant_work(tenant) as session:
        change_rule(session, {}, currency="IRR", now=NOW)
        change_rule(session, {"points_per_step": 20}, currency="IRR", now=NOW + 2 * day)
        before = earn_for_purchase(session, purchase(customer, at=NOW + day), occasion(NOW + 9 * day))
        after = earn_for_purchase(session, purchase(customer, at=NOW + 2 * day), occasion(NOW + 9 * day))

    assert (before[0].points, after[0].points) == (20, 40)


def test_which_version_holds_does_not_depend_on_how_late_the_worker_is(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any
) -> None:
    hour = dt.timedelta(hours=1)
    with tenant_work(tenant) as session:
        change_rule(session, {"points_per_step": 30}, currency="IRR", now=NOW)
        old_and_recorded_now = replace(purchase(customer, at=NOW - 99 * hour), recorded_at=NOW + hour)
        recorded_before_the_first_save = purchase(customer, at=NOW - hour)

        assert rule_at(session, old_and_recorded_now, "IRR").points_per_step == 30
        assert rule_at(session, recorded_before_the_first_save, "IRR").points_per_step == 10


@pytest.mark.parametrize(
    ("changes", "purchase_of", "outcome"),
    [
        ({"is_active": False}, {}, "inactive_rule"),
        ({}, {"currency": "EUR"}, "other_currency"),
        ({}, {"amount_minor": 999_999}, "below_step"),
    ],
)
def test_a_purchase_without_points_is_explained_without_an_entry(
    tenant: Any,
    tenant_work: Any,
    customer: uuid.UUID,
    purchase: Any,
    occasion: Any,
    changes: dict[str, Any],
    purchase_of: dict[str, Any],
    outcome: str,
) -> None:
    with tenant_work(tenant) as session:
        change_rule(session, changes, currency="IRR", now=NOW)
        assert earn_for_purchase(session, purchase(customer, at=NOW, **purchase_of), occasion(NOW)) == []

        note = session.execute(text("SELECT outcome, basis FROM loyalty_purchase")).one()
        assert note.outcome == outcome
        assert note.basis["rule"]["version"] == 1
        assert session.execute(text("SELECT count(*) FROM loyalty_entry")).scalar_one() == 0
