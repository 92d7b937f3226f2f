"""The nouns of the CRM, declared for the record kit."""

from charsu_crm_core.records.affiliations import AFFILIATION
from charsu_crm_core.records.customers import CUSTOMER
from charsu_crm_core.records.deals import DEAL
from charsu_crm_core.records.interactions import INTERACTION
from charsu_crm_core.records.pipelines import PIPELINE, STAGE
from charsu_crm_core.records.purchases import PURCHASE
from charsu_crm_core.records.tasks import TASK

RECORDS = (CUSTOMER, AFFILIATION, PURCHASE, PIPELINE, STAGE, DEAL, INTERACTION, TASK)

__all__ = [
    "AFFILIATION",
    "CUSTOMER",
    "DEAL",
    "INTERACTION",
    "PIPELINE",
    "PURCHASE",
    "RECORDS",
    "STAGE",
    "TASK",
]
