"""Tables of pipelines and their stages: how a business sells, as it set it up itself."""

import uuid

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from charsu.records import Record
from charsu_crm_core.models.checks import one_of

#: What becomes of a deal in a stage.
STATES = ("open", "won", "lost")

_EMPTY = text("'{}'")


class Pipeline(Record):
    """A way of selling with stages of its own, such as retail orders or contracts with firms."""

    __tablename__ = "crm_core_pipeline"
    __table_args__ = (CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name"),)

    name: Mapped[str] = mapped_column(Text)
    #: Its place among the pipelines; new deals go to the first one.
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    #: Whether a deal that is won is recorded as a purchase by itself.
    makes_purchase: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class Stage(Record):
    """A step of a pipeline: a column of its board."""

    __tablename__ = "crm_core_stage"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name"),
        CheckConstraint(one_of("kind", STATES), name="kind"),
        CheckConstraint("probability BETWEEN 0 AND 100", name="probability"),
        CheckConstraint("rotting_days BETWEEN 1 AND 999", name="rotting_days"),
    )

    pipeline_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_pipeline.id"))
    name: Mapped[str] = mapped_column(Text)
    #: Its place in the pipeline, from first contact to the end.
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    #: One of `STATES`.
    kind: Mapped[str] = mapped_column(Text, server_default="open")
    #: How likely a deal here is won, in percent.
    probability: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    #: After so many days without anything done a deal here counts as left lying; None: never.
    rotting_days: Mapped[int | None] = mapped_column(SmallInteger)
    #: Fields of a deal that must be filled here.
    required_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
    #: What must be ticked off before a deal goes on from here.
    checklist: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY)
