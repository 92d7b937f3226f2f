"""The pages of the CRM under `/crm`: parse, call one service or query, answer."""

from charsu_crm_core.views import customers, purchases
from charsu_crm_core.views.blueprint import crm

__all__ = ["crm", "customers", "purchases"]
