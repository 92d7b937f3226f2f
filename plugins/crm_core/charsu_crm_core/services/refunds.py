"""Paying back purchases, whole or part."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.events import emit
from charsu.text.i18n import _
from charsu_crm_core import rules
from charsu_crm_core.events import PurchaseRefunded
from charsu_crm_core.models import Purchase, Refund


def refund_purchase(
    session: Session, purchase_id: uuid.UUID, *, amount_minor: int | None = None, reason: str = ""
) -> Refund:
    """Pay back `amount_minor` of a purchase, or all that is left of it; in the purchase's currency.

    Locks the purchase's row, so refunds of one purchase wait for each other and never exceed it together.
    Emits `PurchaseRefunded` with the total so far. Purchases of archived customers can be refunded too.

    Raises:
        NotFound: there is no such purchase.
        Conflict: nothing is left to refund.
        RuleViolated: the amount is more than what is left.
    """
    purchase = _locked(session, purchase_id)
    left = purchase.amount_minor - purchase.refunded_minor
    if left == 0:
        raise Conflict(_("This purchase is refunded in full already."), code="crm.refunded_already")
    amount = left if amount_minor is None else rules.clean_amount(amount_minor)
    if amount > left:
        raise RuleViolated(
            _("The refund is more than what is left of the purchase."),
            field="amount_minor",
            code="crm.refund_exceeds_purchase",
        )
    purchase.refunded_minor += amount
    refund = Refund(
        purchase_id=purchase.id,
        amount_minor=amount,
        reason=rules.clean_note(reason, field="reason", longest=500),
    )
    session.add(refund)
    session.flush()
    emit(
        PurchaseRefunded(
            refund_id=refund.id,
            purchase_id=purchase.id,
            customer_id=purchase.customer_id,
            amount_minor=amount,
            refunded_minor=purchase.refunded_minor,
            purchase_amount_minor=purchase.amount_minor,
            currency=purchase.currency,
        )
    )
    return refund


def _locked(session: Session, purchase_id: uuid.UUID) -> Purchase:
    statement = (
        select(Purchase)
        .where(Purchase.id == purchase_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    purchase = session.execute(statement).scalar_one_or_none()
    if purchase is None:
        raise NotFound(_("There is no such purchase."))
    return purchase
