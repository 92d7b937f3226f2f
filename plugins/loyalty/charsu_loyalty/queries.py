"""Reads of the club: a member's figures, the ledger's entries, purchases without points, sums of a month."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, bindparam, cast, exists, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from charsu.api.paging import KeysetList, Page
from charsu.clock import now
from charsu.plugins import HookContext
from charsu.records.compiling import compiled
from charsu_loyalty.models import Entry, Lot, Member, RuleVersion
from charsu_loyalty.occasion import local_day
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

_ENTRY = (
    Entry.id,
    Entry.customer_id,
    Entry.seq,
    Entry.kind,
    Entry.points,
    Entry.balance_after,
    Entry.shortfall,
    Entry.source_type,
    Entry.source_id,
    Entry.reverses_entry_id,
    Entry.basis,
    Entry.reason,
    Entry.occurred_at,
    Entry.created_at,
)
_entry = Entry.__table__.c
_OF_MEMBER = KeysetList(select(*_ENTRY).where(Entry.customer_id == bindparam("customer_id")), _entry.seq)
#: Of several accounts the balance after an entry is the sum over all of them up to it.
_running = (
    select(
        *(item for item in _ENTRY if item is not Entry.balance_after),
        cast(func.sum(Entry.points).over(order_by=(Entry.created_at, Entry.seq, Entry.id)), BigInteger).label(
            "balance_after"
        ),
    )
    .where(Entry.customer_id == func.any(bindparam("accounts", type_=ARRAY(Uuid))))
    .subquery()
)
_OF_ACCOUNTS = KeysetList(select(_running), _running.c.created_at, _running.c.seq, _running.c.id)
_LEDGER = KeysetList(select(*_ENTRY), _entry.id)


@dataclass(frozen=True, kw_only=True)
class MemberFigures:
    """Where a member stands; a customer the club has not heard of yet stands at nothing."""

    #: What can be spent now: without points that ended and that the hourly job has not taken yet.
    points_balance: int = 0
    earned_total: int = 0
    redeemed_total: int = 0
    #: How many points end next, and the last local day they can be spent on.
    expiring_points: int | None = None
    expiring_on: dt.date | None = None
    joined_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LedgerFilter:
    """What the ledger page shows; None leaves a column alone."""

    kind: str | None = None
    customer_id: uuid.UUID | None = None
    #: Happened from this instant on.
    since: dt.datetime | None = None
    #: Happened before this instant.
    before: dt.datetime | None = None

    #: Customers the reader may see; None: all.
    within: Select[uuid.UUID] | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether the reader left anything out."""
        return any((self.kind, self.customer_id, self.since, self.before))


class Movement(NamedTuple):
    """An entry of the ledger, or a purchase that earned nothing: then `outcome` says why."""

    at: dt.datetime
    kind: str
    points: int
    shortfall: int
    basis: Any
    reason: str
    #: The purchase that earned nothing.
    purchase_id: uuid.UUID | None
    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class MonthFigures:
    """Points of the month so far, and how many members there are."""

    earned: int
    redeemed: int
    members: int


def figures_for_page(ctx: HookContext, customer_id: uuid.UUID) -> MemberFigures:
    """Return where a customer stands today, asked once for a page that shows it in several places."""
    today = local_day(now(), ctx.tenant)
    return ctx.once(("loyalty.member", customer_id), lambda: member_figures(ctx.session, customer_id, today))


def member_figures(session: Session, customer_id: uuid.UUID, today: dt.date) -> MemberFigures:
    """Return where a customer stands on the local day `today`, in one query."""
    values = {"customer_id": customer_id, "today": today}
    found = compiled(("loyalty.member_figures",), lambda: _FIGURES).run(session, values)
    names = _FIGURES.selected_columns.keys()
    return MemberFigures(**dict(zip(names, found[0], strict=True))) if found else MemberFigures()


def member_entries(
    session: Session, customer_id: uuid.UUID, *, limit: int, cursor: str | None = None
) -> Page:
    """Return a page of a member's entries on all accounts, the last one first."""
    accounts = session.execute(_owned(customer_id)).scalars().all()
    if len(accounts) > 1:
        return _OF_ACCOUNTS.page(session, limit=limit, cursor=cursor, values={"accounts": accounts})
    return _OF_MEMBER.page(session, limit=limit, cursor=cursor, values={"customer_id": customer_id})


def ledger_entries(session: Session, chosen: LedgerFilter, *, limit: int, cursor: str | None = None) -> Page:
    """Return a page of the entries of all members the reader may see, the last one first."""
    criteria: list[ColumnElement[bool]] = []
    if chosen.within is not None:
        seen = Member.customer_id.in_(chosen.within) | Member.merged_into.in_(chosen.within)
        criteria.append(Entry.customer_id.in_(select(Member.customer_id).where(seen)))
    if chosen.kind is not None:
        criteria.append(Entry.kind == chosen.kind)
    if chosen.customer_id is not None:
        criteria.append(Entry.customer_id.in_(_owned(chosen.customer_id)))
    if chosen.since is not None:
        criteria.append(Entry.occurred_at >= chosen.since)
    if chosen.before is not None:
        criteria.append(Entry.occurred_at < chosen.before)
    return _LEDGER.page(session, *criteria, limit=limit, cursor=cursor)


def movements_before(
    session: Session, customer_id: uuid.UUID, before: dt.datetime, limit: int
) -> list[Movement]:
    """Return what moved a member's points on all accounts before a moment, and purchases that earned nothing.

    At most `limit` of each, the last ones first; one statement.
    """
    values = {"customer_id": customer_id, "before": before, "limit": limit}
    with driver_of(session) as connection:
        return [Movement._make(row) for row in _MOVEMENTS.tuples(connection, values)]


def month_figures(session: Session, since: dt.datetime) -> MonthFigures:
    """Return the sums of what happened from `since` on and the number of members, in two queries."""
    sums = select(Entry.kind, cast(func.sum(func.abs(Entry.points)), BigInteger))
    statement = sums.where(Entry.occurred_at >= since, Entry.kind.in_(("earn", "redeem"))).group_by(
        Entry.kind
    )
    points: dict[str, int] = {row[0]: row[1] for row in session.execute(statement)}
    members = (
        select(func.count())
        .select_from(Member)
        .where(Member.closed_at.is_(None), Member.merged_into.is_(None))
    )
    return MonthFigures(
        earned=points.get("earn", 0),
        redeemed=points.get("redeem", 0),
        members=session.execute(members).scalar_one(),
    )


def has_own_rule(session: Session) -> bool:
    """Whether somebody of the business ever saved the earning rule."""
    return bool(session.execute(select(exists().where(RuleVersion.version > 0))).scalar_one())


def _owned(customer_id: Any) -> Any:
    """The accounts of a customer: the own one and those that came by merges."""
    return select(Member.customer_id).where(
        (Member.customer_id == customer_id) | (Member.merged_into == customer_id)
    )


_MOVEMENTS = HotStatement("""
    WITH account AS (
      SELECT customer_id FROM loyalty_member
       WHERE customer_id = %(customer_id)s OR merged_into = %(customer_id)s)
    (SELECT occurred_at, kind, points, shortfall, basis, reason, NULL::uuid, NULL
       FROM loyalty_entry WHERE customer_id IN (SELECT customer_id FROM account) AND occurred_at < %(before)s
      ORDER BY occurred_at DESC, seq DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT noted_at, '', 0, 0, basis, '', purchase_id, outcome
       FROM loyalty_purchase WHERE customer_id IN (SELECT customer_id FROM account)
        AND basis IS NOT NULL AND noted_at < %(before)s
      ORDER BY noted_at DESC, purchase_id LIMIT %(limit)s)
""")
_TODAY = bindparam("today", type_=Lot.expires_on.type)
_ACCOUNTS = (
    select(Member)
    .where(
        (Member.customer_id == bindparam("customer_id")) | (Member.merged_into == bindparam("customer_id"))
    )
    .cte("account")
)
_HELD = Lot.customer_id.in_(select(_ACCOUNTS.c.customer_id)), Lot.remaining > 0
_ENDED = func.coalesce(
    select(cast(func.sum(Lot.remaining), BigInteger))
    .where(*_HELD, Lot.expires_on < _TODAY)
    .scalar_subquery(),
    0,
)
_NEXT = (
    select(Lot.expires_on, cast(func.sum(Lot.remaining), BigInteger).label("points"))
    .where(*_HELD, Lot.expires_on >= _TODAY)
    .group_by(Lot.expires_on)
    .order_by(Lot.expires_on)
    .limit(1)
    .subquery("next_end")
)
_SUMS = select(
    cast(func.sum(_ACCOUNTS.c.balance), BigInteger).label("balance"),
    cast(func.sum(_ACCOUNTS.c.earned_total), BigInteger).label("earned_total"),
    cast(func.sum(_ACCOUNTS.c.redeemed_total), BigInteger).label("redeemed_total"),
    func.min(_ACCOUNTS.c.joined_at).label("joined_at"),
).subquery("sums")
_FIGURES = (
    select(
        (_SUMS.c.balance - _ENDED).label("points_balance"),
        _SUMS.c.earned_total,
        _SUMS.c.redeemed_total,
        _NEXT.c.points.label("expiring_points"),
        _NEXT.c.expires_on.label("expiring_on"),
        _SUMS.c.joined_at,
    )
    .select_from(_SUMS)
    .outerjoin(_NEXT, true())
    .where(_SUMS.c.joined_at.is_not(None))
)
