"""The CRM's part of the timeline: purchases, refunds, interactions, deals and finished tasks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from charsu.plugins import HookContext, TimelineEntry
from charsu.text.i18n import _
from charsu.text.money import format_money
from charsu_crm_core import choices
from charsu_crm_core.models import Deal, DealStage, Interaction, Purchase, Refund, Stage, Task
from charsu_crm_core.reach import within_reach


@dataclass(frozen=True)
class _Asked:
    """Whose entries are wanted, older than when, how many, and what of them the person may see."""

    session: Session
    record_id: UUID
    before: datetime
    limit: int
    reach: tuple[ColumnElement[bool], ...]


_Reader = Callable[[_Asked], Iterator[TimelineEntry]]


def timeline(
    ctx: HookContext, record_type: str, record_id: UUID, before: datetime, limit: int
) -> Iterator[TimelineEntry]:
    """The entries of a customer, or of a deal, that the person may see; each kind newest first."""
    for key, model, read in _READERS.get(record_type, ()):
        reach = within_reach(ctx, key, model)
        if reach is not None:
            yield from read(_Asked(ctx.session, record_id, before, limit, reach))


def _purchases(asked: _Asked) -> Iterator[TimelineEntry]:
    statement = (
        select(Purchase.id, Purchase.occurred_at, Purchase.amount_minor, Purchase.currency, Purchase.title)
        .where(Purchase.customer_id == asked.record_id, Purchase.occurred_at < asked.before, *asked.reach)
        .order_by(Purchase.occurred_at.desc(), Purchase.id.desc())
        .limit(asked.limit)
    )
    for row in asked.session.execute(statement):
        yield TimelineEntry(
            at=row.occurred_at,
            kind="crm.purchase",
            kind_title=_("Purchases"),
            title=_("Bought for %(amount)s", amount=format_money(row.amount_minor, row.currency)),
            text=row.title,
            icon="shopping-cart",
            url=f"/crm/purchases/{row.id}",
            order=10,
        )


def _refunds(asked: _Asked) -> Iterator[TimelineEntry]:
    statement = (
        select(Refund.created_at, Refund.amount_minor, Refund.reason, Purchase.currency, Purchase.id)
        .join(Purchase, Purchase.id == Refund.purchase_id)
        .where(Purchase.customer_id == asked.record_id, Refund.created_at < asked.before, *asked.reach)
        .order_by(Refund.created_at.desc(), Refund.id.desc())
        .limit(asked.limit)
    )
    for row in asked.session.execute(statement):
        yield TimelineEntry(
            at=row.created_at,
            kind="crm.refund",
            kind_title=_("Refunds"),
            title=_("Got %(amount)s back", amount=format_money(row.amount_minor, row.currency)),
            text=row.reason,
            icon="receipt-refund",
            url=f"/crm/purchases/{row.id}",
            order=11,
        )


def _interactions(column: Any) -> _Reader:
    def read(asked: _Asked) -> Iterator[TimelineEntry]:
        statement = (
            select(Interaction)
            .where(
                column == asked.record_id,
                Interaction.deleted_at.is_(None),
                Interaction.happened_at < asked.before,
                *asked.reach,
            )
            .order_by(Interaction.happened_at.desc(), Interaction.id.desc())
            .limit(asked.limit)
        )
        for item in asked.session.execute(statement).scalars():
            yield TimelineEntry(
                at=item.happened_at,
                kind="crm.interaction",
                kind_title=_("Interactions"),
                title=_interaction_title(item),
                text=item.text if item.text.strip() != item.subject else "",
                icon=choices.INTERACTION_ICONS[item.kind],
                url=f"/crm/interactions/{item.id}",
                order=20,
            )

    return read


def _interaction_title(item: Interaction) -> str:
    kind = str(choices.INTERACTION_TITLES[item.kind])
    parts = [kind if item.subject == kind else f"{kind}: {item.subject}"]
    if item.outcome:
        parts.append(str(choices.OUTCOME_TITLES[item.outcome]))
    return " — ".join(parts)


def _steps(column: Any) -> _Reader:
    """Deals on their way; of a customer with the deal's name, of a deal without."""

    def read(asked: _Asked) -> Iterator[TimelineEntry]:
        came_from = aliased(Stage)
        statement = (
            select(
                DealStage.entered_at,
                DealStage.deal_id,
                Deal.title,
                Stage.name,
                Stage.kind,
                came_from.name.label("came_from"),
            )
            .join(Deal, Deal.id == DealStage.deal_id)
            .join(Stage, Stage.id == DealStage.stage_id)
            .outerjoin(came_from, came_from.id == DealStage.from_stage_id)
            .where(
                column == asked.record_id,
                Deal.deleted_at.is_(None),
                DealStage.entered_at < asked.before,
                *asked.reach,
            )
            .order_by(DealStage.entered_at.desc(), DealStage.id.desc())
            .limit(asked.limit)
        )
        for row in asked.session.execute(statement):
            yield TimelineEntry(
                at=row.entered_at,
                kind="crm.deal",
                kind_title=_("Deals"),
                title=_step_title(row),
                icon={"won": "trophy", "lost": "circle-x"}.get(row.kind, "briefcase"),
                url=f"/crm/deals/{row.deal_id}",
                order=30,
            )

    return read


def _step_title(row: Any) -> str:
    if row.kind == "won":
        return _("Won: “%(deal)s”", deal=row.title)
    if row.kind == "lost":
        return _("Lost: “%(deal)s”", deal=row.title)
    if row.came_from is None:
        return _("New deal “%(deal)s”", deal=row.title)
    return _("“%(deal)s” went on to %(stage)s", deal=row.title, stage=row.name)


def _finished_tasks(column: Any) -> _Reader:
    def read(asked: _Asked) -> Iterator[TimelineEntry]:
        statement = (
            select(Task.id, Task.title, Task.done_at)
            .where(
                column == asked.record_id,
                Task.deleted_at.is_(None),
                Task.done_at < asked.before,
                *asked.reach,
            )
            .order_by(Task.done_at.desc(), Task.id.desc())
            .limit(asked.limit)
        )
        for row in asked.session.execute(statement):
            if row[2] is not None:
                yield TimelineEntry(
                    at=row[2],
                    kind="crm.task",
                    kind_title=_("Tasks"),
                    title=_("Done: %(task)s", task=row[1]),
                    icon="checklist",
                    url=f"/crm/tasks/{row[0]}",
                    order=40,
                )

    return read


_READERS: dict[str, tuple[tuple[str, Any, _Reader], ...]] = {
    "crm.customer": (
        ("crm.purchase", Purchase, _purchases),
        ("crm.purchase", Purchase, _refunds),
        ("crm.interaction", Interaction, _interactions(Interaction.customer_id)),
        ("crm.deal", Deal, _steps(Deal.customer_id)),
        ("crm.task", Task, _finished_tasks(Task.customer_id)),
    ),
    "crm.deal": (
        ("crm.interaction", Interaction, _interactions(Interaction.deal_id)),
        ("crm.task", Task, _finished_tasks(Task.deal_id)),
    ),
}
