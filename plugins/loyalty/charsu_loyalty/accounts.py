"""Several accounts of one customer: what merged customers brought along stays on the account it was on.

An account's entries, lots and totals are never moved, so its chain stays whole and a merge can be undone
whatever happened since. The row of the first account (`Held.root`) is the lock of all of them.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from charsu_loyalty import ledger
from charsu_loyalty.errors import InsufficientPoints, RedeemedAlready
from charsu_loyalty.ledger import Debit, Held, Posting
from charsu_loyalty.models import Entry, Lot, Member


@dataclass(frozen=True)
class Share:
    """What one account gives to a debit."""

    account: uuid.UUID
    points: int


def spend(session: Session, held: Held, debit: Debit, *, now: dt.datetime) -> Posting:
    """Redeem over all accounts, nearest expiry first; one entry an account, told as one posting.

    Raises: InsufficientPoints; RedeemedAlready where the key was used for other points.
    """
    replayed = _replayed(session, held, debit)
    if replayed is not None:
        return replayed
    shares = _shares(session, held.accounts, debit)
    available = _available(session, held.accounts, debit.today)
    if sum(share.points for share in shares) < debit.points:
        raise InsufficientPoints(wanted=debit.points, available=available)
    postings = [_post(session, held, share, debit, now=now) for share in shares]
    return replace(
        postings[0],
        customer_id=held.root,
        points=sum(posting.points for posting in postings),
        balance=_balance(session, held.accounts),
        available=available,
    )


def take_back(
    session: Session, held: Held, owner: uuid.UUID, debit: Debit, *, now: dt.datetime
) -> list[Posting]:
    """Reverse points of the account `owner`: its lot first, then all accounts, nearest expiry first.

    What is missing everywhere becomes the shortfall of the owner's entry.
    """
    shares = {share.account: share.points for share in _shares(session, held.accounts, debit)}
    missing = debit.points - sum(shares.values())
    if missing:
        shares[owner] = shares.get(owner, 0) + missing
    return [
        told(session, held, _post(session, held, Share(account, points), debit, now=now, first=owner))
        for account, points in sorted(shares.items(), key=lambda item: item[0] != owner)
    ]


def told(session: Session, held: Held, posting: Posting) -> Posting:
    """The posting as others hear of it: of the customer, with the balance of all accounts."""
    if not held.absorbed:
        return posting
    return replace(posting, customer_id=held.root, balance=_balance(session, held.accounts))


def _post(
    session: Session,
    held: Held,
    share: Share,
    debit: Debit,
    *,
    now: dt.datetime,
    first: uuid.UUID | None = None,
) -> Posting:
    key = _key(debit.cause.source_key, share.account, first or held.root)
    own = replace(
        debit,
        points=share.points,
        cause=replace(debit.cause, source_key=key),
        is_exact=debit.kind == "redeem",
    )
    return ledger.debit(session, share.account, own, now=now)


def _key(source_key: str, account: uuid.UUID, first: uuid.UUID) -> str:
    return source_key if account == first else f"{source_key}:{account}"


def _replayed(session: Session, held: Held, debit: Debit) -> Posting | None:
    keys = [_key(debit.cause.source_key, account, held.root) for account in held.accounts]
    statement = (
        select(Entry.id, Entry.points, Entry.created_at).where(Entry.source_key.in_(keys)).order_by(Entry.id)
    )
    rows = session.execute(statement).all()
    if not rows:
        return None
    points = sum(row.points for row in rows)
    if points != -debit.points:
        raise RedeemedAlready
    return Posting(
        customer_id=held.root,
        kind=debit.kind,
        cause=debit.cause,
        entry_id=rows[0].id,
        points=points,
        shortfall=0,
        balance=_balance(session, held.accounts),
        available=_available(session, held.accounts, debit.today) - points,
        created_at=rows[0].created_at,
        is_replay=True,
    )


def _shares(session: Session, accounts: Sequence[uuid.UUID], debit: Debit) -> list[Share]:
    """How much each account gives, in the order of the ledger's own statement taken over all of them."""
    live = Lot.expires_on.is_(None) | (Lot.expires_on >= debit.today)
    is_first = Lot.id == debit.first_lot_id
    statement = (
        select(Lot.customer_id, Lot.remaining)
        .where(Lot.customer_id.in_(accounts), Lot.remaining > 0, live | is_first)
        .order_by(is_first.desc().nulls_last(), Lot.expires_on.nulls_last(), Lot.earned_at, Lot.id)
    )
    shares: dict[uuid.UUID, int] = {}
    left = debit.points
    for account, remaining in session.execute(statement):
        taken = min(left, remaining)
        if taken:
            shares[account] = shares.get(account, 0) + taken
        left -= taken
    return [Share(account, points) for account, points in shares.items()]


def _available(session: Session, accounts: Sequence[uuid.UUID], today: dt.date) -> int:
    live = Lot.expires_on.is_(None) | (Lot.expires_on >= today)
    statement = select(cast(func.coalesce(func.sum(Lot.remaining), 0), BigInteger))
    return session.execute(statement.where(Lot.customer_id.in_(accounts), live)).scalar_one()


def _balance(session: Session, accounts: Sequence[uuid.UUID]) -> int:
    statement = select(cast(func.sum(Member.balance), BigInteger)).where(Member.customer_id.in_(accounts))
    return session.execute(statement).scalar_one() or 0
