"""What happened with a customer or a deal: one statement for all kinds a reader may see."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from charsu.plugins import HookContext
from charsu.records import RecordAccess
from charsu.records.clauses import MEMBER
from charsu.records.compiling import compiled
from charsu_crm_core.models import Deal, DealStage, Interaction, Purchase, Refund, Stage, Task
from charsu_crm_core.reach import kept_criteria, reach_of_hook

_COLUMNS: Mapping[str, Any] = {
    "at": DateTime(timezone=True),
    "id": Uuid(),
    "title": Text(),
    "text": Text(),
    "word": Text(),
    "further": Text(),
    "amount": BigInteger(),
}
_OF = bindparam("record_id", type_=Uuid())
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_LIMIT = bindparam("limit", type_=Integer())


class Happening(NamedTuple):
    """One thing that happened; what `text`, `word` and `further` hold is said where its part is made."""

    part: str
    at: dt.datetime
    id: uuid.UUID
    title: str
    text: str
    word: str
    further: str | None
    amount: int | None


def list_happenings(
    ctx: HookContext, record_type: str, record_id: uuid.UUID, before: dt.datetime, limit: int
) -> list[Happening]:
    """At most `limit` of each kind before a moment, the last ones first, as far as she may see them."""
    reaches = [
        (key, access, make)
        for key, make in _PARTS.get(record_type, ())
        if (access := reach_of_hook(ctx, key)) is not None
    ]
    if not reaches:
        return []
    statement = compiled(
        ("crm.happenings", record_type, *(_bounds(key, access) for key, access, _make in reaches)),
        lambda: union_all(*(make(access) for _key, access, make in reaches)),
    )
    values = {"record_id": record_id, "before": before, "limit": limit, MEMBER: reaches[0][1].member_id}
    return [Happening._make(row) for row in statement.run(ctx.session, values)]


def _bounds(key: str, access: RecordAccess) -> tuple[str | bool, ...]:
    """All that the parts ask of it."""
    return (key, access.scopes["read"], access.shows("amount_minor"), access.shows("title"))


def _shown(access: RecordAccess, name: str, column: Any) -> Any:
    """A column, empty for who may not see the field it belongs to."""
    return column if access.shows(name) else null()


def _part(name: str, at: Any, last: Any, **given: Any) -> Select[Any]:
    """The columns of a kind, newest first; those it does not give are NULL."""
    columns = (cast({**given, "at": at}.get(key, null()), kind).label(key) for key, kind in _COLUMNS.items())
    statement = select(literal_column(f"'{name}'", Text()).label("part"), *columns)
    return statement.where(at < _BEFORE).order_by(at.desc(), last.desc()).limit(_LIMIT)


def _purchases(access: RecordAccess) -> Select[Any]:
    """`word` is the currency; without an amount for who may not see it."""
    return _part(
        "purchase",
        Purchase.occurred_at,
        Purchase.id,
        id=Purchase.id,
        title=_shown(access, "title", Purchase.title),
        word=Purchase.currency,
        amount=_shown(access, "amount_minor", Purchase.amount_minor),
    ).where(Purchase.customer_id == _OF, *kept_criteria(access, Purchase))


def _refunds(access: RecordAccess) -> Select[Any]:
    """`text` is the reason, `word` the currency, and `id` the purchase's."""
    return (
        _part(
            "refund",
            Refund.created_at,
            Refund.id,
            id=Purchase.id,
            text=Refund.reason,
            word=Purchase.currency,
            amount=_shown(access, "amount_minor", Refund.amount_minor),
        )
        .join_from(Refund, Purchase, Purchase.id == Refund.purchase_id)
        .where(Purchase.customer_id == _OF, *kept_criteria(access, Purchase))
    )


def _interactions(column: Any) -> Callable[[RecordAccess], Select[Any]]:
    """`word` is the kind, `further` the outcome."""
    return lambda access: _part(
        "interaction",
        Interaction.happened_at,
        Interaction.id,
        id=Interaction.id,
        title=Interaction.subject,
        text=Interaction.text,
        word=Interaction.kind,
        further=Interaction.outcome,
    ).where(column == _OF, Interaction.deleted_at.is_(None), *kept_criteria(access, Interaction))


def _steps(access: RecordAccess) -> Select[Any]:
    """Deals on their way: `text` is the stage and `word` its kind, `further` the stage it came from."""
    came_from = aliased(Stage)
    return (
        _part(
            "step",
            DealStage.entered_at,
            DealStage.id,
            id=DealStage.deal_id,
            title=Deal.title,
            text=Stage.name,
            word=Stage.kind,
            further=came_from.name,
        )
        .join_from(DealStage, Deal, Deal.id == DealStage.deal_id)
        .join(Stage, Stage.id == DealStage.stage_id)
        .outerjoin(came_from, came_from.id == DealStage.from_stage_id)
        .where(Deal.customer_id == _OF, Deal.deleted_at.is_(None), *kept_criteria(access, Deal))
    )


def _finished_tasks(column: Any) -> Callable[[RecordAccess], Select[Any]]:
    return lambda access: _part("task", Task.done_at, Task.id, id=Task.id, title=Task.title).where(
        column == _OF, Task.deleted_at.is_(None), *kept_criteria(access, Task)
    )


_PARTS: Mapping[str, tuple[tuple[str, Callable[[RecordAccess], Select[Any]]], ...]] = {
    "crm.customer": (
        ("crm.purchase", _purchases),
        ("crm.purchase", _refunds),
        ("crm.interaction", _interactions(Interaction.customer_id)),
        ("crm.deal", _steps),
        ("crm.task", _finished_tasks(Task.customer_id)),
    ),
    "crm.deal": (
        ("crm.interaction", _interactions(Interaction.deal_id)),
        ("crm.task", _finished_tasks(Task.deal_id)),
    ),
}
