"""The blueprint all pages of the club belong to, and the words its templates use."""

from typing import Any

from flask import Blueprint

from charsu.clock import now
from charsu.events import current_actor
from charsu.text.i18n import lazy
from charsu_loyalty import explanations
from charsu_loyalty.forms import CHOICES
from charsu_loyalty.models import KINDS
from charsu_loyalty.occasion import Occasion
from charsu_tenants.context import current_tenant

loyalty = Blueprint("loyalty", __name__, template_folder="../templates")

KIND_TITLES: dict[str, Any] = {
    "earn": lazy("Earned"),
    "redeem": lazy("Spent"),
    "reverse": lazy("Taken back"),
    "expire": lazy("Ended"),
}


def occasion() -> Occasion:
    """When, where and by whom this request changes something."""
    return Occasion(locality=current_tenant(), now=now(), actor=current_actor().as_json())


@loyalty.context_processor
def words() -> dict[str, Any]:
    """Kinds of entries and sentences about them."""
    return {
        "kinds": KINDS,
        "currency": current_tenant().currency,
        "kind_title": KIND_TITLES.__getitem__,
        "choices": CHOICES,
        "explain": explanations.explain,
        "explain_steps": explanations.explain_steps,
        "rounding_words": explanations.rounding_words,
        "validity_words": explanations.validity_words,
        "rule_sentence": explanations.sentence,
        "rule_example": explanations.example,
    }
