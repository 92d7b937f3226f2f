"""The ledger can not be rewritten, and a figure that was tampered with is found."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.verification import CHECKS, verify_ledger
from charsu_tenants.sessions import owner_session

#: A change behind the ledger's back, and the checks that must see it.
TAMPERINGS = {
    "balance": (
        "UPDATE loyalty_member SET balance = balance + 1, earned_total = earned_total + 1",
        {"balance", "lots", "earned"},
    ),
    "redeemed": (
        "UPDATE loyalty_member SET redeemed_total = redeemed_total + 1, expired_total = expired_total - 1",
        {"redeemed", "expired"},
    ),
    "reversed": (
        "UPDATE loyalty_member SET reversed_total = reversed_total + 1, earned_total = earned_total + 1",
        {"reversed", "earned"},
    ),
    "sequence": ("UPDATE loyalty_member SET entry_count = entry_count + 1", {"sequence"}),
    "lot": ("UPDATE loyalty_lot SET remaining = remaining - 1", {"lots", "lot"}),
    "credit": ("UPDATE loyalty_lot SET points = points + 1", {"lot", "credit"}),
    "chain": (
        "UPDATE loyalty_entry SET balance_after = balance_after + 1 WHERE kind = 'redeem'",
        {"chain"},
    ),
    "accounts": ("UPDATE loyalty_member SET absorbed = ARRAY[gen_random_uuid()]", {"accounts"}),
    "allocation": ("UPDATE loyalty_allocation SET points = points - 1", {"lot", "allocation"}),
    "over_reversed": (
        """INSERT INTO loyalty_entry (customer_id, seq, kind, points, balance_after, shortfall, source_type,
            source_id, source_key, reverses_entry_id, occurred_at, created_at)
        SELECT customer_id, 3, 'reverse', 0, 15, 99, 'purchase', '-', '-', id, now(), now()
        FROM loyalty_entry WHERE kind = 'earn'""",
        {"over_reversed", "sequence"},
    ),
}


@pytest.fixture
def some_points(
    tenant: Any, tenant_work: Any, customer: uuid.UUID, purchase: Any, occasion: Any
) -> uuid.UUID:
    with tenant_work(tenant) as session:
        earn_for_purchase(session, purchase(customer), occasion())
        redeem_points(session, Redemption(customer_id=customer, points=5), occasion())
    return customer


@pytest.mark.parametrize("table", ["loyalty_rule", "loyalty_entry", "loyalty_allocation"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.usefixtures("some_points")
def test_history_is_immutable_by_grant(tenant: Any, tenant_work: Any, table: str, verb: str) -> None:
    statement = verb.format(table).replace("id = id", "points = points" if "rule" not in table else "id = id")

    with pytest.raises(ProgrammingError, match="permission denied"), tenant_work(tenant) as session:
        session.execute(text(statement))


@pytest.mark.parametrize("name", TAMPERINGS)
@pytest.mark.usefixtures("some_points")
def test_a_figure_that_was_tampered_with_is_found(
    tenant: Any, tenant_work: Any, database: Any, name: str
) -> None:
    statement, expected = TAMPERINGS[name]
    with tenant_work(tenant) as session:
        assert verify_ledger(session) == []
    with owner_session(database, tenant) as owner:
        for check in ("totals", "not_negative"):
            owner.execute(text(f"ALTER TABLE loyalty_member DROP CONSTRAINT ck_loyalty_member_{check}"))
        owner.execute(text(statement))
        found = {mismatch.check for mismatch in verify_ledger(owner)}
        owner.rollback()

    assert found == expected
    assert found <= set(CHECKS)
