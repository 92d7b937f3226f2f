"""The nouns of the CRM, declared for the record kit."""

from charsu_crm_core.records.customers import CUSTOMER
from charsu_crm_core.records.purchases import PURCHASE

RECORDS = (CUSTOMER, PURCHASE)

__all__ = ["CUSTOMER", "PURCHASE", "RECORDS"]
