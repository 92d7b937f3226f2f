"""Who may read a member's calendar without signing in: a secret address of her own, stored as its digest."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu_tenants.opaque import digest, new_secret

_PUT = text("""
INSERT INTO core_calendar_feed (member_id, token_hash) VALUES (:member_id, :token_hash)
ON CONFLICT (member_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = now()""")
_CLOSE = text("DELETE FROM core_calendar_feed WHERE member_id = :member_id RETURNING member_id")
_READER = text("""
SELECT f.member_id FROM core_calendar_feed f JOIN core_member m ON m.id = f.member_id AND m.is_active
 WHERE f.token_hash = :token_hash""")
_MADE = text("SELECT created_at FROM core_calendar_feed WHERE member_id = :member_id")


def open_feed(session: Session, member_id: UUID) -> str:
    """Give a member a new secret and return it, this once; the one before stops working at once."""
    secret = new_secret()
    session.execute(_PUT, {"member_id": member_id, "token_hash": digest(secret)})
    return secret


def close_feed(session: Session, member_id: UUID) -> bool:
    """Have a member's feed be read by nobody any more; False where there was none."""
    return session.execute(_CLOSE, {"member_id": member_id}).first() is not None


def reader_of(session: Session, secret: str) -> UUID | None:
    """The member whose feed this secret opens, None for any other text."""
    found: UUID | None = session.scalar(_READER, {"token_hash": digest(secret)})
    return found


def feed_made_at(session: Session, member_id: UUID) -> datetime | None:
    """When the secret in use was made, None without a feed."""
    made_at: datetime | None = session.scalar(_MADE, {"member_id": member_id})
    return made_at
