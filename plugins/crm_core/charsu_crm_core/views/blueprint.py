"""The blueprint all pages of the CRM belong to, and the names its templates use."""

from typing import Any

from flask import Blueprint

from charsu_crm_core.choices import CHANNEL_TITLES
from charsu_crm_core.models import CHANNELS

crm = Blueprint("crm", __name__, template_folder="../templates")


@crm.context_processor
def channel_names() -> dict[str, Any]:
    """The channels of purchases and how people call them."""
    return {
        "channels": CHANNELS,
        "channel_title": CHANNEL_TITLES.__getitem__,
        "channel_options": _channel_options,
    }


def _channel_options() -> list[tuple[str, Any]]:
    return [(channel, CHANNEL_TITLES[channel]) for channel in CHANNELS]
