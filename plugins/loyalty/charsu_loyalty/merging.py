"""Two customers become one, or two again: their accounts of points are bundled, never mixed."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from charsu_loyalty.models import Entry, Member, PurchaseNote


def merge_members(session: Session, kept_id: uuid.UUID, lost_id: uuid.UUID) -> dict[str, object] | None:
    """Let the kept customer own the lost one's accounts too; return how to undo it, None for no account.

    Locks the rows of both, in the order of their ids.
    """
    held = _held(session, (kept_id, lost_id))
    lost = held.get(lost_id)
    if lost is None:
        return None
    is_new = kept_id not in held
    if is_new:
        session.add(Member(customer_id=kept_id, joined_at=lost.joined_at, absorbed=[]))
        session.flush()
    ids = [lost_id, *lost.absorbed]
    _set(session, ids, merged_into=kept_id, absorbed=[])
    so_far = [] if is_new else held[kept_id].absorbed
    _set(session, [kept_id], absorbed=sorted([*so_far, *ids]))
    return {"absorbed": [str(one) for one in lost.absorbed], "is_new": is_new}


def unmerge_members(session: Session, kept_id: uuid.UUID, lost_id: uuid.UUID, undo: dict[str, Any]) -> None:
    """Give the lost customer her accounts back, with what was earned and spent on each of them since."""
    held = _held(session, (kept_id, lost_id))
    before = [uuid.UUID(one) for one in undo["absorbed"]]
    _set(session, [lost_id], merged_into=None, absorbed=before)
    _set(session, before, merged_into=lost_id)
    left = sorted(set(held[kept_id].absorbed) - {lost_id, *before})
    _set(session, [kept_id], absorbed=left)
    if undo["is_new"]:
        remove_untouched(session, [kept_id])


def remove_untouched(session: Session, customer_ids: Sequence[uuid.UUID]) -> Collection[uuid.UUID]:
    """Delete accounts on which nothing ever happened; return the ids of those on which something did."""
    untouched = (
        delete(Member)
        .where(
            Member.customer_id.in_(customer_ids),
            Member.entry_count == 0,
            Member.merged_into.is_(None),
            Member.absorbed == [],
            ~select(Entry.id).where(Entry.customer_id == Member.customer_id).exists(),
            ~select(PurchaseNote.purchase_id).where(PurchaseNote.customer_id == Member.customer_id).exists(),
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(untouched)
    rest = select(Member.customer_id).where(Member.customer_id.in_(customer_ids))
    return set(session.execute(rest).scalars())


class _Row:
    """What a merge has to know of an account, not kept by the session."""

    def __init__(self, joined_at: dt.datetime, absorbed: list[uuid.UUID]) -> None:
        self.joined_at = joined_at
        self.absorbed = absorbed


def _held(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, _Row]:
    statement = (
        select(Member.customer_id, Member.joined_at, Member.absorbed)
        .where(Member.customer_id.in_(ids))
        .order_by(Member.customer_id)
        .with_for_update(key_share=True)
    )
    return {row.customer_id: _Row(row.joined_at, row.absorbed) for row in session.execute(statement)}


def _set(session: Session, ids: Sequence[uuid.UUID], **values: Any) -> None:
    if ids:
        statement = update(Member).where(Member.customer_id.in_(ids)).values(**values)
        session.execute(statement.execution_options(synchronize_session=False))
