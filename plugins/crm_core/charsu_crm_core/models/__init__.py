"""Tables of the CRM."""

from charsu_crm_core.models.affiliations import Affiliation
from charsu_crm_core.models.customers import GENDERS, KINDS, SOURCES, STAGES, Customer
from charsu_crm_core.models.deals import LOST_REASONS, Deal, DealStage
from charsu_crm_core.models.interactions import INTERACTION_KINDS, OUTCOMES, Interaction
from charsu_crm_core.models.pipelines import STATES, Pipeline, Stage
from charsu_crm_core.models.purchases import (
    CHANNELS,
    CUSTOMER_WORDS,
    MAX_AMOUNT_MINOR,
    Purchase,
    PurchaseLine,
    Refund,
)
from charsu_crm_core.models.tasks import PRIORITIES, Task

__all__ = [
    "CHANNELS",
    "CUSTOMER_WORDS",
    "GENDERS",
    "INTERACTION_KINDS",
    "KINDS",
    "LOST_REASONS",
    "MAX_AMOUNT_MINOR",
    "OUTCOMES",
    "PRIORITIES",
    "SOURCES",
    "STAGES",
    "STATES",
    "Affiliation",
    "Customer",
    "Deal",
    "DealStage",
    "Interaction",
    "Pipeline",
    "Purchase",
    "PurchaseLine",
    "Refund",
    "Stage",
    "Task",
]
