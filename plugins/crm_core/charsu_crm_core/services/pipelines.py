"""The rules of pipelines and stages: nothing is taken away or turned round that deals stand in."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from charsu.errors import RuleViolated
from charsu.records import RecordService
from charsu.text.i18n import ngettext
from charsu_crm_core.models import Deal, Pipeline, Stage


class PipelineService(RecordService[Pipeline]):
    """Ways of selling."""

    def prepare(self, record: Pipeline, before: Mapping[str, Any]) -> None:
        """A new pipeline stands last."""
        if not before and not record.position:
            last = select(func.coalesce(func.max(Pipeline.position), 0)).where(Pipeline.deleted_at.is_(None))
            record.position = self.session.execute(last).scalar_one() + 1

    def delete(self, record_id: uuid.UUID) -> uuid.UUID:
        """Put an empty pipeline into the bin with its stages. Raises RuleViolated where it has deals."""
        self.locked(record_id, "delete")
        _refuse_deals(self, Deal.pipeline_id == record_id)
        return super().delete(record_id)


class StageService(RecordService[Stage]):
    """Steps of a pipeline."""

    def prepare(self, record: Stage, before: Mapping[str, Any]) -> None:
        """A new stage stands last; what is won is certain, what is lost hopeless."""
        if not before and not record.position:
            last = select(func.coalesce(func.max(Stage.position), 0)).where(
                Stage.pipeline_id == record.pipeline_id, Stage.deleted_at.is_(None)
            )
            record.position = self.session.execute(last).scalar_one() + 1
        if record.kind != "open":
            record.probability = 100 if record.kind == "won" else 0
            record.rotting_days = None

    def check(self, record: Stage, before: Mapping[str, Any]) -> None:
        """The deals in it stay what they are: open, won or lost, and in their pipeline."""
        if record.id is not None and before.keys() & {"kind", "pipeline_id"}:
            _refuse_deals(self, Deal.stage_id == record.id)

    def delete(self, record_id: uuid.UUID) -> uuid.UUID:
        """Put an empty stage into the bin. Raises RuleViolated where deals stand in it."""
        self.locked(record_id, "delete")
        _refuse_deals(self, Deal.stage_id == record_id)
        return super().delete(record_id)


def _refuse_deals(service: RecordService[Any], condition: ColumnElement[bool]) -> None:
    statement = select(func.count()).where(condition, Deal.deleted_at.is_(None))
    count = service.session.execute(statement).scalar_one()
    if count:
        message = ngettext(
            "%(num)s deal stands here; move it first.", "%(num)s deals stand here; move them first.", count
        )
        raise RuleViolated(message, code="crm.stage_in_use")
