"""What people may do in the CRM beyond the verbs of its records, and which built-in roles may at first."""

from charsu.plugins import Permission
from charsu.text.i18n import lazy

CUSTOMER_READ = "crm.customer.read"
CUSTOMER_WRITE = "crm.customer.write"
PURCHASE_READ = "crm.purchase.read"
PURCHASE_RECORD = "crm.purchase.record"
PURCHASE_REFUND = "crm.purchase.refund"

PERMISSIONS = (
    Permission(
        name=PURCHASE_RECORD,
        title=lazy("Record purchases"),
        default_roles=("manager", "staff", "dealer@team"),
        is_scoped=True,
    ),
    Permission(name=PURCHASE_REFUND, title=lazy("Refund purchases"), is_scoped=True),
)
