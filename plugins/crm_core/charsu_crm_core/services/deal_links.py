"""What holds between a deal and what is linked to it."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.text.i18n import _
from charsu_crm_core.models import Deal


def check_deal_of_customer(
    session: Session, deal_id: uuid.UUID | None, customer_id: uuid.UUID | None
) -> None:
    """Refuse a deal of another customer than the one named. Raises RuleViolated on `deal_id`."""
    if deal_id is None:
        return
    owner = session.execute(select(Deal.customer_id).where(Deal.id == deal_id)).scalar_one_or_none()
    if owner != customer_id:
        raise RuleViolated(_("This deal belongs to another customer."), field="deal_id")
