"""The page of the earning rule: one sentence, shown and edited, with a live example."""

from typing import Any

from flask import Response, request

from charsu.db import db
from charsu.errors import DomainError
from charsu.text.i18n import gettext as _
from charsu.text.money import money_input
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import errors_of, parse_form
from charsu.web.rendering import page_redirect, render, render_form
from charsu_loyalty import permissions, services
from charsu_loyalty.forms import NEVER, RuleForm
from charsu_loyalty.rule_book import current_rule
from charsu_loyalty.rules import EarningRule
from charsu_loyalty.views.blueprint import loyalty, occasion
from charsu_loyalty.views.query import read_query
from charsu_tenants.context import current_tenant


@loyalty.get("/rule")
@requires(permissions.RULE_READ)
def show_rule() -> Response:
    """The rule in force as a sentence; with the permission, a sentence of fields."""
    rule = _current()
    return render("loyalty/rule.html", rule=rule, values=_typed(rule), errors={})


@loyalty.get("/rule/example")
@requires(permissions.RULE_READ)
def show_example() -> Response:
    """What the sentence as it is being typed would give; a hint while it is not complete."""
    values, errors = read_query(RuleForm)
    typed = None if errors else EarningRule(currency=current_tenant().currency, **values)
    return render("loyalty/_example.html", rule=typed)


@loyalty.post("/rule")
@requires(permissions.RULE_WRITE)
def save_rule() -> Response:
    """Save the sentence as the new rule, or show it again with what is wrong."""
    values, errors = parse_form(RuleForm)
    if not errors:
        try:
            services.save_rule(db.session(), {"currency": current_tenant().currency, **values}, occasion())
        except DomainError as refusal:
            errors = errors_of(refusal)
    if errors:
        return render_form("loyalty/rule.html", errors, rule=_current(), values=request.form)
    flash(_("The rule was saved. Purchases from now on earn points by it."))
    return page_redirect("loyalty.show_rule")


def _current() -> EarningRule:
    return current_rule(db.session(), current_tenant().currency)


def _typed(rule: EarningRule) -> dict[str, Any]:
    return {
        "step": money_input(rule.step_minor),
        "points": rule.points_per_step,
        "rounding": rule.rounding,
        "months": rule.expires_after_months or NEVER,
        "is_active": rule.is_active,
    }
