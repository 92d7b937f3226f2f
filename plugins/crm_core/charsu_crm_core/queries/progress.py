"""How far a business has come with the CRM: what the getting-started list asks."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from charsu_crm_core.models import Customer, Purchase


def has_own_customer(session: Session) -> bool:
    """Whether a customer was added who is not of the sample."""
    return bool(session.execute(select(exists().where(Customer.is_sample.is_(False)))).scalar_one())


def has_own_purchase(session: Session) -> bool:
    """Whether a purchase of such a customer was recorded."""
    mine = exists().where(Purchase.customer_id == Customer.id, Customer.is_sample.is_(False))
    return bool(session.execute(select(mine)).scalar_one())
