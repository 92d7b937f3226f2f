"""Two members become one, and two again: no point is lost, none is made up."""

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from charsu.events.cause import SYSTEM
from charsu.plugins import HookContext
from charsu_loyalty import plugin, queries
from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.errors import InsufficientPoints, RedeemedAlready, UnknownMember
from charsu_loyalty.expiry import expire_points
from charsu_loyalty.merging import merge_members, remove_untouched, unmerge_members
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.refunds import RefundFacts, settle_refund
from charsu_loyalty.verification import verify_ledger

TABLES = ("loyalty_member", "loyalty_entry", "loyalty_lot", "loyalty_allocation", "loyalty_purchase")


@pytest.fixture
def two(tenant: Any, tenant_work: Any, new_customer: Any, purchase: Any, occasion: Any) -> Any:
    """Two members: 25 points that end last, and 30 that end first."""
    with tenant_work(tenant) as session:
        kept, lost = new_customer(session), new_customer(session)
        bought = purchase(kept, 2_500_000), purchase(lost, 3_000_000)
        for facts in bought:
            earn_for_purchase(session, facts, occasion())
        early = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
        session.execute(
            text("UPDATE loyalty_lot SET expires_on = :day WHERE customer_id = :id"),
            {"day": early, "id": lost},
        )
        points = [queries.member_figures(session, one, early).points_balance for one in (kept, lost)]
    return kept, lost, points, bought


def rows(session: Any) -> dict[str, list[str]]:
    return {
        name: list(session.scalars(text(f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1")))
        for name in TABLES
    }


def balance(session: Any, customer_id: uuid.UUID) -> int:
    return queries.member_figures(session, customer_id, dt.datetime.now(dt.UTC).date()).points_balance


def test_merge_records_lets_the_kept_one_own_the_points_of_both(
    tenant: Any, tenant_work: Any, two: Any
) -> None:
    kept, lost, points, _ = two
    with tenant_work(tenant) as session:
        ctx = HookContext(tenant=tenant, session=session, actor=SYSTEM)
        undo = plugin.merge_records(ctx, "crm.customer", kept, lost)

        assert undo is not None
        assert plugin.merge_records(ctx, "crm.purchase", kept, lost) is None
        assert balance(session, kept) == sum(points)
        assert verify_ledger(session) == []


def test_unmerge_records_puts_every_row_back(tenant: Any, tenant_work: Any, two: Any) -> None:
    kept, lost, _, _ = two
    with tenant_work(tenant) as session:
        before = rows(session)
        ctx = HookContext(tenant=tenant, session=session, actor=SYSTEM)
        undo = plugin.merge_records(ctx, "crm.customer", kept, lost)
        assert rows(session) != before
        plugin.unmerge_records(ctx, "crm.customer", kept, lost, undo)

        assert rows(session) == before


def test_points_are_spent_over_both_nearest_expiry_first(
    tenant: Any, tenant_work: Any, two: Any, occasion: Any
) -> None:
    kept, lost, points, _ = two
    with tenant_work(tenant) as session:
        merge_members(session, kept, lost)
        posting = redeem_points(
            session, Redemption(customer_id=kept, points=points[1] + 5, key="k"), occasion()
        )

        assert (posting.points, posting.balance) == (-points[1] - 5, points[0] - 5)
        left = dict(session.execute(text("SELECT customer_id, remaining FROM loyalty_lot")).all())
        assert left == {kept: points[0] - 5, lost: 0}
        assert verify_ledger(session) == []
        again = redeem_points(
            session, Redemption(customer_id=kept, points=points[1] + 5, key="k"), occasion()
        )
        assert again.is_replay
        with pytest.raises(RedeemedAlready):
            redeem_points(session, Redemption(customer_id=kept, points=1, key="k"), occasion())
        with pytest.raises(InsufficientPoints) as refusal:
            redeem_points(session, Redemption(customer_id=kept, points=1000), occasion())
        assert refusal.value.available == points[0] - 5
        with pytest.raises(UnknownMember):
            redeem_points(session, Redemption(customer_id=lost, points=1), occasion())


def test_undone_after_spending_each_has_what_is_left_on_her_account(
    tenant: Any, tenant_work: Any, two: Any, occasion: Any
) -> None:
    kept, lost, points, _ = two
    with tenant_work(tenant) as session:
        undo = merge_members(session, kept, lost)
        redeem_points(session, Redemption(customer_id=kept, points=points[1] + 5), occasion())
        unmerge_members(session, kept, lost, undo or {})

        assert (balance(session, kept), balance(session, lost)) == (points[0] - 5, 0)
        assert verify_ledger(session) == []


def test_a_refund_after_the_merge_takes_from_both(
    tenant: Any, tenant_work: Any, two: Any, occasion: Any
) -> None:
    kept, lost, points, bought = two
    with tenant_work(tenant) as session:
        redeem_points(session, Redemption(customer_id=lost, points=points[1]), occasion())
        merge_members(session, kept, lost)
        refund = RefundFacts(
            purchase_id=bought[1].purchase_id,
            customer_id=kept,
            refunded_minor=3_000_000,
            occurred_at=dt.datetime.now(dt.UTC),
        )
        settle_refund(session, refund, occasion())

        assert balance(session, kept) == max(points[0] - points[1], 0)
        missing = session.scalar(
            text("SELECT sum(shortfall) FROM loyalty_entry WHERE customer_id = :id"), {"id": lost}
        )
        assert missing == max(points[1] - points[0], 0)
        settle_refund(session, refund, occasion())
        assert verify_ledger(session) == []


def test_what_comes_late_for_the_lost_one_counts_for_the_kept_one(
    tenant: Any, tenant_work: Any, two: Any, purchase: Any, occasion: Any
) -> None:
    kept, lost, points, _ = two
    with tenant_work(tenant) as session:
        undo = merge_members(session, kept, lost)
        (late,) = earn_for_purchase(session, purchase(lost), occasion())

        assert balance(session, kept) == sum(points) + late.points
        entries = queries.member_entries(session, kept, limit=10).rows
        assert [row.points for row in entries] == [late.points, points[1], points[0]]
        assert [row.balance_after for row in entries] == [sum(points) + late.points, sum(points), points[0]]
        unmerge_members(session, kept, lost, undo or {})
        assert balance(session, lost) == points[1] + late.points


def test_points_of_both_end(tenant: Any, tenant_work: Any, two: Any, occasion: Any) -> None:
    kept, lost, points, _ = two
    with tenant_work(tenant) as session:
        merge_members(session, kept, lost)
        then = occasion(dt.datetime.now(dt.UTC) + dt.timedelta(days=10))
        (posting,) = expire_points(session, lost, then)

        assert (posting.customer_id, posting.points, posting.balance) == (kept, -points[1], points[0])
        assert verify_ledger(session) == []


def test_a_chain_of_merges_is_undone_from_the_outside(
    tenant: Any, tenant_work: Any, two: Any, new_customer: Any
) -> None:
    kept, lost, points, _ = two
    with tenant_work(tenant) as session:
        outer = new_customer(session)
        before = rows(session)
        inner = merge_members(session, kept, lost)
        last = merge_members(session, outer, kept)

        assert balance(session, outer) == sum(points)
        assert verify_ledger(session) == []
        unmerge_members(session, outer, kept, last or {})
        assert balance(session, kept) == sum(points)
        unmerge_members(session, kept, lost, inner or {})
        assert rows(session) == before


def test_purge_records_removes_only_accounts_nothing_happened_on(
    tenant: Any, tenant_work: Any, two: Any, new_customer: Any
) -> None:
    kept, lost, _, _ = two
    with tenant_work(tenant) as session:
        empty = new_customer(session)
        session.execute(
            text("INSERT INTO loyalty_member (customer_id, joined_at) VALUES (:id, now())"), {"id": empty}
        )
        ctx = HookContext(tenant=tenant, session=session, actor=SYSTEM)

        assert set(plugin.purge_records(ctx, "crm.customer", [kept, lost, empty])) == {kept, lost}
        assert plugin.purge_records(ctx, "crm.purchase", [kept]) == ()
        assert remove_untouched(session, [empty]) == set()
