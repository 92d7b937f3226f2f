"""What a purchase brought in points, and what a refund of it would do to them."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu_loyalty.purchase_notes import WAITING


@dataclass(frozen=True, kw_only=True)
class PurchasePoints:
    """The points of one purchase as they stand."""

    #: One of `models.OUTCOMES`; `waiting` also before the club has heard of it.
    outcome: str = WAITING
    earned: int = 0
    #: Taken back or to be taken back for refunds so far.
    reversed: int = 0
    expired: int = 0
    account: uuid.UUID | None = None

    @property
    def left(self) -> int:
        """What a refund of all that is left of the purchase would ask back."""
        return self.earned - self.reversed - self.expired


def points_of_purchase(session: Session, purchase_id: uuid.UUID) -> PurchasePoints:
    """Read them, in one statement."""
    row = session.execute(_POINTS, {"purchase_id": purchase_id}).mappings().one_or_none()
    return PurchasePoints(**row) if row else PurchasePoints()


_POINTS = text("""
SELECT n.outcome, n.customer_id AS account, coalesce(e.points, 0)::bigint AS earned, (
        SELECT coalesce(sum(r.shortfall - r.points), 0)::bigint FROM loyalty_entry AS r
        WHERE r.reverses_entry_id = e.id
    ) AS reversed, (
        SELECT coalesce(sum(a.points), 0)::bigint FROM loyalty_allocation AS a
        JOIN loyalty_entry AS x ON x.id = a.entry_id AND x.kind = 'expire'
        JOIN loyalty_lot AS l ON l.id = a.lot_id WHERE l.entry_id = e.id
    ) AS expired
FROM loyalty_purchase AS n LEFT JOIN loyalty_entry AS e ON e.id = n.earn_entry_id
WHERE n.purchase_id = :purchase_id
""")
