"""The articles of a deal."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from charsu_crm_core import rules


def total_of(products: Iterable[Mapping[str, Any]]) -> int:
    """What they cost together, each rounded as the lines of a purchase are."""
    return sum(rules.line_total(Decimal(item["quantity"]), item["unit_price_minor"]) for item in products)
