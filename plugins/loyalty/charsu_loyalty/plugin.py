"""The front door of the loyalty club: its manifest and its hooks."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from flask import Blueprint

from charsu.api import ApiBlueprint
from charsu.clock import now
from charsu.events import Event, Reaction
from charsu.jobs import JobSpec
from charsu.module_settings import ModuleSettings
from charsu.plugins import (
    ChecklistStep,
    Figure,
    Fragment,
    HookContext,
    Manifest,
    NavItem,
    Permission,
    TimelineEntry,
    hookimpl,
)
from charsu.text.i18n import lazy
from charsu_crm_core.api import live_customer_ids
from charsu_loyalty import cards, checklist, happenings, menu, sample
from charsu_loyalty import events as loyalty_events
from charsu_loyalty.jobs import check_ledger, expire_ended_points
from charsu_loyalty.ledger import close_others, enrol_all, open_memberships
from charsu_loyalty.merging import merge_members, remove_untouched, unmerge_members
from charsu_loyalty.permissions import PERMISSIONS
from charsu_loyalty.reactions import (
    award_points,
    close_membership,
    enrol_customer,
    open_membership,
    take_back_points,
)
from charsu_loyalty.rest import rest
from charsu_loyalty.settings import SETTINGS, ClubSettings
from charsu_loyalty.views import loyalty

#: The key of the record type members are.
CUSTOMER = "crm.customer"

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
def pages() -> Iterable[Blueprint]:
    """Give the pages under `/loyalty`."""
    return [loyalty]


@hookimpl
def api() -> Iterable[ApiBlueprint]:
    """Give the API under `/api/v1/loyalty`."""
    return [rest]


@hookimpl
def permissions() -> Iterable[Permission]:
    """Give the permissions of the club."""
    return PERMISSIONS


@hookimpl
def events() -> Iterable[type[Event]]:
    """Give the facts the club tells."""
    return [
        loyalty_events.PointsEarned,
        loyalty_events.PointsGiven,
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
        Reaction("customer.deleted", "close_membership", close_membership),
        Reaction("customer.restored", "open_membership", open_membership),
        Reaction("purchase.recorded", "award_points", award_points),
        Reaction("purchase.refunded", "take_back_points", take_back_points),
    ]


@hookimpl
def jobs() -> Iterable[JobSpec]:
    """End points every hour, as local midnight is another hour for each business; prove the ledger daily."""
    return [
        JobSpec("expire_points", expire_ended_points, every=timedelta(hours=1)),
        JobSpec("check_ledger", check_ledger, at=time(3)),
        JobSpec("redeem_sample", sample.redeem_sample),
    ]


@hookimpl
def settings() -> ModuleSettings[ClubSettings]:
    """Give what a business decides about its club besides the earning rule."""
    return SETTINGS


@hookimpl
def figures(ctx: HookContext, record_type: str, record_id: UUID) -> Iterable[Figure]:
    """The points of a customer."""
    return happenings.figures(ctx, record_id) if record_type == CUSTOMER else ()


@hookimpl
def timeline(
    ctx: HookContext, record_type: str, record_id: UUID, before: datetime, limit: int
) -> Iterable[TimelineEntry]:
    """The movements of a customer's points."""
    return happenings.timeline(ctx, record_id, before, limit) if record_type == CUSTOMER else ()


@hookimpl
def merge_records(
    ctx: HookContext, record_type: str, kept_id: UUID, lost_id: UUID
) -> dict[str, object] | None:
    """Let the customer that is kept own the accounts of both."""
    return merge_members(ctx.session, kept_id, lost_id) if record_type == CUSTOMER else None


@hookimpl
def unmerge_records(
    ctx: HookContext, record_type: str, kept_id: UUID, lost_id: UUID, undo: dict[str, object]
) -> None:
    """Give the other customer her accounts back."""
    if record_type == CUSTOMER:
        unmerge_members(ctx.session, kept_id, lost_id, undo)


@hookimpl
def purge_records(ctx: HookContext, record_type: str, record_ids: Sequence[UUID]) -> Collection[UUID]:
    """Remove the empty accounts of customers that go; keep those on which points moved."""
    return remove_untouched(ctx.session, record_ids) if record_type == CUSTOMER else ()


@hookimpl
def on_enable(ctx: HookContext) -> None:
    """Make the customers members who came before the club or while it was off; end who was deleted then."""
    live = live_customer_ids(ctx.session)
    enrol_all(ctx.session, live, now())
    open_memberships(ctx.session, live)
    close_others(ctx.session, live, now())


@hookimpl
def nav_items() -> Iterable[NavItem]:
    """Ledger and earning rule in the main menu."""
    return menu.ITEMS


@hookimpl
def fragments(ctx: HookContext, slot: str, subject: object) -> Iterable[Fragment]:
    """Points and history on the customer page, the month on the dashboard."""
    return cards.fragments(ctx, slot, subject)


@hookimpl
def checklist_steps(ctx: HookContext) -> Iterable[ChecklistStep]:
    """Set the earning rule."""
    return checklist.steps(ctx)


@hookimpl
def add_sample() -> None:
    """Have some sample customers spend the points that the sample purchases bring."""
    sample.ask_to_redeem()


@hookimpl
def remove_sample(ctx: HookContext) -> None:
    """Remove members, points and history of the sample customers."""
    sample.remove_sample(ctx)
