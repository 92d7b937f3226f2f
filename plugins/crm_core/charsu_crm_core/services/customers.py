"""The rules of customers beyond those of single values, on top of the record kit's service."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

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


def follow_owners(session: Session, customer_ids: Sequence[uuid.UUID]) -> dict[str, object]:
    """Give the purchases of these customers the owner of their customer; nothing is needed to undo it."""
    owner = select(Customer.owner_id).where(Customer.id == Purchase.customer_id).scalar_subquery()
    statement = update(Purchase).where(
        Purchase.customer_id.in_(customer_ids), Purchase.owner_id.is_distinct_from(owner)
    )
    session.execute(statement.values(owner_id=owner).execution_options(synchronize_session=False))
    return {}
