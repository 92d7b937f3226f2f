"""The table of interactions."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from charsu.records import Record
from charsu_crm_core.models.checks import longest, one_of

INTERACTION_KINDS = ("call", "email", "meeting", "message", "note")
OUTCOMES = ("reached", "no_answer", "busy", "call_back", "interested", "not_interested", "done")


class Interaction(Record):
    """A call, an e-mail, a meeting, a message or a note: what was said with a customer, and what follows."""

    __tablename__ = "crm_core_interaction"
    __table_args__ = (
        CheckConstraint(one_of("kind", INTERACTION_KINDS), name="kind"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("char_length(subject) BETWEEN 1 AND 200", name="subject"),
        CheckConstraint(longest("text", 4000), name="text"),
        CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
    )

    #: One of `INTERACTION_KINDS`.
    kind: Mapped[str] = mapped_column(Text)
    #: `in`: the customer came to us; `out`: we to her; nothing for notes.
    direction: Mapped[str | None] = mapped_column(Text)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_customer.id"))
    deal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crm_core_deal.id"))
    happened_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: What it was about; taken from the text where nobody wrote one.
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, server_default="")
    #: One of `OUTCOMES`.
    outcome: Mapped[str | None] = mapped_column(Text)
    #: What is to be done next, and on which day: together they make a task.
    next_step: Mapped[str | None] = mapped_column(Text)
    next_on: Mapped[dt.date | None] = mapped_column(Date)
    #: The task they made.
    task_id: Mapped[uuid.UUID | None] = mapped_column()
