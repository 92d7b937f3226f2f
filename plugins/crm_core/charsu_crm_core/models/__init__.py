"""Tables of the CRM."""

from charsu_crm_core.models.customers import GENDERS, KINDS, SOURCES, STAGES, Customer
from charsu_crm_core.models.purchases import CHANNELS, MAX_AMOUNT_MINOR, Purchase, PurchaseLine, Refund

__all__ = [
    "CHANNELS",
    "GENDERS",
    "KINDS",
    "MAX_AMOUNT_MINOR",
    "SOURCES",
    "STAGES",
    "Customer",
    "Purchase",
    "PurchaseLine",
    "Refund",
]
