"""A won deal becomes a purchase, once."""

from decimal import Decimal

from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.text.i18n import _
from charsu_crm_core.models import Deal, Purchase
from charsu_crm_core.services.purchases import LineDraft, PurchaseDraft, record_purchase


def record_purchase_of(session: Session, deal: Deal) -> Purchase:
    """Record the deal's purchase under a reference of its own, which makes a repetition harmless.

    The deal must be locked. Raises: RuleViolated for a deal that is worth nothing; else as
    `services.purchases.record_purchase`.
    """
    if deal.purchase_id is not None:
        return session.get_one(Purchase, deal.purchase_id)
    if not deal.amount_minor:
        raise RuleViolated(
            _("A purchase needs an amount; fill in what the deal is worth."), field="amount_minor"
        )
    draft = PurchaseDraft(
        customer_id=deal.customer_id,
        amount_minor=deal.amount_minor,
        currency=deal.currency,
        occurred_at=deal.closed_at,
        channel="other",
        external_ref=f"deal:{deal.id}",
        note=deal.title,
        lines=[
            LineDraft(
                title=item["title"],
                quantity=Decimal(item["quantity"]),
                unit_price_minor=item["unit_price_minor"],
            )
            for item in deal.products
        ],
    )
    purchase = record_purchase(session, draft)
    deal.purchase_id = purchase.id
    session.flush()
    return purchase
