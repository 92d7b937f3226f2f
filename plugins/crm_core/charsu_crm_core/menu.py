"""The CRM's lines in the main menu."""

from charsu.plugins import NavItem
from charsu_crm_core.records import CUSTOMER, DEAL, INTERACTION, PURCHASE, TASK

ITEMS = tuple(
    NavItem(
        title=noun.plural_title,
        endpoint=f"{noun.module}_{noun.word}.list_records",
        icon=noun.icon,
        permission=noun.permission("read"),
        order=noun.order,
    )
    for noun in (CUSTOMER, DEAL, TASK, INTERACTION, PURCHASE)
)
