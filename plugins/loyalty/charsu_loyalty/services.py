"""Use cases of people: redeem, give, change the rule; each with the event that tells the others."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from charsu.events import emit
from charsu_loyalty.announcements import announce
from charsu_loyalty.errors import TooManyGiven
from charsu_loyalty.events import EarningRuleChanged
from charsu_loyalty.giving import Gift, give_points
from charsu_loyalty.ledger import Posting
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.redeeming import Redemption, redeem_points
from charsu_loyalty.rule_book import change_rule
from charsu_loyalty.rules import EarningRule
from charsu_loyalty.settings import SETTINGS


def redeem(session: Session, redemption: Redemption, occasion: Occasion) -> Posting:
    """Spend points and emit `PointsRedeemed`: three round trips. Raises as `redeeming.redeem_points`."""
    posting = redeem_points(session, redemption, occasion)
    announce(posting)
    return posting


def give(session: Session, gift: Gift, occasion: Occasion) -> Posting:
    """Give points by hand and emit `PointsGiven`. Raises as `giving.give_points`.

    Raises:
        TooManyGiven: the business set a limit, and these are more.
    """
    most = SETTINGS.of(session).gift_most
    if most is not None and gift.points > most:
        raise TooManyGiven(most=most)
    posting = give_points(session, gift, occasion)
    announce(posting)
    return posting


def save_rule(session: Session, changes: Mapping[str, Any], occasion: Occasion) -> EarningRule:
    """Change the earning rule from now on and emit `EarningRuleChanged`; nothing for no change.

    Raises:
        RuleChangedMeanwhile: somebody else saved it at the same time.
    """
    before, after = change_rule(
        session,
        dict(changes),
        currency=occasion.locality.currency,
        now=occasion.now,
        actor=occasion.actor,
    )
    if after != before:
        values = after.snapshot()
        emit(EarningRuleChanged(rule_version=values.pop("version"), **values))
    return after
