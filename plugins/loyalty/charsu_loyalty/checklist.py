"""The club's step of the getting-started list."""

from collections.abc import Iterator

from charsu.plugins import ChecklistStep, HookContext
from charsu.text.i18n import gettext as _
from charsu_loyalty.permissions import RULE_WRITE
from charsu_loyalty.queries import has_own_rule


def steps(ctx: HookContext) -> Iterator[ChecklistStep]:
    """Set the earning rule: done once somebody saved it, even unchanged."""
    if ctx.can(RULE_WRITE):
        yield ChecklistStep(
            key="earning_rule",
            title=_("Set the earning rule"),
            text=_("One sentence says how many points a purchase earns. Read it, change it, save it."),
            endpoint="loyalty.show_rule",
            is_done=has_own_rule(ctx.session),
            order=40,
        )
