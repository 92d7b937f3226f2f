"""Refusals of the loyalty club, each with a stable code."""

from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.text.i18n import gettext as _
from charsu.text.i18n import ngettext


class UnknownMember(NotFound):
    """There is no such customer, so no member either."""

    def __init__(self) -> None:
        super().__init__(_("There is no such customer."))


class InsufficientPoints(RuleViolated):
    """More points were to be spent than the member can spend now; `available` says how many there are."""

    default_code = "insufficient_points"

    def __init__(self, *, wanted: int, available: int) -> None:
        message = (
            ngettext(
                "Only %(num)s point can be spent now. Enter that much or less.",
                "Only %(num)s points can be spent now. Enter that many or fewer.",
                available,
            )
            if available
            else _("This customer has no points to spend yet.")
        )
        super().__init__(message, field="points")
        self.wanted = wanted
        self.available = available


class TooManyGiven(RuleViolated):
    """More points were to be given by hand than the business allows at once."""

    default_code = "too_many_given"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            ngettext(
                "At most %(num)s point may be given at once.",
                "At most %(num)s points may be given at once.",
                most,
            ),
            field="points",
        )


class RuleChangedMeanwhile(Conflict):
    """Somebody else saved the earning rule at the same time."""

    default_code = "rule_changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(_("Somebody else changed the rule a moment ago. Look at it and save again."))


class GivenAlready(Conflict):
    """The same form was sent before, with other points."""

    default_code = "given_already"

    def __init__(self) -> None:
        super().__init__(_("This form was sent already. Open the customer again to give more points."))


class RedeemedAlready(Conflict):
    """The same form was sent before, with other points."""

    default_code = "redeemed_already"

    def __init__(self) -> None:
        super().__init__(_("This form was sent already. Open the customer again to redeem more points."))
