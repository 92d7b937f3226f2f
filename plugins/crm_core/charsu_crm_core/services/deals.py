"""The rules of deals: the way through the stages, what each stage asks, and what winning and losing mean."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from charsu import clock
from charsu.errors import RuleViolated
from charsu.events import current_actor, emit
from charsu.records import RecordService
from charsu.text.i18n import _
from charsu_crm_core import choices
from charsu_crm_core.events import DealLost, DealMoved, DealWon
from charsu_crm_core.models import MAX_AMOUNT_MINOR, Deal, DealStage, Pipeline, Purchase, Stage
from charsu_crm_core.products import total_of
from charsu_crm_core.services.deal_links import check_contact_of_customer
from charsu_crm_core.services.deal_purchases import counting_purchase, record_purchase_of
from charsu_tenants.context import current_tenant

#: Among the reasons why something stays when a batch is taken back.
PURCHASE_STAYS = "crm.purchase_stays"
_Values = Mapping[str, Any]


class DealService(RecordService[Deal]):
    """Adding deals and leading them through the stages."""

    def prepare(self, record: Deal, before: _Values) -> None:
        """Find the stage, and let state, probability, amount and times follow from it."""
        is_new = record.id is None
        self._place(record, before)
        if is_new:
            record.currency = record.currency or current_tenant().currency
        if record.products:
            record.amount_minor = total_of(record.products)
        if is_new or "stage_id" in before or "pipeline_id" in before:
            self._enter(record, before, is_new=is_new)

    def check(self, record: Deal, before: _Values) -> None:
        """Hold the rules of the stage; being lost needs a reason."""
        stage = self._stage(record.stage_id)
        if stage.pipeline_id != record.pipeline_id:
            raise RuleViolated(_("This stage belongs to another pipeline."), field="stage_id")
        if record.amount_minor is not None and not 0 <= record.amount_minor <= MAX_AMOUNT_MINOR:
            raise RuleViolated(_("This amount is out of range."), field="products")
        is_led_anew = record.id is None or bool(before.keys() & {"customer_id", "contact_id"})
        if is_led_anew and record.contact_id is not None:
            check_contact_of_customer(self.session, record.contact_id, record.customer_id)
        if stage.kind == "lost" and not record.lost_reason:
            raise RuleViolated(_("Say why this deal was lost."), field="lost_reason", code="crm.lost_reason")
        self._check_filled(record, stage)
        if "stage_id" in before and stage.kind != "lost":
            self._check_ticked(record, self._any_stage(before["stage_id"]), stage)

    def saved(self, record: Deal, before: _Values) -> None:
        """Write down each step of the way, tell of it, and record the purchase of what is won."""
        if not before or "stage_id" in before or "pipeline_id" in before:
            self._note_step(record, self._from)
        if "customer_id" in before and record.purchase_id is not None:
            self._refuse_moved_purchase(record)

    def put_back(self, record: Deal, before: _Values) -> str | None:
        """Write down the step back; the purchase a deal became stays, for money moves by a refund alone."""
        if "stage_id" not in before:
            return None
        self.session.add(
            DealStage(
                deal_id=record.id,
                stage_id=record.stage_id,
                from_stage_id=before["stage_id"],
                entered_at=self.now(),
                actor=current_actor().as_json(),
            )
        )
        self.session.flush()
        is_won = record.state == "won"
        return PURCHASE_STAYS if not is_won and counting_purchase(self.session, record) else None

    def tick(self, deal_id: uuid.UUID, item: str, *, is_done: bool) -> Deal:
        """Tick an item of its stage's checklist off, or not.

        Raises: NotFound; RuleViolated for an item its stage does not have.
        """
        deal = self.locked(deal_id)
        stage = self._stage(deal.stage_id)
        if item not in stage.checklist:
            raise RuleViolated(_("There is no such item on the checklist."), field="item")
        key = tick_key(stage.id, item)
        ticked = [one for one in deal.ticked if one != key] + ([key] if is_done else [])
        return self.update(deal_id, {"ticked": ticked})

    def record_purchase(self, deal_id: uuid.UUID) -> Purchase:
        """Record the purchase a won deal became; a second call answers the first one's, unless refunded.

        Raises: NotFound; RuleViolated for a deal that is not won or is worth nothing.
        """
        deal = self.locked(deal_id)
        if deal.state != "won":
            raise RuleViolated(_("Only a deal that is won becomes a purchase."), code="crm.deal_not_won")
        return record_purchase_of(self.session, deal)

    def now(self) -> dt.datetime:
        """When deals are led on: the present, except for samples."""
        return clock.now()

    _from: uuid.UUID | None = None
    _seconds: int | None = None

    def _place(self, record: Deal, before: _Values) -> None:
        """Choose pipeline and stage where only one of them, or none, was said."""
        if record.pipeline_id is None and record.stage_id is None:
            record.pipeline_id = self._first_pipeline()
        if record.stage_id is not None and (record.pipeline_id is None or "pipeline_id" not in before):
            record.pipeline_id = self._stage(record.stage_id).pipeline_id
        elif record.stage_id is None or "stage_id" not in before:
            record.stage_id = self._first_stage(record.pipeline_id)

    def _enter(self, record: Deal, before: _Values, *, is_new: bool) -> None:
        stage, now = self._stage(record.stage_id), self.now()
        self._from, self._seconds = None, None
        if not is_new:
            self._from = before.get("stage_id", record.stage_id)
            self._seconds = max(int((now - record.stage_since).total_seconds()), 0)
        if is_new or "probability" not in before or stage.kind != "open":
            is_said = is_new and record.probability is not None and stage.kind == "open"
            record.probability = record.probability if is_said else stage.probability
        record.state = stage.kind
        record.stage_since = record.touched_at = now
        record.closed_at = None if stage.kind == "open" else now
        if stage.kind != "lost" and "lost_reason" not in before:
            record.lost_reason = None

    def _check_filled(self, record: Deal, stage: Stage) -> None:
        missing = [
            name for name in stage.required_fields if getattr(record, name, None) in (None, "", [], {})
        ]
        if missing:
            titles = _(", ").join(str(choices.REQUIRED_TITLES.get(name, name)) for name in missing)
            raise RuleViolated(
                _("Fill in for the stage “%(stage)s”: %(fields)s.", stage=stage.name, fields=titles),
                field=missing[0],
                code="crm.stage_needs_fields",
            )

    def _check_ticked(self, record: Deal, left: Stage | None, stage: Stage) -> None:
        if left is None or left.pipeline_id != stage.pipeline_id or stage.position <= left.position:
            return
        open_items = [item for item in left.checklist if tick_key(left.id, item) not in record.ticked]
        if open_items:
            raise RuleViolated(
                _(
                    "Before it leaves “%(stage)s”, tick off: %(items)s.",
                    stage=left.name,
                    items=_(", ").join(open_items),
                ),
                field="stage_id",
                code="crm.stage_needs_checklist",
            )

    def _note_step(self, record: Deal, came_from: uuid.UUID | None) -> None:
        self.session.add(
            DealStage(
                deal_id=record.id,
                stage_id=record.stage_id,
                from_stage_id=came_from,
                seconds=self._seconds,
                entered_at=record.stage_since,
                actor=current_actor().as_json(),
            )
        )
        self.session.flush()
        if came_from is not None:
            emit(DealMoved(deal_id=record.id, stage_id=record.stage_id, from_stage_id=came_from))
        if record.state == "won":
            emit(
                DealWon(
                    deal_id=record.id,
                    customer_id=record.customer_id,
                    amount_minor=record.amount_minor,
                    currency=record.currency,
                )
            )
            if record.amount_minor and self._makes_purchase(record.pipeline_id):
                record_purchase_of(self.session, record)
        elif record.state == "lost":
            emit(DealLost(deal_id=record.id, customer_id=record.customer_id, reason=record.lost_reason or ""))

    def _refuse_moved_purchase(self, record: Deal) -> None:
        statement = select(Purchase.customer_id).where(Purchase.id == record.purchase_id)
        if self.session.execute(statement).scalar_one_or_none() != record.customer_id:
            raise RuleViolated(_("Its purchase is recorded for this customer already."), field="customer_id")

    def _stage(self, stage_id: uuid.UUID) -> Stage:
        stage = self._any_stage(stage_id)
        if stage is None or stage.deleted_at is not None:
            raise RuleViolated(_("There is no such stage any more."), field="stage_id")
        return stage

    def _any_stage(self, stage_id: uuid.UUID) -> Stage | None:
        return self.session.get(Stage, stage_id)

    def _first_pipeline(self) -> uuid.UUID:
        statement = (
            select(Pipeline.id)
            .where(Pipeline.deleted_at.is_(None))
            .order_by(Pipeline.position, Pipeline.created_at)
            .limit(1)
        )
        found: uuid.UUID | None = self.session.execute(statement).scalar_one_or_none()
        if found is None:
            raise RuleViolated(_("Set up a pipeline first."), field="pipeline_id", code="crm.no_pipeline")
        return found

    def _first_stage(self, pipeline_id: uuid.UUID) -> uuid.UUID:
        statement = (
            select(Stage.id)
            .where(Stage.pipeline_id == pipeline_id, Stage.kind == "open", Stage.deleted_at.is_(None))
            .order_by(Stage.position, Stage.created_at)
            .limit(1)
        )
        found: uuid.UUID | None = self.session.execute(statement).scalar_one_or_none()
        if found is None:
            raise RuleViolated(_("This pipeline has no open stage yet."), field="pipeline_id")
        return found

    def _makes_purchase(self, pipeline_id: uuid.UUID) -> bool:
        statement = select(Pipeline.makes_purchase).where(Pipeline.id == pipeline_id)
        return bool(self.session.execute(statement).scalar_one())


def tick_key(stage_id: uuid.UUID, item: str) -> str:
    """How `Deal.ticked` names an item of a stage's checklist."""
    return f"{stage_id}:{item}"
