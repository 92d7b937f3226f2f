"""The pages of the CRM under `/crm`: parse, call one service or query, answer."""

from charsu_crm_core.views import activity, deals, pipelines, purchases
from charsu_crm_core.views.blueprint import crm

__all__ = ["activity", "crm", "deals", "pipelines", "purchases"]
