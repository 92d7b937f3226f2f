"""The rules of customers beyond those of single values, on top of the record kit's service."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session
from typing_extensions import override

from charsu.records import RecordService
from charsu.text.folding import fold
from charsu_crm_core.models import CUSTOMER_WORDS, Customer, Purchase


class CustomerService(RecordService[Customer]):
    """Adding, changing, deleting and restoring customers; purchases follow owner and name."""

    @override
    def prepare(self, record: Customer, before: Mapping[str, Any]) -> None:
        """Keep the folds of the tags, which the tag filter compares."""
        record.tag_keys = [fold(tag) for tag in record.tags or ()]

    def saved(self, record: Customer, before: Mapping[str, Any]) -> None:
        """Let the purchases follow: who sees the customer sees them, and her new name finds them."""
        found_by = {item.name for item in self.record_type.fields if item.is_searched}
        if before.keys() & {"owner_id", *found_by}:
            follow_owners(self.session, [record.id])

    def put_back(self, record: Customer, before: Mapping[str, Any]) -> None:
        """As for any other change."""
        self.saved(record, before)


def follow_owners(session: Session, customer_ids: Sequence[uuid.UUID]) -> dict[str, object]:
    """Give the purchases of these customers the owner of their customer and the words she is found by.

    Nothing is needed to undo it: it is done anew from the customers as they are then.
    """
    owner, words = (
        select(column).where(Customer.id == Purchase.customer_id).scalar_subquery()
        for column in (Customer.owner_id, Customer.search_text)
    )
    has_words = func.strpos(Purchase.search_text, CUSTOMER_WORDS) > 0
    found_by = func.split_part(Purchase.search_text, CUSTOMER_WORDS, 1) + CUSTOMER_WORDS + words
    statement = update(Purchase).where(
        Purchase.customer_id.in_(customer_ids),
        or_(
            Purchase.owner_id.is_distinct_from(owner),
            has_words & Purchase.search_text.is_distinct_from(found_by),
        ),
    )
    values = {"owner_id": owner, "search_text": case((has_words, found_by), else_=Purchase.search_text)}
    session.execute(statement.values(values).execution_options(synchronize_session=False))
    return {}
