"""Tells the other modules what was posted, one event an entry, in the transaction that posted it."""

from uuid import UUID

from charsu.events import Event, emit
from charsu_loyalty.events import PointsEarned, PointsExpired, PointsGiven, PointsRedeemed, PointsReversed
from charsu_loyalty.giving import GIFT
from charsu_loyalty.ledger import Posting


def announce(posting: Posting) -> None:
    """Emit the event of a posting; none for a replay or where nothing was written."""
    if posting.entry_id is not None and not posting.is_replay:
        emit(_EVENTS[posting.kind](posting, posting.entry_id))


def _earned(posting: Posting, entry_id: UUID) -> Event:
    if posting.cause.source_type == GIFT:
        return PointsGiven(
            entry_id=entry_id,
            customer_id=posting.customer_id,
            points=posting.points,
            balance=posting.balance,
            reason=posting.reason,
        )
    return PointsEarned(
        entry_id=entry_id,
        customer_id=posting.customer_id,
        points=posting.points,
        balance=posting.balance,
        purchase_id=UUID(posting.cause.source_id),
    )


def _redeemed(posting: Posting, entry_id: UUID) -> Event:
    return PointsRedeemed(
        entry_id=entry_id,
        customer_id=posting.customer_id,
        points=-posting.points,
        balance=posting.balance,
        reason=posting.cause.reason,
    )


def _reversed(posting: Posting, entry_id: UUID) -> Event:
    return PointsReversed(
        entry_id=entry_id,
        customer_id=posting.customer_id,
        points=-posting.points,
        shortfall=posting.shortfall,
        balance=posting.balance,
        purchase_id=UUID(posting.cause.source_id),
    )


def _expired(posting: Posting, entry_id: UUID) -> Event:
    return PointsExpired(
        entry_id=entry_id,
        customer_id=posting.customer_id,
        points=-posting.points,
        balance=posting.balance,
    )


_EVENTS = {"earn": _earned, "redeem": _redeemed, "reverse": _reversed, "expire": _expired}
