"""The front door of the CRM: its manifest and its hook implementations."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask import Blueprint

from charsu.api import ApiBlueprint
from charsu.events import Event
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
from charsu.records import RecordType
from charsu.text.i18n import lazy
from charsu.text.preferences import use_locale
from charsu_crm_core import cards, checklist, customer_figures, happenings, menu, sample
from charsu_crm_core import events as facts
from charsu_crm_core.first_pipelines import add_first_pipelines
from charsu_crm_core.permissions import PERMISSIONS
from charsu_crm_core.records import CUSTOMER, RECORDS
from charsu_crm_core.rest import rest
from charsu_crm_core.services.customers import follow_owners
from charsu_crm_core.views import crm

manifest = Manifest(
    name="crm_core",
    title=lazy("Customers"),
    summary=lazy("Customers, what they bought and what was refunded, on one page each."),
    version="0.1.0",
    path="crm",
    icon="users",
    requires_core=">=0.1,<0.2",
)


@hookimpl
def pages() -> Iterable[Blueprint]:
    """The pages under `/crm`."""
    return [crm]


@hookimpl
def api() -> Iterable[ApiBlueprint]:
    """The API under `/api/v1/crm`."""
    return [rest]


@hookimpl
def records() -> Iterable[RecordType]:
    """Customers and purchases."""
    return RECORDS


@hookimpl
def permissions() -> Iterable[Permission]:
    """What roles may allow."""
    return PERMISSIONS


@hookimpl
def events() -> Iterable[type[Event]]:
    """The facts this module tells beyond those of its records."""
    return [
        facts.PurchaseRecorded,
        facts.PurchaseRefunded,
        facts.DealMoved,
        facts.DealWon,
        facts.DealLost,
    ]


@hookimpl
def on_enable(ctx: HookContext) -> None:
    """Two pipelines to begin with, where there are none."""
    with use_locale(ctx.tenant.locale):
        add_first_pipelines(ctx.session)


@hookimpl
def nav_items() -> Iterable[NavItem]:
    """Customers and purchases in the main menu."""
    return menu.ITEMS


@hookimpl
def fragments(ctx: HookContext, slot: str) -> Iterable[Fragment]:
    """The card of customers and sales on the dashboard."""
    return cards.dashboard_cards(ctx) if slot == "dashboard.card" else ()


@hookimpl
def merge_records(ctx: HookContext, record_type: str, kept_id: UUID) -> dict[str, object] | None:
    """Let the purchases that came along follow the owner of their customer."""
    return follow_owners(ctx.session, [kept_id]) if record_type == CUSTOMER.key else None


@hookimpl
def unmerge_records(ctx: HookContext, record_type: str, kept_id: UUID, lost_id: UUID) -> None:
    """Let the purchases of both follow their owners again."""
    if record_type == CUSTOMER.key:
        follow_owners(ctx.session, [kept_id, lost_id])


@hookimpl
def figures(ctx: HookContext, record_type: str, record_id: UUID) -> Iterable[Figure]:
    """Value, last purchase, open deals and tasks of a customer."""
    return customer_figures.figures(ctx, record_id) if record_type == CUSTOMER.key else ()


@hookimpl
def timeline(
    ctx: HookContext, record_type: str, record_id: UUID, before: datetime, limit: int
) -> Iterable[TimelineEntry]:
    """What happened with a customer or a deal."""
    return happenings.timeline(ctx, record_type, record_id, before, limit)


@hookimpl
def checklist_steps(ctx: HookContext) -> Iterable[ChecklistStep]:
    """Add a customer, record a purchase."""
    return checklist.steps(ctx)


@hookimpl
def add_sample(ctx: HookContext) -> None:
    """Customers with purchases over the last months."""
    sample.add_sample(ctx)


@hookimpl
def remove_sample(ctx: HookContext) -> None:
    """Exactly the sample customers and what hangs on them."""
    sample.remove_sample(ctx)
