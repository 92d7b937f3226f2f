"""The proof of the ledger: every kept figure recomputed from the append-only entries. Repairs nothing."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

#: What `verify_ledger` compares, by the name a mismatch carries.
CHECKS = {
    "balance": "the balance of a member and the sum of the entries",
    "lots": "the balance of a member and what remains in the lots",
    "earned": "the member's total of points earned and the entries",
    "redeemed": "the member's total of points redeemed and the entries",
    "reversed": "the member's total of points reversed and the entries",
    "expired": "the member's total of points expired and the entries",
    "sequence": "the number of the last entry and the count of entries",
    "chain": "the balance an entry wrote down and the sum of the entries up to it",
    "lot": "what remains in a lot and its points less those allocated to debits",
    "allocation": "the points of a debit and those allocated from lots",
    "credit": "the points of a credit and its lot",
    "accounts": "the accounts a customer owns by merges and those that say so themselves",
    "over_reversed": "the points taken back for a purchase and those it earned",
}


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One kept figure that is not what the entries say."""

    customer_id: uuid.UUID
    #: A key of `CHECKS`.
    check: str
    stored: int
    computed: int


def verify_ledger(session: Session, customer_id: uuid.UUID | None = None) -> list[Mismatch]:
    """Return every difference, of one member or of all; an empty list proves the ledger right.

    One statement, so one snapshot: postings going on at the same time are no differences.
    """
    rows = session.execute(_VERIFY, {"customer_id": customer_id}).mappings().all()
    return [Mismatch(**row) for row in rows]


def balance_at(session: Session, customer_id: uuid.UUID, instant: dt.datetime) -> int:
    """Return the balance a member had at `instant`, recomputed from the entries; the past never changes."""
    values = {"customer_id": customer_id, "instant": instant}
    balance: int = session.execute(_BALANCE_AT, values).scalar_one()
    return balance


_BALANCE_AT = text("""
SELECT coalesce(sum(points), 0)::bigint FROM loyalty_entry
WHERE customer_id = :customer_id AND created_at <= :instant
""")

_VERIFY = text("""
WITH member AS (
    SELECT * FROM loyalty_member WHERE customer_id = coalesce(CAST(:customer_id AS uuid), customer_id)
),
entry AS (
    SELECT e.*, sum(e.points) OVER (PARTITION BY e.customer_id ORDER BY e.seq)::bigint AS running
    FROM loyalty_entry AS e JOIN member USING (customer_id)
),
total AS (
    SELECT customer_id, sum(points) AS balance, count(*) AS entries,
        coalesce(sum(points) FILTER (WHERE kind = 'earn'), 0) AS earned,
        coalesce(-sum(points) FILTER (WHERE kind = 'redeem'), 0) AS redeemed,
        coalesce(-sum(points) FILTER (WHERE kind = 'reverse'), 0) AS reversed,
        coalesce(-sum(points) FILTER (WHERE kind = 'expire'), 0) AS expired
    FROM entry GROUP BY customer_id
),
lot AS (
    SELECT l.customer_id, l.entry_id, l.points, l.remaining,
        l.points - coalesce(sum(a.points), 0) AS left_over
    FROM loyalty_lot AS l
    JOIN member USING (customer_id)
    LEFT JOIN loyalty_allocation AS a ON a.lot_id = l.id
    GROUP BY l.id
),
compared AS (
    SELECT m.customer_id, c.name, c.stored, c.computed
    FROM member AS m
    LEFT JOIN total AS t USING (customer_id)
    LEFT JOIN (SELECT customer_id, sum(remaining) AS remaining FROM lot GROUP BY customer_id) AS s
        USING (customer_id)
    CROSS JOIN LATERAL (VALUES
        ('balance', m.balance, coalesce(t.balance, 0)),
        ('lots', m.balance, coalesce(s.remaining, 0)),
        ('earned', m.earned_total, coalesce(t.earned, 0)),
        ('redeemed', m.redeemed_total, coalesce(t.redeemed, 0)),
        ('reversed', m.reversed_total, coalesce(t.reversed, 0)),
        ('expired', m.expired_total, coalesce(t.expired, 0)),
        ('sequence', m.entry_count, coalesce(t.entries, 0)),
        ('accounts', cardinality(m.absorbed) + (m.merged_into IS NOT NULL)::int, (
            SELECT count(*) FROM loyalty_member AS o
            WHERE o.merged_into = m.customer_id AND o.customer_id = ANY (m.absorbed)
                OR o.customer_id = m.merged_into AND m.customer_id = ANY (o.absorbed)
        ))
    ) AS c (name, stored, computed)
    UNION ALL
    SELECT customer_id, 'chain', balance_after, running FROM entry
    UNION ALL
    SELECT customer_id, 'lot', remaining, left_over FROM lot
    UNION ALL
    SELECT e.customer_id, 'allocation', -e.points, coalesce(sum(a.points), 0)
    FROM entry AS e LEFT JOIN loyalty_allocation AS a ON a.entry_id = e.id
    WHERE e.kind <> 'earn' GROUP BY e.id, e.customer_id, e.points
    UNION ALL
    SELECT e.customer_id, 'credit', e.points, coalesce(l.points, 0)
    FROM entry AS e LEFT JOIN lot AS l ON l.entry_id = e.id WHERE e.kind = 'earn'
    UNION ALL
    SELECT r.customer_id, 'over_reversed', sum(r.shortfall - r.points),
        least(sum(r.shortfall - r.points), o.points)
    FROM entry AS r JOIN loyalty_entry AS o ON o.id = r.reverses_entry_id
    GROUP BY r.customer_id, o.id, o.points
)
SELECT customer_id, name AS check, stored::bigint AS stored, computed::bigint AS computed
FROM compared WHERE stored <> computed ORDER BY customer_id, name
""")
