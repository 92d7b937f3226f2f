"""The rules of customers beyond those of single values, on top of the record kit's service."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from charsu.records import RecordService
from charsu.text.folding import fold
from charsu_crm_core.models import Customer, Purchase


class CustomerService(RecordService[Customer]):
    """Adding, changing, deleting and restoring customers; what hangs on a customer follows her owner."""

    def prepare(self, record: Customer, before: Mapping[str, Any]) -> None:  # noqa: ARG002 - always anew
        """Keep the folds of the tags, which the tag filter compares."""
        record.tag_keys = [fold(tag) for tag in record.tags or ()]

    def saved(self, record: Customer, before: Mapping[str, Any]) -> None:
        """Let the purchases follow to another owner: who sees the customer sees what she bought."""
        if "owner_id" in before:
            self._hand_over(record.id, record.owner_id)

    def _hand_over(self, customer_id: uuid.UUID, owner_id: uuid.UUID | None) -> None:
        statement = update(Purchase).where(Purchase.customer_id == customer_id).values(owner_id=owner_id)
        self.session.execute(statement.execution_options(synchronize_session=False))
