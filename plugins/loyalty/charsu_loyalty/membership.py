"""Members as the CRM knows them: who is in the bin there is no open member here."""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from charsu_crm_core.api import find_customer, lock_customer
from charsu_loyalty import ledger


def hold_member(session: Session, customer_id: uuid.UUID, at: dt.datetime) -> bool:
    """Lock the customer, then the member, who is made one where need be; False for a customer that is gone.

    A deleted customer's membership is closed: her purchases and refunds still settle, but nothing can be
    redeemed.
    """
    if not lock_customer(session, customer_id):
        return False
    held = ledger.enrol(session, customer_id, at)
    _follow(session, held.root, at)
    return True


def follow_customer(session: Session, customer_id: uuid.UUID, at: dt.datetime) -> None:
    """End the membership of a customer in the bin and open that of one who is back.

    Looks at the customer as she is now, so that it does not matter in which order the events come.
    """
    if lock_customer(session, customer_id) and (held := ledger.lock_member(session, customer_id)):
        _follow(session, held.root, at)


def _follow(session: Session, customer_id: uuid.UUID, at: dt.datetime) -> None:
    """By the customer who owns the accounts: one that was merged is gone, her points are not."""
    if find_customer(session, customer_id) is None:
        ledger.close_membership(session, customer_id, at)
    else:
        ledger.open_memberships(session, [customer_id])
