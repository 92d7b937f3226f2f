"""Every hook of Charsu. A plugin implements those it needs in its `plugin.py`, marked with `hookimpl`.

Set-up hooks are called once per process, without a tenant. Tenant hooks are called only for tenants that
turned the module on, each implementation guarded and timed: one that raises, hangs or answers nonsense loses
its own piece of the page and nothing else, and five such faults within five minutes switch the module off
for that tenant. An implementation may leave out arguments it does not need.
"""
# Specs are never run: their names, arguments and docstrings are all there is to them.
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from charsu.plugins.markers import hookspec

if TYPE_CHECKING:
    from flask import Blueprint

    from charsu.api import ApiBlueprint
    from charsu.events import Event, Reaction
    from charsu.jobs import JobSpec
    from charsu.module_settings import ModuleSettings
    from charsu.plugins.context import HookContext
    from charsu.plugins.pieces import ChecklistStep, Figure, Fragment, NavItem, Permission, TimelineEntry
    from charsu.records import RecordType


@hookspec
def pages() -> Iterable[Blueprint]:
    """Give the blueprints of the module's pages; the core mounts them under `/<path>`.

    Called: once per process at start, outside any transaction. Every route declares its permission with
    `charsu.web.access.requires`, or the start fails.
    Example: `return [pages]`. Since 0.1.
    """


@hookspec
def api() -> Iterable[ApiBlueprint]:
    """Give the blueprints of the module's REST API; the core mounts them under `/api/v1/<path>`.

    Called: once per process at start, outside any transaction.
    Example: `return [rest]`. Since 0.1.
    """


@hookspec
def permissions() -> Iterable[Permission]:
    """Give the permissions roles can hold, each with the built-in roles that get it at first.

    Called: once per process at start, outside any transaction. Names begin with the module's path.
    Example: `return [Permission(name="crm.customer.read", title=lazy("See customers"))]`. Since 0.1.
    """


@hookspec
def events() -> Iterable[type[Event]]:
    """Give the event classes this module owns; only these may it emit.

    Called: once per process at start, outside any transaction. An event type has one owner.
    Example: `return [PurchaseRecorded]`. Since 0.1.
    """


@hookspec
def reactions() -> Iterable[Reaction]:
    """Give the reactions to events of this or other modules.

    Called: once per process at start, outside any transaction. Each reaction then runs in the worker, after
    the commit of the event, in one tenant transaction of its own; its effect happens exactly once.
    Example: `return [Reaction("purchase.recorded", "award_points", award_points)]`. Since 0.1.
    """


@hookspec
def jobs() -> Iterable[JobSpec]:
    """Give the jobs of the module: what `enqueue` may name and what the scheduler starts.

    Called: once per process at start, outside any transaction.
    Example: `return [JobSpec("expire_points", expire_points, at=time(3))]`. Since 0.1.
    """


@hookspec
def records() -> Iterable[RecordType]:
    """Give the nouns of the module; the core makes their pages, API, import, search and the rest.

    Called: once per process at start, outside any transaction. Their permissions and events are declared
    along.
    Example: `return [RecordType(module="visits", name="visit", model=Visit, ...)]`. Since 0.2.
    """


@hookspec
def settings() -> ModuleSettings[Any]:
    """Give the settings of the module: what a business can decide about it, each with its default.

    Called: once per process at start, outside any transaction. The core makes their page at
    `/settings/modules/<module>` and their API, and keeps what a business sets, also while the module is off.
    Code reads them by `SETTINGS.of(session)`. The one set-up hook whose fault costs no more than its page:
    the module works on, and its page says that it can not be shown.
    Example: `return ModuleSettings(module="visits", values=VisitSettings, fields=(NumberField(...),))`.
    Since 0.3.
    """


@hookspec
def on_enable(ctx: HookContext, fresh: bool) -> None:
    """Write what the module needs to begin with, such as a default rule.

    Called: after the tables exist, in a tenant transaction, when a tenant turns the module on; `fresh` says
    it is for the first time (kept data is there otherwise). The one hook that fails loudly: an exception
    leaves the module off. Must be safe to repeat.
    Example: `ctx.session.add(Rule.default())`. Since 0.1.
    """


@hookspec
def nav_items(ctx: HookContext) -> Iterable[NavItem]:
    """Give the module's lines of the main menu.

    Called: when a menu is drawn for the first time for a person, a language and a state of the business and
    its modules; the answer is kept until one of these changes. So give what depends on `ctx` alone, and do
    not query. The core leaves out items whose permission the person lacks.
    Example: `return [NavItem(title=_("Club"), endpoint="loyalty.show_ledger", icon="award")]`. Since 0.1.
    """


@hookspec
def fragments(ctx: HookContext, slot: str, subject: object) -> Iterable[Fragment]:
    """Give pieces of HTML for a named place of another module's page.

    Called: while that page is rendered, in a thread of its own with a read-only session of its own and one
    second of time. Slots: `dashboard.card` (subject: None), and of each record type `<type>.main` and
    `<type>.side`, such as `customer.side` (the customer's summary) or `visits.visit.side` (which record it
    is). Ask `ctx.can` before showing anything.
    Example: `return [Fragment(title=_("Points"), html=render_piece(...))]`. Since 0.1.
    """


@hookspec
def figures(ctx: HookContext, record_type: str, record_id: UUID) -> Iterable[Figure]:
    """Give key figures for the page of a record, such as a customer's points.

    Called: while that page is rendered, as `fragments` is. Ask `ctx.can` before showing anything.
    Example: `return [Figure(title=_("Points"), value=format_number(balance), order=30)]`. Since 0.2.
    """


@hookspec
def timeline(
    ctx: HookContext, record_type: str, record_id: UUID, before: datetime, limit: int
) -> Iterable[TimelineEntry]:
    """Give what happened to a record in this module, newest first, at most `limit` before `before`.

    Called: while the record's page is rendered or continued, as `fragments` is. Ask `ctx.can`. Best a
    generator: no more is asked of it once nothing older can be on the page.
    Example: `return [TimelineEntry(at=row.occurred_at, kind="purchase", title=_("Purchase"), url=...)]`.
    Since 0.2.
    """


@hookspec
def merge_records(
    ctx: HookContext, record_type: str, kept_id: UUID, lost_id: UUID
) -> dict[str, object] | None:
    """Move what hangs on the lost record to the kept one, and say in JSON how to put it back.

    Called: in the transaction of the merge, after the kit moved links and `RecordType.related`; required
    modules first. For what a change of a column can't do, such as two accounts of points that become one. An
    exception stops the whole merge.
    Example: `return move_points(ctx.session, lost_id, kept_id)`. Since 0.2.
    """


@hookspec
def unmerge_records(
    ctx: HookContext, record_type: str, kept_id: UUID, lost_id: UUID, undo: dict[str, object]
) -> None:
    """Put back what `merge_records` moved; `undo` is what it gave.

    Called: in the transaction of the un-merge, dependent modules first, after the kit put its own part back:
    both records and what points at them are as they will be. An exception stops it.
    Example: `move_points_back(ctx.session, undo)`. Since 0.2.
    """


@hookspec
def purge_records(ctx: HookContext, record_type: str, record_ids: Sequence[UUID]) -> Collection[UUID]:
    """Remove the rows that exist only because of these records, as the revert of an import takes them away.

    Called: in the transaction of the revert, dependent modules first. Return the ids of the records that must
    stay, because something was done with them since; those are kept.
    Example: `return remove_untouched_members(ctx.session, record_ids)`. Since 0.2.
    """


@hookspec
def checklist_steps(ctx: HookContext) -> Iterable[ChecklistStep]:
    """Give steps of the dashboard's getting-started list.

    Called: while the dashboard is rendered, in a thread of its own with a read-only session and one second
    of time.
    Example: `return [ChecklistStep(key="first_customer", title=..., text=..., endpoint=..., is_done=...)]`.
    Since 0.1.
    """


@hookspec
def add_sample(ctx: HookContext) -> None:
    """Add sample records that show the module at work; required modules have added theirs before.

    Called: in one tenant transaction for all modules, on a person's wish. Mark what you add so that
    `remove_sample` finds it.
    Example: `ctx.session.add(Customer(full_name=..., is_sample=True))`. Since 0.1.
    """


@hookspec
def remove_sample(ctx: HookContext) -> None:
    """Remove every sample record, history too; dependent modules have removed theirs before.

    Called: in one transaction as the role that owns the tables, so that append-only history may be deleted
    here and nowhere else.
    Example: `ctx.session.execute(delete(Entry).where(Entry.customer_id.in_(ids)))`. Since 0.1.
    """
