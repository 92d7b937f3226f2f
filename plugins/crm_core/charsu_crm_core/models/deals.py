"""Tables of deals and of their way through the stages."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from charsu.records import Record
from charsu_crm_core.models.checks import longest, one_of
from charsu_crm_core.models.pipelines import STATES
from charsu_crm_core.models.purchases import MAX_AMOUNT_MINOR
from charsu_crm_core.models.tasks import Task
from charsu_tenants.base import Base

#: Why a deal was lost.
LOST_REASONS = ("price", "competitor", "timing", "no_need", "no_answer", "out_of_stock", "other")

_INSTANT = DateTime(timezone=True)
_EMPTY = text("'{}'")
_NOW = func.now()


class Deal(Record):
    """A sale one hopes for, on its way through the stages of a pipeline."""

    __tablename__ = "crm_core_deal"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 200", name="title"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint(f"amount_minor BETWEEN 0 AND {MAX_AMOUNT_MINOR}", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("probability BETWEEN 0 AND 100", name="probability"),
        CheckConstraint(one_of("lost_reason", LOST_REASONS), name="lost_reason"),
        CheckConstraint("state <> 'lost' OR lost_reason IS NOT NULL", name="lost"),
        CheckConstraint(longest("note", 4000), name="note"),
    )

    title: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_customer.id"))
    #: The person one talks to about it: of the company, or the customer herself.
    contact_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("crm_core_customer.id", ondelete="SET NULL")
    )
    pipeline_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_pipeline.id"))
    stage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_stage.id"))
    #: The kind of its stage, one of `STATES`.
    state: Mapped[str] = mapped_column(Text, server_default="open")
    #: What it is worth; with products, their sum.
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    #: ISO 4217; the business's when the deal was made.
    currency: Mapped[str] = mapped_column(Text)
    #: How likely it is won, in percent; follows the stage until somebody knows better.
    probability: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    expected_close_on: Mapped[dt.date | None] = mapped_column(Date)
    #: One of `LOST_REASONS`.
    lost_reason: Mapped[str | None] = mapped_column(Text)
    #: Who else bids for it.
    competitors: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: `{"title": …, "quantity": "2", "unit_price_minor": …}` in order.
    products: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    #: Items of the stages' checklists that are done, as `<stage id>:<item>`.
    ticked: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    note: Mapped[str] = mapped_column(Text, server_default="")
    #: Since when it stands in its stage.
    stage_since: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=_NOW)
    #: When something was last done about it.
    touched_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=_NOW)
    #: When it was won or lost.
    closed_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT)
    #: The purchase it became.
    purchase_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crm_core_purchase.id"))
    #: When its next open task is due: asked of the tasks, so that no way of changing them is missed.
    next_at: ClassVar[Any]


Deal.next_at = column_property(
    select(func.min(Task.due_at))
    .where(Task.deal_id == Deal.id, Task.done_at.is_(None), Task.deleted_at.is_(None))
    .correlate(Deal)
    .scalar_subquery()
)


class DealStage(Base):
    """A deal came into a stage; never changed afterwards."""

    __tablename__ = "crm_core_deal_stage"
    __table_args__ = (
        CheckConstraint("seconds >= 0", name="seconds"),
        Index("ix_crm_core_deal_stage_deal", "deal_id", text("entered_at DESC")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    deal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_deal.id", ondelete="CASCADE"))
    stage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_stage.id"))
    #: Where it came from; None for a new deal.
    from_stage_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crm_core_stage.id"))
    #: How long it had stood there.
    seconds: Mapped[int | None] = mapped_column(BigInteger)
    entered_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=_NOW)
    #: Who moved it, as the core names actors.
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
