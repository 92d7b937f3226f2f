"""A won deal becomes a purchase, once; after a full refund it may become one again."""

from decimal import Decimal

from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.text.i18n import _
from charsu_crm_core.models import Deal, Purchase
from charsu_crm_core.services.purchases import LineDraft, PurchaseDraft, record_purchase


def counting_purchase(session: Session, deal: Deal) -> Purchase | None:
    """The purchase the deal became, unless all of it was paid back."""
    found = session.get(Purchase, deal.purchase_id) if deal.purchase_id is not None else None
    return found if found is not None and found.refunded_minor < found.amount_minor else None


def record_purchase_of(session: Session, deal: Deal) -> Purchase:
    """Record the deal's purchase under a reference of its own, which makes a repetition harmless.

    The deal must be locked. Raises: RuleViolated for a deal that is worth nothing; else as
    `services.purchases.record_purchase`.
    """
    known = counting_purchase(session, deal)
    if known is not None:
        return known
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
        external_ref=":".join(str(part) for part in ("deal", deal.id, deal.purchase_id) if part),
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
