"""The front door of the loyalty club: its manifest and its hooks."""

from collections.abc import Iterable
from datetime import timedelta

from charsu.events import Event, Reaction
from charsu.jobs import JobSpec
from charsu.plugins import Manifest, Permission, hookimpl
from charsu.text.i18n import lazy
from charsu_loyalty import events as loyalty_events
from charsu_loyalty.jobs import check_ledger, expire_ended_points
from charsu_loyalty.permissions import PERMISSIONS
from charsu_loyalty.reactions import award_points, enrol_customer, take_back_points

manifest = Manifest(
    name="loyalty",
    title=lazy("Loyalty club"),
    summary=lazy("Customers earn points for what they buy and spend them with you."),
    version="0.1.0",
    path="loyalty",
    icon="gift",
    requires_core=">=0.1,<0.2",
    requires=("crm_core",),
)


@hookimpl
def permissions() -> Iterable[Permission]:
    """Give the four permissions of the club."""
    return PERMISSIONS


@hookimpl
def events() -> Iterable[type[Event]]:
    """Give the facts the club tells."""
    return [
        loyalty_events.PointsEarned,
        loyalty_events.PointsRedeemed,
        loyalty_events.PointsReversed,
        loyalty_events.PointsExpired,
        loyalty_events.EarningRuleChanged,
        loyalty_events.LedgerMismatchFound,
    ]


@hookimpl
def reactions() -> Iterable[Reaction]:
    """Enrol new customers, award points for purchases, take them back for refunds."""
    return [
        Reaction("customer.created", "enrol_customer", enrol_customer),
        Reaction("purchase.recorded", "award_points", award_points),
        Reaction("purchase.refunded", "take_back_points", take_back_points),
    ]


@hookimpl
def jobs() -> Iterable[JobSpec]:
    """End points every hour, as local midnight is another hour for each business; prove the ledger daily."""
    return [
        JobSpec("expire_points", expire_ended_points, every=timedelta(hours=1)),
        JobSpec("check_ledger", check_ledger, every=timedelta(days=1)),
    ]
