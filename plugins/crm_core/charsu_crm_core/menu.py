"""The CRM's lines in the main menu."""

from charsu.plugins import NavItem
from charsu.text.i18n import lazy
from charsu_crm_core.permissions import CUSTOMER_READ, PURCHASE_READ

ITEMS = (
    NavItem(
        title=lazy("Customers"),
        endpoint="crm.list_customers",
        icon="users",
        permission=CUSTOMER_READ,
        order=10,
    ),
    NavItem(
        title=lazy("Purchases"),
        endpoint="crm.list_purchases",
        icon="shopping-cart",
        permission=PURCHASE_READ,
        order=20,
    ),
)
