"""The blueprint all pages of the CRM belong to that the kit has not, and the names its templates use."""

from typing import Any

from flask import Blueprint

from charsu_crm_core.choices import CHANNEL_TITLES

crm = Blueprint("crm", __name__, template_folder="../templates")


@crm.context_processor
def channel_names() -> dict[str, Any]:
    """The channels of purchases and how people call them."""
    return {"channel_options": lambda: list(CHANNEL_TITLES.items())}
