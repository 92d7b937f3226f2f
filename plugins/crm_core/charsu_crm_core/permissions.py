"""What people may do in the CRM, and which built-in roles may do it from the start."""

from charsu.plugins import Permission
from charsu.text.i18n import lazy

CUSTOMER_READ = "crm.customer.read"
CUSTOMER_WRITE = "crm.customer.write"
CUSTOMER_DELETE = "crm.customer.delete"
PURCHASE_READ = "crm.purchase.read"
PURCHASE_RECORD = "crm.purchase.record"
PURCHASE_REFUND = "crm.purchase.refund"

_EVERYBODY = ("manager", "staff")
_READERS = (*_EVERYBODY, "viewer")

PERMISSIONS = (
    Permission(name=CUSTOMER_READ, title=lazy("See customers"), default_roles=_READERS),
    Permission(name=CUSTOMER_WRITE, title=lazy("Add and edit customers"), default_roles=_EVERYBODY),
    Permission(name=CUSTOMER_DELETE, title=lazy("Archive customers")),
    Permission(name=PURCHASE_READ, title=lazy("See purchases"), default_roles=_READERS),
    Permission(name=PURCHASE_RECORD, title=lazy("Record purchases"), default_roles=_EVERYBODY),
    Permission(name=PURCHASE_REFUND, title=lazy("Refund purchases")),
)
