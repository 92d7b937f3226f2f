"""The SQL of the ledger. Each statement runs while the member's row is held by the same transaction.

A posting is one statement, so that a redemption costs two round trips (lock, post) however many lots it takes
from. The parts of a WITH see the same snapshot, taken after the lock was given.
"""

ENROL = """
INSERT INTO loyalty_member (customer_id, joined_at) VALUES (:customer_id, :joined_at)
ON CONFLICT (customer_id) DO NOTHING
"""

#: The account of whom this one was merged into, where it was; its row comes as it is once the lock is given.
LOCK = """
SELECT m.customer_id, m.closed_at IS NULL AS is_open, m.merged_into, m.absorbed FROM loyalty_member AS m
WHERE m.customer_id = (
    SELECT coalesce(merged_into, customer_id) FROM loyalty_member WHERE customer_id = :customer_id
) FOR NO KEY UPDATE OF m
"""

CLOSE = """
UPDATE loyalty_member SET closed_at = coalesce(closed_at, :closed_at) WHERE customer_id = :customer_id
"""

OPEN = """
UPDATE loyalty_member SET closed_at = NULL WHERE customer_id = ANY (:customer_ids) AND closed_at IS NOT NULL
"""

CLOSE_OTHERS = """
UPDATE loyalty_member SET closed_at = :closed_at WHERE closed_at IS NULL AND merged_into IS NULL
    AND customer_id <> ALL (:live)
"""

CREDIT = """
WITH existing AS (
    SELECT id, points, shortfall, balance_after, created_at FROM loyalty_entry
    WHERE source_key = :source_key AND customer_id = :customer_id
),
member AS (
    UPDATE loyalty_member SET
        balance = balance + :points,
        earned_total = earned_total + :points,
        entry_count = entry_count + 1,
        last_entry_at = greatest(last_entry_at, CAST(:now AS timestamptz))
    WHERE customer_id = :customer_id AND NOT EXISTS (SELECT FROM existing)
    RETURNING customer_id, balance, entry_count, last_entry_at
),
entry AS (
    INSERT INTO loyalty_entry (
        customer_id, seq, kind, points, balance_after, shortfall, source_type, source_id, source_key,
        reverses_entry_id, basis, reason, actor, occurred_at, created_at
    )
    SELECT customer_id, entry_count, 'earn', :points, balance, 0, :source_type, :source_id, :source_key,
        CAST(:reverses AS uuid), :basis, :reason, :actor, CAST(:occurred_at AS timestamptz), last_entry_at
    FROM member
    RETURNING id, customer_id, points, shortfall, balance_after, occurred_at, created_at
),
lot AS (
    INSERT INTO loyalty_lot (customer_id, entry_id, points, remaining, earned_at, expires_on)
    SELECT customer_id, id, points, points, occurred_at, CAST(:expires_on AS date) FROM entry
)
SELECT id AS entry_id, points, shortfall, balance_after AS balance, 0 AS available, created_at,
    false AS is_replay FROM entry
UNION ALL
SELECT id, points, shortfall, balance_after, 0, created_at, true FROM existing
"""

DEBIT = """
WITH existing AS (
    SELECT id, points, shortfall, balance_after, created_at FROM loyalty_entry
    WHERE source_key = :source_key AND customer_id = :customer_id
),
usable AS (
    SELECT id, remaining, sum(remaining) OVER (
        ORDER BY id = CAST(:first_lot AS uuid) DESC, expires_on NULLS LAST, earned_at, id
        ROWS UNBOUNDED PRECEDING
    ) - remaining AS before
    FROM loyalty_lot
    WHERE customer_id = :customer_id AND remaining > 0 AND (
        id = CAST(:first_lot AS uuid)
        OR NOT CAST(:only_first AS boolean) AND (expires_on IS NULL OR expires_on >= CAST(:today AS date))
    )
),
stock AS (SELECT coalesce(sum(remaining), 0)::bigint AS available FROM usable),
plan AS (
    SELECT available, CASE
        WHEN EXISTS (SELECT FROM existing) THEN 0
        WHEN CAST(:is_exact AS boolean) AND available < :wanted THEN 0
        ELSE least(available, :wanted)
    END AS taken
    FROM stock
),
picked AS (
    SELECT usable.id, least(usable.remaining, plan.taken - usable.before)::bigint AS points
    FROM usable, plan WHERE usable.before < plan.taken
),
moved AS (
    UPDATE loyalty_lot SET remaining = loyalty_lot.remaining - picked.points
    FROM picked WHERE loyalty_lot.id = picked.id
),
member AS (
    UPDATE loyalty_member SET
        balance = balance - taken,
        redeemed_total = redeemed_total + CASE CAST(:kind AS text) WHEN 'redeem' THEN taken ELSE 0 END,
        reversed_total = reversed_total + CASE CAST(:kind AS text) WHEN 'reverse' THEN taken ELSE 0 END,
        expired_total = expired_total + CASE CAST(:kind AS text) WHEN 'expire' THEN taken ELSE 0 END,
        entry_count = entry_count + 1,
        last_entry_at = greatest(last_entry_at, CAST(:now AS timestamptz))
    FROM plan
    WHERE customer_id = :customer_id AND NOT EXISTS (SELECT FROM existing)
        AND (taken > 0 OR CAST(:kind AS text) = 'reverse' AND :wanted > 0)
    RETURNING customer_id, balance, entry_count, last_entry_at, taken
),
entry AS (
    INSERT INTO loyalty_entry (
        customer_id, seq, kind, points, balance_after, shortfall, source_type, source_id, source_key,
        reverses_entry_id, basis, reason, actor, occurred_at, created_at
    )
    SELECT customer_id, entry_count, CAST(:kind AS text), -taken, balance,
        CASE CAST(:kind AS text) WHEN 'reverse' THEN :wanted - taken ELSE 0 END,
        :source_type, :source_id, :source_key,
        CAST(:reverses AS uuid), :basis, :reason, :actor, CAST(:occurred_at AS timestamptz), last_entry_at
    FROM member
    RETURNING id, points, shortfall, balance_after, created_at
),
allocation AS (
    INSERT INTO loyalty_allocation (entry_id, lot_id, points)
    SELECT entry.id, picked.id, picked.points FROM entry, picked
)
SELECT posted.id AS entry_id, coalesce(posted.points, 0) AS points,
    coalesce(posted.shortfall, 0) AS shortfall,
    coalesce(posted.balance_after, held.balance) AS balance, stock.available, posted.created_at,
    coalesce(posted.is_replay, false) AS is_replay
FROM stock
JOIN loyalty_member AS held ON held.customer_id = :customer_id
LEFT JOIN (
    SELECT id, points, shortfall, balance_after, created_at, false AS is_replay FROM entry
    UNION ALL
    SELECT id, points, shortfall, balance_after, created_at, true FROM existing
) AS posted ON true
"""
