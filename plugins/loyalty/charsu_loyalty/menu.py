"""The club's lines in the main menu."""

from charsu.plugins import NavItem
from charsu.text.i18n import lazy
from charsu_loyalty.permissions import MEMBER_READ, RULE_READ

ITEMS = (
    NavItem(
        title=lazy("Club members"),
        endpoint="loyalty.list_members",
        icon="users",
        permission=MEMBER_READ,
        order=29,
    ),
    NavItem(
        title=lazy("Points ledger"),
        endpoint="loyalty.show_ledger",
        icon="gift",
        permission=MEMBER_READ,
        order=30,
    ),
    NavItem(
        title=lazy("Earning rule"),
        endpoint="loyalty.show_rule",
        icon="adjustments",
        permission=RULE_READ,
        order=31,
    ),
)
