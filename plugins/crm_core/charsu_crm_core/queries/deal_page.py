"""What the page of a deal shows beyond its fields: the way it came, the checklist, its products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from charsu import clock
from charsu.plugins import HookContext
from charsu.records import RecordAccess
from charsu_crm_core import choices, rules
from charsu_crm_core.models import Deal, DealStage, Pipeline, Stage
from charsu_crm_core.queries.pipelines import card_facts, list_stages
from charsu_crm_core.queries.what_next import what_next_of
from charsu_crm_core.services.deal_purchases import counting_purchase
from charsu_crm_core.services.deals import tick_key
from charsu_crm_core.summaries import find_customer


@dataclass(frozen=True)
class ProductLine:
    """An article of the deal with what it costs in all."""

    title: str
    quantity: Decimal
    unit_price_minor: int
    total_minor: int


def deal_facts(ctx: HookContext, access: RecordAccess, deal: Deal) -> Mapping[str, Any]:
    """The stages with its place among them, its checklist, its products, and the time in each stage."""
    session = ctx.session
    stages = list_stages(session, deal.pipeline_id)
    here = next((stage for stage in stages if stage.id == deal.stage_id), None)
    return {
        "stages": stages,
        "here_stage": here,
        "checklist": _checklist(deal, here),
        "products": [_line(item) for item in deal.products],
        "steps": _steps(session, deal),
        "deal_facts": card_facts(session, [deal.id]).get(deal.id),
        "customer": find_customer(session, deal.customer_id),
        "pipeline": session.get(Pipeline, deal.pipeline_id),
        "counting_purchase": counting_purchase(session, deal),
        "lost_reasons": list(choices.LOST_TITLES.items()),
        "follow_up": what_next_of(session, access, deal.id),
        "now": clock.now(),
    }


def _checklist(deal: Deal, stage: Stage | None) -> Sequence[tuple[str, bool]]:
    if stage is None:
        return []
    return [(item, tick_key(stage.id, item) in deal.ticked) for item in stage.checklist]


def _line(item: Mapping[str, Any]) -> ProductLine:
    quantity = Decimal(item["quantity"])
    price = item["unit_price_minor"]
    return ProductLine(item["title"], quantity, price, rules.line_total(quantity, price))


def _steps(session: Session, deal: Deal) -> Sequence[Any]:
    """Each stage it has left, the last one first, with the seconds it stood there."""
    left = aliased(Stage)
    statement = (
        select(DealStage.entered_at, DealStage.seconds, Stage.name, left.name.label("left"))
        .join(Stage, Stage.id == DealStage.stage_id)
        .outerjoin(left, left.id == DealStage.from_stage_id)
        .where(DealStage.deal_id == deal.id)
        .order_by(DealStage.entered_at.desc(), DealStage.id.desc())
        .limit(20)
    )
    return session.execute(statement).all()
