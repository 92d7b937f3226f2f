"""The ledger against a plain-Python model: whatever is told in whatever order, both say the same."""

import datetime as dt
import os
import random
import sys
import uuid
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from charsu.text.calendar import add_months
from charsu_loyalty.earning import earn_for_purchase
from charsu_loyalty.errors import InsufficientPoints
from charsu_loyalty.expiry import expire_points, members_with_ended_points
from charsu_loyalty.merging import merge_members, unmerge_members
from charsu_loyalty.occasion import Occasion, local_day
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.refunds import RefundFacts, settle_refund
from charsu_loyalty.rule_book import change_rule, current_rule
from charsu_loyalty.rules import PurchaseFacts
from charsu_loyalty.verification import balance_at, verify_ledger

from .points_model import ModelMember

MEMBERS = st.integers(0, 1)
PICK = st.integers(0, 10_000)
STEP = 1_000_000
LOTS = text("""
    SELECT l.customer_id, e.source_id, l.remaining
    FROM loyalty_lot l JOIN loyalty_entry e ON e.id = l.entry_id WHERE l.customer_id = ANY(:members)
""")
TOTALS = text("""
    SELECT m.customer_id, m.balance, m.earned_total, m.redeemed_total, m.reversed_total, m.expired_total, (
        SELECT coalesce(sum(shortfall), 0)::bigint FROM loyalty_entry e WHERE e.customer_id = m.customer_id
    ) FROM loyalty_member m WHERE m.customer_id = ANY(:members)
""")


class PointsMachine(RuleBasedStateMachine):
    """Two members of one club; time only goes forward, over all examples, as rule versions stay."""

    tenant: ClassVar[Any]
    work: ClassVar[Any]
    new_customer: ClassVar[Any]
    now: ClassVar[dt.datetime] = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.members: list[tuple[uuid.UUID, ModelMember]] = []
        self.purchases: list[tuple[int, PurchaseFacts, tuple[int, int, int], dt.date | None]] = []
        self.refunds: list[tuple[int, RefundFacts]] = []
        self.refunded: dict[uuid.UUID, int] = {}
        self.history: dict[tuple[int, dt.datetime], int] = {}
        #: Who is kept and who is part of her now, and how to undo it.
        self.merged: tuple[int, int, dict[str, Any]] | None = None

    @initialize()
    def begin(self) -> None:
        type(self).now += dt.timedelta(days=1)
        with self.work(self.tenant) as session:
            self.members = [(self.new_customer(session), ModelMember()) for _ in range(2)]
            self.earning = current_rule(session, "IRR")

    @property
    def occasion(self) -> Occasion:
        return Occasion(locality=self.tenant, now=self.now)

    @property
    def today(self) -> dt.date:
        return local_day(self.now, self.tenant)

    @rule(minutes=st.integers(1, 3000))
    def let_time_pass(self, minutes: int) -> None:
        type(self).now += dt.timedelta(minutes=minutes)

    @rule(days=st.sampled_from([1, 29, 31, 180, 366]))
    def let_days_pass(self, days: int) -> None:
        type(self).now += dt.timedelta(days=days)

    @rule(
        step=st.sampled_from([STEP, STEP // 2, 3 * STEP]),
        points=st.sampled_from([10, 1, 7]),
        months=st.sampled_from([None, 1, 2, 12]),
    )
    def change_earning(self, step: int, points: int, months: int | None) -> None:
        type(self).now += dt.timedelta(seconds=1)
        changes = {"step_minor": step, "points_per_step": points, "expires_after_months": months}
        with self.work(self.tenant) as session:
            _, self.earning = change_rule(session, changes, currency="IRR", now=self.now)

    @rule(member=MEMBERS, amount=st.integers(1, 9 * STEP), days_late=st.sampled_from([0, 0, 0, 45]))
    def buy(self, member: int, amount: int, days_late: int) -> None:
        """A purchase happens; the club hears of it at once or later, by the rule of this moment."""
        type(self).now += dt.timedelta(seconds=1)
        facts = PurchaseFacts(
            purchase_id=uuid.uuid4(),
            customer_id=self.members[member][0],
            amount_minor=amount,
            currency="IRR",
            occurred_at=self.now,
            recorded_at=self.now,
        )
        months = self.earning.expires_after_months
        ends = None if months is None else add_months(self.today, months, self.tenant.calendar)
        terms = (amount, self.earning.step_minor, self.earning.points_per_step)
        self.purchases.append((member, facts, terms, ends))
        if not days_late:
            self.tell_purchase(len(self.purchases) - 1)

    @rule(pick=PICK)
    def tell_purchase(self, pick: int) -> None:
        """The purchase event is delivered: for the first time, or once more."""
        if not self.purchases:
            return
        member, facts, terms, ends = self.purchases[pick % len(self.purchases)]
        with self.work(self.tenant) as session:
            earn_for_purchase(session, facts, self.occasion)
        self.members[member][1].earn(facts.purchase_id, terms, facts.occurred_at, ends, self.today)

    @rule(pick=PICK, share=st.sampled_from([0.1, 0.34, 0.5, 1.0]), tell=st.booleans())
    def refund(self, pick: int, share: float, tell: bool) -> None:
        """A part of what is left is refunded; the club hears of it at once or later."""
        if not self.purchases:
            return
        member, facts, _, _ = self.purchases[pick % len(self.purchases)]
        before = self.refunded.get(facts.purchase_id, 0)
        total = before + int((facts.amount_minor - before) * share)
        if total == before:
            return
        self.refunded[facts.purchase_id] = total
        told = RefundFacts(
            purchase_id=facts.purchase_id,
            customer_id=facts.customer_id,
            refunded_minor=total,
            occurred_at=self.now,
        )
        self.refunds.append((member, told))
        if tell:
            self.tell_refund(len(self.refunds) - 1)

    @rule(pick=PICK)
    def tell_refund(self, pick: int) -> None:
        """A refund event is delivered: late, twice, out of order, before its purchase."""
        if not self.refunds:
            return
        member, facts = self.refunds[pick % len(self.refunds)]
        with self.work(self.tenant) as session:
            settle_refund(session, facts, self.occasion)
        self.members[member][1].refund(facts.purchase_id, facts.refunded_minor, self.today)

    def living(self, member: int) -> int:
        """Points of one who was merged are spent by the one who was kept."""
        return self.merged[0] if self.merged is not None else member

    @rule(member=MEMBERS, points=st.one_of(st.integers(1, 25), st.integers(1, 200)))
    def redeem(self, member: int, points: int) -> None:
        member = self.living(member)
        customer_id, model = self.members[member]
        key = str(uuid.uuid4())
        if self._redeem(customer_id, points, key):
            model.used_keys[key] = points
        self.members[member] = (customer_id, model)

    @rule(member=MEMBERS)
    def redeem_everything(self, member: int) -> None:
        if available := self.members[member][1].available(self.today):
            self.redeem(member, available)

    @rule(member=MEMBERS, pick=PICK)
    def redeem_again_with_the_same_key(self, member: int, pick: int) -> None:
        member = self.living(member)
        customer_id, model = self.members[member]
        if model.used_keys:
            key = sorted(model.used_keys)[pick % len(model.used_keys)]
            redemption = Redemption(customer_id=customer_id, points=model.used_keys[key], key=key)
            with self.work(self.tenant) as session:
                assert redeem_points(session, redemption, self.occasion).is_replay

    @rule(kept=MEMBERS)
    def merge(self, kept: int) -> None:
        if self.merged is not None:
            return
        lost = 1 - kept
        with self.work(self.tenant) as session:
            undo = merge_members(session, self.members[kept][0], self.members[lost][0])
        if undo is not None:
            self.merged = kept, lost, undo
            models = [self.members[one][1] for one in (kept, lost)]
            for model in models:
                model.together = models

    @rule()
    def unmerge(self) -> None:
        if self.merged is None:
            return
        kept, lost, undo = self.merged
        with self.work(self.tenant) as session:
            unmerge_members(session, self.members[kept][0], self.members[lost][0], undo)
        self.merged = None
        for _, model in self.members:
            model.together = []
            # A key that was used for both accounts is not known to one of them alone.
            model.used_keys.clear()

    @rule()
    def end_points(self) -> None:
        """The daily job runs, once or more."""
        ours = {customer_id for customer_id, _ in self.members}
        with self.work(self.tenant) as session:
            due = set(members_with_ended_points(session, self.today, limit=10**6)) & ours
            for customer_id in ours:
                assert bool(expire_points(session, customer_id, self.occasion)) == (customer_id in due)
        for _, model in self.members:
            model.expire(self.today)

    @invariant()
    def both_say_the_same(self) -> None:
        type(self).steps += 1
        ours = {"members": [customer_id for customer_id, _ in self.members]}
        with self.work(self.tenant) as session:
            figures = {row[0]: tuple(row[1:]) for row in session.execute(TOTALS, ours)}
            lots: dict[uuid.UUID, dict[str, int]] = {}
            for row in session.execute(LOTS, ours):
                lots.setdefault(row[0], {})[row[1]] = row[2]
            for index, (customer_id, model) in enumerate(self.members):
                expected = (
                    model.balance,
                    model.earned,
                    model.redeemed,
                    model.reversed,
                    model.expired,
                    model.shortfall,
                )
                assert figures.get(customer_id, (0,) * 6) == expected
                left = {str(lot.purchase_id): lot.remaining for lot in model.lots.values()}
                assert lots.get(customer_id, {}) == left
                assert verify_ledger(session, customer_id) == []
                self.history[index, self.now] = model.balance
            if self.history:
                (member, instant), balance = random.choice(list(self.history.items()))
                assert balance_at(session, self.members[member][0], instant) == balance

    def _redeem(self, customer_id: uuid.UUID, points: int, key: str) -> bool:
        model = next(model for known, model in self.members if known == customer_id)
        available = model.available(self.today)
        with self.work(self.tenant) as session:
            redemption = Redemption(customer_id=customer_id, points=points, key=key)
            if points > available:
                with pytest.raises(InsufficientPoints) as refusal:
                    redeem_points(session, redemption, self.occasion)
                assert refusal.value.available == available
                return False
            posting = redeem_points(session, redemption, self.occasion)
        assert posting.balance == sum(one.balance for one in model.group) - points
        assert model.redeem(points, self.today)
        return True


def prove(tenant: Any, work: Any, new_customer: Any, *, examples: int, steps: int) -> int:
    """Walk the machine; return how many steps it took."""
    number = int(os.environ.get("CHARSU_TEST_SEED") or random.SystemRandom().randrange(2**32))
    sys.stderr.write(f"points machine: CHARSU_TEST_SEED={number}\n")
    machine: Any = type(
        "Machine",
        (PointsMachine,),
        {"tenant": tenant, "work": staticmethod(work), "new_customer": staticmethod(new_customer)},
    )
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=False,
        database=None,
        print_blob=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(machine), settings=chosen)
    sys.stderr.write(f"points machine: {machine.steps} steps\n")
    return int(machine.steps)


def test_the_ledger_is_the_model(tenant: Any, tenant_work: Any, new_customer: Any) -> None:
    prove(tenant, tenant_work, new_customer, examples=12, steps=40)


@pytest.mark.proof
def test_the_ledger_is_the_model_for_ten_thousand_steps(
    tenant: Any, tenant_work: Any, new_customer: Any
) -> None:
    assert prove(tenant, tenant_work, new_customer, examples=200, steps=60) >= 10_000


def test_the_model_itself_spends_what_ends_first() -> None:
    model = ModelMember()
    noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    today = noon.date()
    later, sooner = uuid.uuid4(), uuid.uuid4()
    model.earn(later, (STEP, STEP, 10), noon, today + dt.timedelta(days=9), today)
    model.earn(sooner, (STEP, STEP, 10), noon, today + dt.timedelta(days=2), today)

    assert model.redeem(12, today)

    assert (model.lots[sooner].remaining, model.lots[later].remaining) == (0, 8)
    assert replace(model.lots[later]).is_live(today)
