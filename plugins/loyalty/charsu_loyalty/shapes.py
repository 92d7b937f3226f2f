"""From rows and values of the club to the plain dictionaries the API answers with."""

import uuid
from typing import Any

from charsu_loyalty.explanations import explain, sentence
from charsu_loyalty.ledger import Posting
from charsu_loyalty.queries import MemberFigures
from charsu_loyalty.rules import EarningRule

_ENTRY_NAMES = (
    "id",
    "customer_id",
    "kind",
    "points",
    "balance_after",
    "shortfall",
    "source_type",
    "source_id",
    "reverses_entry_id",
    "reason",
    "occurred_at",
    "created_at",
)


def rule_json(rule: EarningRule) -> dict[str, Any]:
    """The rule with its sentence in the caller's language."""
    values = rule.snapshot()
    del values["lineage"]
    return {**values, "sentence": sentence(rule)}


def member_json(customer_id: uuid.UUID, figures: MemberFigures) -> dict[str, Any]:
    """Where a member stands."""
    next_end = None
    if figures.expiring_points is not None:
        next_end = {"points": figures.expiring_points, "on": figures.expiring_on}
    return {
        "customer_id": customer_id,
        "points_balance": figures.points_balance,
        "earned_total": figures.earned_total,
        "redeemed_total": figures.redeemed_total,
        "expiring_next": next_end,
        "joined_at": figures.joined_at,
    }


def entry_json(row: Any) -> dict[str, Any]:
    """One entry with its explanation in the caller's language."""
    return {**{name: getattr(row, name) for name in _ENTRY_NAMES}, "explanation": explain(row)}


def posting_json(posting: Posting) -> dict[str, Any]:
    """The entry a call has just written, without reading it again."""
    return {
        "id": posting.entry_id,
        "customer_id": posting.customer_id,
        "kind": posting.kind,
        "points": posting.points,
        "balance_after": posting.balance,
        "shortfall": posting.shortfall,
        "source_type": posting.cause.source_type,
        "source_id": posting.cause.source_id,
        "reverses_entry_id": posting.cause.reverses_entry_id,
        "reason": posting.cause.reason,
        "occurred_at": posting.cause.occurred_at,
        "created_at": posting.created_at,
        "explanation": explain(posting),
    }
