"""What people may do in the loyalty club, and which built-in roles may at first."""

from charsu.plugins import Permission
from charsu.text.i18n import lazy

RULE_READ = "loyalty.rule.read"
RULE_WRITE = "loyalty.rule.write"
MEMBER_READ = "loyalty.member.read"
POINTS_REDEEM = "loyalty.points.redeem"
POINTS_GIVE = "loyalty.points.give"

PERMISSIONS = (
    Permission(
        name=RULE_READ, title=lazy("See the earning rule"), default_roles=("manager", "staff", "viewer")
    ),
    Permission(name=RULE_WRITE, title=lazy("Change the earning rule")),
    Permission(
        name=MEMBER_READ, title=lazy("See points and history"), default_roles=("manager", "staff", "viewer")
    ),
    Permission(name=POINTS_REDEEM, title=lazy("Redeem points"), default_roles=("manager", "staff")),
    Permission(name=POINTS_GIVE, title=lazy("Give points by hand"), default_roles=("manager",)),
)
