"""The earning rule as plain values: what a purchase earns, and until when. No database in here."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from charsu.text.calendar import add_months
from charsu_loyalty.occasion import Locality, local_day

#: The one rule a club has today; part of the source keys, so it never changes.
PURCHASE_LINEAGE = "purchase"
#: Only full steps count: 250,000 of a step of 100,000 are two steps.
WHOLE_STEPS = "whole_steps"
#: A part of a step earns its share, rounded down to a whole point.
PROPORTIONAL = "proportional"
ROUNDINGS = (WHOLE_STEPS, PROPORTIONAL)
#: No single purchase earns more; far below what a balance can hold.
MAX_POINTS = 10**12


@dataclass(frozen=True, kw_only=True)
class EarningRule:
    """`points_per_step` points for every `step_minor` of a purchase in `currency`."""

    lineage: str = PURCHASE_LINEAGE
    #: 0: the rule a club starts with, before it was ever saved.
    version: int = 0
    currency: str
    step_minor: int
    points_per_step: int
    rounding: str = WHOLE_STEPS
    expires_after_months: int | None
    is_active: bool = True

    def points_for(self, amount_minor: int) -> int:
        """Return the points for an amount in the rule's currency, never more for less money."""
        if self.rounding == PROPORTIONAL:
            return min(amount_minor * self.points_per_step // self.step_minor, MAX_POINTS)
        return min(amount_minor // self.step_minor * self.points_per_step, MAX_POINTS)

    def expires_on(self, earned_at: dt.datetime, locality: Locality) -> dt.date | None:
        """Return the last local day on which points earned then can be spent, None when they never expire."""
        if self.expires_after_months is None:
            return None
        return add_months(local_day(earned_at, locality), self.expires_after_months, locality.calendar)

    def snapshot(self) -> dict[str, Any]:
        """Return the rule as JSON, to be kept beside the points it gave."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class PurchaseFacts:
    """What the club has to know of a purchase."""

    purchase_id: uuid.UUID
    customer_id: uuid.UUID
    amount_minor: int
    currency: str
    occurred_at: dt.datetime
    #: When the business wrote it down; never before it happened, whatever a clock says.
    recorded_at: dt.datetime


def rule_from_snapshot(snapshot: Mapping[str, Any]) -> EarningRule:
    """Return the rule that `EarningRule.snapshot` wrote."""
    return EarningRule(**snapshot)


def default_rule(currency: str) -> EarningRule:
    """Return the rule a new club starts with: 10 points for 100,000 Toman, or for 100 of another currency."""
    return EarningRule(
        currency=currency,
        step_minor=1_000_000 if currency == "IRR" else 10_000,
        points_per_step=10,
        expires_after_months=12,
    )


def outcome_of(rule: EarningRule, facts: PurchaseFacts) -> str:
    """Return what becomes of a purchase under `rule`: `earned`, or why not (`models.OUTCOMES`)."""
    if not rule.is_active:
        return "inactive_rule"
    if facts.currency != rule.currency:
        return "other_currency"
    return "earned" if rule.points_for(facts.amount_minor) > 0 else "below_step"
