"""The versions of the earning rule: which one is in force, and how it is changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import case, insert, null, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsu_loyalty.errors import RuleChangedMeanwhile
from charsu_loyalty.models import RuleVersion
from charsu_loyalty.rules import PURCHASE_LINEAGE, EarningRule, PurchaseFacts, default_rule

_COLUMNS = (
    RuleVersion.lineage,
    RuleVersion.version,
    RuleVersion.currency,
    RuleVersion.step_minor,
    RuleVersion.points_per_step,
    RuleVersion.rounding,
    RuleVersion.expires_after_months,
    RuleVersion.is_active,
)
_VERSIONS = select(*_COLUMNS).where(RuleVersion.lineage == PURCHASE_LINEAGE).limit(1)


def current_rule(session: Session, currency: str) -> EarningRule:
    """Return the newest version; the default one for `currency` when the rule was never saved."""
    row = session.execute(_VERSIONS.order_by(RuleVersion.version.desc())).mappings().one_or_none()
    return EarningRule(**row) if row else default_rule(currency)


def rule_at(session: Session, facts: PurchaseFacts, currency: str) -> EarningRule:
    """Return the version in force when a purchase was made, of those that were there when it was recorded.

    A purchase older than the first version gets the first; one recorded before it, the default. So the
    answer does not depend on how late the points are worked out.
    """
    was_in_force = RuleVersion.valid_from <= facts.occurred_at
    newest_first = case((was_in_force, -RuleVersion.version), else_=RuleVersion.version)
    statement = _VERSIONS.where(RuleVersion.valid_from <= facts.recorded_at)
    row = session.execute(statement.order_by(was_in_force.desc(), newest_first)).mappings().one_or_none()
    return EarningRule(**row) if row else default_rule(currency)


def change_rule(
    session: Session,
    changes: dict[str, Any],
    *,
    currency: str,
    now: dt.datetime,
    actor: Mapping[str, Any] | None = None,
) -> tuple[EarningRule, EarningRule]:
    """Add a version that differs from the current one by `changes`, valid from now; return both, old first.

    Saving the rule without a change adds no version, but for the first save: it makes the default one's own.

    Raises:
        RuleChangedMeanwhile: somebody else added a version at the same time.
    """
    before = current_rule(session, currency)
    after = replace(before, **changes)
    if after == before and before.version > 0:
        return before, before
    after = replace(after, version=before.version + 1)
    values = {**after.snapshot(), "valid_from": now, "actor": dict(actor) if actor else null()}
    try:
        with session.begin_nested():
            session.execute(insert(RuleVersion).values(values))
    except IntegrityError as error:
        raise RuleChangedMeanwhile from error
    return before, after
