"""Reading pipelines, stages and what the board shows of deals beyond their fields."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charsu import clock
from charsu.records import Column
from charsu_crm_core.choices import STATE_TONES
from charsu_crm_core.models import Deal, Pipeline, Stage


@dataclass(frozen=True)
class CardFacts:
    """What a card of the board says of an open deal: whether it is left lying, and what comes next."""

    #: Days in its stage.
    days: int
    is_rotting: bool
    next_at: dt.datetime | None
    is_overdue: bool
    is_open: bool


def list_pipelines(session: Session) -> Sequence[Pipeline]:
    """The pipelines in their order."""
    statement = (
        select(Pipeline).where(Pipeline.deleted_at.is_(None)).order_by(Pipeline.position, Pipeline.created_at)
    )
    return session.execute(statement).scalars().all()


def list_stages(session: Session, pipeline_id: uuid.UUID | None = None) -> Sequence[Stage]:
    """The stages of a pipeline, or of all, in their order."""
    statement = (
        select(Stage)
        .join(Pipeline, Pipeline.id == Stage.pipeline_id)
        .where(Stage.deleted_at.is_(None), Pipeline.deleted_at.is_(None))
        .order_by(Pipeline.position, Pipeline.created_at, Stage.position, Stage.created_at)
    )
    if pipeline_id is not None:
        statement = statement.where(Stage.pipeline_id == pipeline_id)
    return session.execute(statement).scalars().all()


def board_groups(session: Session) -> list[tuple[str, str]]:
    """The pipelines as groups of the board."""
    return [(str(item.id), item.name) for item in list_pipelines(session)]


def board_columns(session: Session, group: str | None) -> list[Column]:
    """The stages of a pipeline as columns; of the first one where none is chosen."""
    chosen = uuid.UUID(group) if group else next((item.id for item in list_pipelines(session)), None)
    if chosen is None:
        return []
    return [
        Column(
            value=str(stage.id),
            title=stage.name,
            tone=STATE_TONES[stage.kind] if stage.kind != "open" else "",
            is_closed=stage.kind != "open",
        )
        for stage in list_stages(session, chosen)
    ]


def card_facts(session: Session, ids: list[uuid.UUID]) -> Mapping[uuid.UUID, CardFacts]:
    """Facts of the shown cards, in one statement."""
    now = clock.now()
    statement = (
        select(Deal.id, Deal.state, Deal.stage_since, Deal.touched_at, Deal.next_at, Stage.rotting_days)
        .join(Stage, Stage.id == Deal.stage_id)
        .where(Deal.id.in_(ids))
    )
    return {
        row.id: CardFacts(
            days=(now - row.stage_since).days,
            is_rotting=row.state == "open"
            and row.rotting_days is not None
            and now - row.touched_at > dt.timedelta(days=row.rotting_days),
            next_at=row.next_at,
            is_overdue=row.next_at is not None and row.next_at < now,
            is_open=row.state == "open",
        )
        for row in session.execute(statement)
    }


def deal_counts(session: Session) -> Mapping[uuid.UUID, int]:
    """How many deals stand in each stage."""
    statement = select(Deal.stage_id, func.count()).where(Deal.deleted_at.is_(None)).group_by(Deal.stage_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def neighbour(session: Session, stage: Stage, *, is_before: bool) -> Stage | None:
    """The stage before this one in its pipeline, or the one behind it; None at the ends."""
    stages = list(list_stages(session, stage.pipeline_id))
    place = [item.id for item in stages].index(stage.id) + (-1 if is_before else 1)
    return stages[place] if 0 <= place < len(stages) else None
