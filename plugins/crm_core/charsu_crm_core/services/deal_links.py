"""What holds between a deal and what is linked to it."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.text.i18n import _
from charsu_crm_core.models import Customer, Deal
from charsu_crm_core.queries.contacts import is_contact_of


def check_deal_of_customer(
    session: Session, deal_id: uuid.UUID | None, customer_id: uuid.UUID | None
) -> None:
    """Refuse a deal of another customer than the one named. Raises RuleViolated on `deal_id`."""
    if deal_id is None:
        return
    owner = session.execute(select(Deal.customer_id).where(Deal.id == deal_id)).scalar_one_or_none()
    if owner != customer_id:
        raise RuleViolated(_("This deal belongs to another customer."), field="deal_id")


def check_contact_of_customer(session: Session, contact_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Refuse a contact person of somebody else. Raises RuleViolated on `contact_id`."""
    statement = select(Customer.id).where(Customer.id == contact_id, is_contact_of(customer_id))
    if session.execute(statement).first() is None:
        raise RuleViolated(
            _("This person has no role in the company of this deal. Choose another one, or none."),
            field="contact_id",
            code="crm.contact_of_another",
        )
