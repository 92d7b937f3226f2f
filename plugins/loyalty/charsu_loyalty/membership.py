"""Members as the CRM knows them: who is archived there is no open member here."""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from charsu_crm_core.api import find_customer, lock_customer
from charsu_loyalty import ledger


def hold_member(session: Session, customer_id: uuid.UUID, at: dt.datetime) -> bool:
    """Lock the customer, then the member, who is made one where need be; False for a customer that is gone.

    An archived customer's membership is closed: her purchases and refunds still settle, but nothing can be
    redeemed.
    """
    if not lock_customer(session, customer_id):
        return False
    ledger.enrol(session, customer_id, at)
    if find_customer(session, customer_id) is None:
        ledger.close_membership(session, customer_id, at)
    return True
