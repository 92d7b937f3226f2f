"""The use cases of the CRM: the only code that writes its tables.

Every function works in the caller's transaction: it flushes, never commits, and emits its event there.
"""

from charsu_crm_core.services.customers import (
    CustomerDraft,
    archive_customer,
    create_customer,
    update_customer,
)
from charsu_crm_core.services.purchases import LineDraft, PurchaseDraft, record_purchase
from charsu_crm_core.services.refunds import refund_purchase

__all__ = [
    "CustomerDraft",
    "LineDraft",
    "PurchaseDraft",
    "archive_customer",
    "create_customer",
    "record_purchase",
    "refund_purchase",
    "update_customer",
]
