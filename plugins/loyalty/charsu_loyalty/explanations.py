"""Points in words: what an entry of the ledger means, why a purchase earned nothing, what a rule says."""

import datetime as dt
from typing import Any, Protocol

from charsu.text.calendar import format_date
from charsu.text.i18n import gettext as _
from charsu.text.i18n import ngettext
from charsu.text.money import format_money
from charsu_crm_core.api import shows_amounts
from charsu_loyalty.rules import PROPORTIONAL, EarningRule, rule_from_snapshot

#: An amount that makes a rule plain: two and a half steps.
_EXAMPLE_STEPS = 2.5
#: Amounts of this currency end in a word (Toman, Rial) that Persian makes an adjective of; others in a code.
_WITH_A_UNIT_WORD = "IRR"


class Explained(Protocol):
    """The part of an entry, or of a row of one, that an explanation needs."""

    @property
    def kind(self) -> str:
        """One of `models.KINDS`."""

    @property
    def points(self) -> int:
        """Signed."""

    @property
    def shortfall(self) -> int:
        """Of a reversal."""

    @property
    def basis(self) -> Any:
        """As the ledger stored it; None for points somebody gave."""

    @property
    def reason(self) -> str:
        """Of a redemption or a gift."""


def explain(entry: Explained) -> str:
    """Return one sentence in the reader's language: how many points, and why."""
    return _WORDS[entry.kind](entry)


def explain_steps(entry: Explained) -> str:
    """Return how the points of a purchase came about, empty for other entries."""
    if entry.kind != "earn" or entry.basis is None or not shows_amounts():
        return ""
    rule = rule_from_snapshot(entry.basis["rule"])
    if rule.rounding == PROPORTIONAL:
        return sentence(rule)
    return ngettext(
        "%(num)s full step of %(amount)s × %(points)s points",
        "%(num)s full steps of %(amount)s × %(points)s points",
        entry.basis["amount_minor"] // rule.step_minor,
        amount=format_money(rule.step_minor, rule.currency),
        points=rule.points_per_step,
    )


def explain_no_points(outcome: str, basis: dict[str, Any]) -> str:
    """Return why a purchase earned nothing."""
    if not shows_amounts():
        return _("No points for this purchase.")
    rule = rule_from_snapshot(basis["rule"])
    amount = format_money(basis["amount_minor"], basis["currency"])
    if outcome == "other_currency":
        return _(
            "No points for a purchase of %(amount)s: the rule is for purchases in %(currency)s.",
            amount=amount,
            currency=rule.currency,
        )
    if outcome == "inactive_rule":
        return _("No points for a purchase of %(amount)s: the rule was switched off.", amount=amount)
    return _(
        "No points for a purchase of %(amount)s: points begin at %(step)s.",
        amount=amount,
        step=format_money(rule.step_minor, rule.currency),
    )


def sentence(rule: EarningRule) -> str:
    """Return the rule as a sentence."""
    if not rule.is_active:
        return _("No points are given: the rule is switched off.")
    return _(
        "For every %(amount)s of a purchase %(points)s, %(rounding)s, %(validity)s.",
        amount=format_money(rule.step_minor, rule.currency),
        points=ngettext("%(num)s point", "%(num)s points", rule.points_per_step),
        rounding=rounding_words(rule.rounding),
        validity=validity_words(rule.expires_after_months),
    )


def rounding_words(rounding: str) -> str:
    """Return how amounts between two steps count."""
    return _("a part of a step counts too") if rounding == PROPORTIONAL else _("full steps only")


def validity_words(months: int | None) -> str:
    """Return how long points can be spent."""
    if months is None:
        return _("never ending")
    return ngettext("valid for %(num)s month", "valid for %(num)s months", months)


def example(rule: EarningRule) -> str:
    """Return what the rule gives for an amount between two steps."""
    amount_minor = int(rule.step_minor * _EXAMPLE_STEPS)
    points, amount = rule.points_for(amount_minor), format_money(amount_minor, rule.currency)
    if rule.currency != _WITH_A_UNIT_WORD:
        return ngettext(
            "A purchase worth %(amount)s = %(num)s point",
            "A purchase worth %(amount)s = %(num)s points",
            points,
            amount=amount,
        )
    return ngettext(
        "A purchase of %(amount)s = %(num)s point",
        "A purchase of %(amount)s = %(num)s points",
        points,
        amount=amount,
    )


def _earned(entry: Explained) -> str:
    if entry.basis is None:
        return ngettext(
            "%(num)s point given: %(reason)s",
            "%(num)s points given: %(reason)s",
            entry.points,
            reason=entry.reason,
        )
    if not shows_amounts():
        return ngettext("%(num)s point for a purchase", "%(num)s points for a purchase", entry.points)
    currency = entry.basis["currency"]
    amount = format_money(entry.basis["amount_minor"], currency)
    if currency != _WITH_A_UNIT_WORD:
        return ngettext(
            "%(num)s point for a purchase worth %(amount)s",
            "%(num)s points for a purchase worth %(amount)s",
            entry.points,
            amount=amount,
        )
    return ngettext(
        "%(num)s point for a purchase of %(amount)s",
        "%(num)s points for a purchase of %(amount)s",
        entry.points,
        amount=amount,
    )


def _redeemed(entry: Explained) -> str:
    if not entry.reason:
        return ngettext("%(num)s point spent", "%(num)s points spent", -entry.points)
    return ngettext(
        "%(num)s point spent: %(reason)s",
        "%(num)s points spent: %(reason)s",
        -entry.points,
        reason=entry.reason,
    )


def _reversed(entry: Explained) -> str:
    text = _taken_back(entry)
    if not entry.shortfall:
        return text
    spent = ngettext(
        "%(num)s point was spent already and stays with the customer",
        "%(num)s points were spent already and stay with the customer",
        entry.shortfall,
    )
    return _("%(sentence)s; %(more)s", sentence=text, more=spent)


def _taken_back(entry: Explained) -> str:
    if not shows_amounts():
        return ngettext(
            "%(num)s point taken back after a refund",
            "%(num)s points taken back after a refund",
            -entry.points,
        )
    basis = entry.basis
    return ngettext(
        "%(num)s point taken back: %(refunded)s of a purchase of %(amount)s was refunded",
        "%(num)s points taken back: %(refunded)s of a purchase of %(amount)s was refunded",
        -entry.points,
        refunded=format_money(basis["refunded_minor"], basis["currency"]),
        amount=format_money(basis["amount_minor"], basis["currency"]),
    )


def _expired(entry: Explained) -> str:
    return ngettext(
        "%(num)s point not spent until %(day)s",
        "%(num)s points not spent until %(day)s",
        -entry.points,
        day=format_date(dt.date.fromisoformat(entry.basis["expires_on"])),
    )


_WORDS = {"earn": _earned, "redeem": _redeemed, "reverse": _reversed, "expire": _expired}
