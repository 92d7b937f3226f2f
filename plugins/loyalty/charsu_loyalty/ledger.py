"""The points ledger: the only code that writes members, entries, lots and allocations. Emits no events.

Every writer locks the member's row first (`lock_member`, `enrol`) and posts with a second statement, which in
READ COMMITTED sees everything that was committed before the lock was given: no balance is ever read before
the lock and used after it. A posting whose `source_key` exists already changes nothing and answers with the
first one.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from charsu.errors import Conflict
from charsu.text.i18n import gettext as _
from charsu_loyalty.statements import CLOSE, CLOSE_OTHERS, CREDIT, DEBIT, ENROL, LOCK, OPEN


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why points move: what happened, when, by whom, and the key that makes a replay harmless."""

    source_type: str
    source_id: str
    source_key: str
    occurred_at: dt.datetime
    basis: Mapping[str, Any] | None = None
    reason: str = ""
    actor: Mapping[str, Any] | None = None
    reverses_entry_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Posting:
    """What a call did to a member's points."""

    customer_id: uuid.UUID
    kind: str
    cause: Cause
    #: None when nothing was written: not enough points, or nothing to take.
    entry_id: uuid.UUID | None
    #: Signed, as the entry has it.
    points: int
    shortfall: int
    #: After the entry; without one, as it stands.
    balance: int
    #: What could have been taken before; 0 for a credit.
    available: int
    created_at: dt.datetime | None
    #: The entry was there already.
    is_replay: bool

    @property
    def basis(self) -> Mapping[str, Any] | None:
        """The figures behind the points."""
        return self.cause.basis

    @property
    def reason(self) -> str:
        """What the points were spent for."""
        return self.cause.reason


@dataclass(frozen=True, kw_only=True)
class Debit:
    """Points to take from a member, nearest expiry first, then oldest, those that never expire last."""

    kind: Literal["redeem", "reverse", "expire"]
    points: int
    #: Lots that ended before this local day are no longer spendable.
    today: dt.date
    cause: Cause
    #: Take all or nothing; else as much as there is, the rest becomes the entry's shortfall.
    is_exact: bool = False
    #: This lot first, whatever its expiry.
    first_lot_id: uuid.UUID | None = None
    #: No other lot than `first_lot_id`.
    is_only_first_lot: bool = False


@dataclass(frozen=True)
class Held:
    """A customer's accounts of points, held until the transaction ends."""

    #: The customer's own account.
    root: uuid.UUID
    #: Whether points can be redeemed.
    is_open: bool
    #: Accounts of customers that were merged into this one.
    absorbed: tuple[uuid.UUID, ...] = ()

    @property
    def accounts(self) -> tuple[uuid.UUID, ...]:
        """All of them."""
        return (self.root, *self.absorbed)


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Points to give to a member, as a new lot."""

    points: int
    expires_on: dt.date | None
    cause: Cause


def enrol(session: Session, customer_id: uuid.UUID, joined_at: dt.datetime) -> Held:
    """Make the customer a member unless already one, and hold the member's row until the transaction ends."""
    session.execute(_ENROL, {"customer_id": customer_id, "joined_at": joined_at})
    held = lock_member(session, customer_id)
    if held is None:
        raise LookupError(f"the account {customer_id} is gone in the moment it was made")
    return held


def enrol_all(session: Session, customer_ids: Iterable[uuid.UUID], joined_at: dt.datetime) -> None:
    """Make customers members who are not yet; one round trip for all."""
    rows = [{"customer_id": customer_id, "joined_at": joined_at} for customer_id in customer_ids]
    if rows:
        session.execute(_ENROL, rows)


def lock_member(session: Session, customer_id: uuid.UUID) -> Held | None:
    """Hold the member's row until the transaction ends; None when the customer is no member.

    Of an account that was merged into another one, that one's row: it is the lock of all accounts of a
    customer. Raises: Conflict when merges and their undoing keep moving the account meanwhile.
    """
    for _attempt in range(_ATTEMPTS):
        row = session.execute(_LOCK, {"customer_id": customer_id}).one_or_none()
        if row is None:
            return None
        if row.merged_into is None and customer_id in (row.customer_id, *row.absorbed):
            return Held(row.customer_id, row.is_open, tuple(row.absorbed))
    raise Conflict(_("This customer is being merged just now. Please try again."), code="busy")


def close_membership(session: Session, customer_id: uuid.UUID, closed_at: dt.datetime) -> None:
    """End a membership: the points stay in the ledger and can not be redeemed any more."""
    values = {"customer_id": customer_id, "closed_at": closed_at}
    session.execute(_CLOSE, values)


def open_memberships(session: Session, customer_ids: Iterable[uuid.UUID]) -> None:
    """Let those who were ended be members again, with the points they had."""
    session.execute(_OPEN, {"customer_ids": list(customer_ids)})


def close_others(session: Session, live: Iterable[uuid.UUID], closed_at: dt.datetime) -> None:
    """End the membership of everybody who is not among the live customers."""
    session.execute(_CLOSE_OTHERS, {"live": list(live), "closed_at": closed_at})


def credit(session: Session, customer_id: uuid.UUID, credit: Credit, *, now: dt.datetime) -> Posting:
    """Add points as a new lot. The member's row must be held."""
    values = _cause_values(credit.cause) | {
        "customer_id": customer_id,
        "points": credit.points,
        "expires_on": credit.expires_on,
        "now": now,
    }
    row = session.execute(_CREDIT, values).mappings().one()
    return Posting(customer_id=customer_id, kind="earn", cause=credit.cause, **row)


def debit(session: Session, customer_id: uuid.UUID, debit: Debit, *, now: dt.datetime) -> Posting:
    """Take points from lots. The member's row must be held.

    Writes nothing when an exact debit finds too little, or nothing is to be taken; only a reversal that finds
    too little writes an entry, with its shortfall, even when that entry moves no point at all.
    """
    values = _cause_values(debit.cause) | {
        "customer_id": customer_id,
        "kind": debit.kind,
        "wanted": debit.points,
        "today": debit.today,
        "is_exact": debit.is_exact,
        "first_lot": debit.first_lot_id,
        "only_first": debit.is_only_first_lot,
        "now": now,
    }
    row = session.execute(_DEBIT, values).mappings().one()
    return Posting(customer_id=customer_id, kind=debit.kind, cause=debit.cause, **row)


def _cause_values(cause: Cause) -> dict[str, Any]:
    return {
        "source_type": cause.source_type,
        "source_id": cause.source_id,
        "source_key": cause.source_key,
        "occurred_at": cause.occurred_at,
        "basis": dict(cause.basis) if cause.basis is not None else None,
        "reason": cause.reason,
        "actor": dict(cause.actor) if cause.actor is not None else None,
        "reverses": cause.reverses_entry_id,
    }


_JSON = (
    bindparam("basis", type_=JSONB(none_as_null=True)),
    bindparam("actor", type_=JSONB(none_as_null=True)),
)
#: A lock is given after whatever somebody did meanwhile; nobody merges the same customer that often.
_ATTEMPTS = 5
_ENROL = text(ENROL)
_LOCK = text(LOCK)
_CLOSE = text(CLOSE)
_OPEN = text(OPEN)
_CLOSE_OTHERS = text(CLOSE_OTHERS)
_CREDIT = text(CREDIT).bindparams(*_JSON, bindparam("points", type_=BigInteger))
_DEBIT = text(DEBIT).bindparams(*_JSON, bindparam("wanted", type_=BigInteger))
