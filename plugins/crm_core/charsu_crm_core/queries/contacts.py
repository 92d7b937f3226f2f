"""Who may be the contact person of a deal."""

import uuid

from sqlalchemy import ColumnElement, and_, exists, or_

from charsu.text.calendar import today
from charsu_crm_core.models import Affiliation, Customer


def is_contact_of(customer_id: uuid.UUID) -> ColumnElement[bool]:
    """A criterion for `Customer`: who has a role in this company today, or is this person."""
    has_role = exists().where(
        Affiliation.person_id == Customer.id,
        Affiliation.company_id == customer_id,
        Affiliation.deleted_at.is_(None),
        or_(Affiliation.until_on.is_(None), Affiliation.until_on >= today()),
    )
    return and_(Customer.kind == "person", or_(Customer.id == customer_id, has_role))
