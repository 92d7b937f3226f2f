"""Who has the most points, whose points end soon: the members of the club side by side."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.orm import Session

from charsu_loyalty.models import Lot, Member
from charsu_loyalty.settings import SETTINGS

#: By what members are lined up; each the most first, but for the end of points: the nearest first.
ORDERS = ("points", "ending", "earned", "spent")
#: How many are shown.
SHOWN = 100


class Standing(NamedTuple):
    """A member with the sums of all her accounts."""

    customer_id: uuid.UUID
    points: int
    earned: int
    spent: int
    #: Points that end soon, and the first day some of them can be spent for the last time.
    ending: int
    ends_on: dt.date | None


def list_standings(
    session: Session, order: str, today: dt.date, *, within: Select[uuid.UUID] | None
) -> Sequence[Standing]:
    """At most `SHOWN` members of those the reader may see, in one statement; none that never had a point.

    What counts as ending soon is a setting of the business.
    """
    owner = func.coalesce(Member.merged_into, Member.customer_id)
    soon = _ending(today, today + dt.timedelta(days=SETTINGS.of(session).soon_days)).subquery()
    sums: Mapping[str, Any] = {
        "points": func.sum(Member.balance),
        "earned": func.sum(Member.earned_total),
        "spent": func.sum(Member.redeemed_total),
        "ending": func.coalesce(func.sum(soon.c.points), 0),
    }
    first = func.min(soon.c.ends_on)
    statement = (
        select(
            owner.label("customer_id"),
            *(cast(sums[name], BigInteger) for name in ("points", "earned", "spent", "ending")),
            first,
        )
        .outerjoin(soon, soon.c.customer_id == Member.customer_id)
        .group_by(owner)
        .having(sums["earned"] > 0, func.bool_or((Member.customer_id == owner) & Member.closed_at.is_(None)))
        .order_by(first.asc().nulls_last() if order == "ending" else sums[order].desc(), owner)
        .limit(SHOWN)
    )
    if within is not None:
        statement = statement.where(owner.in_(within))
    return [Standing._make(row) for row in session.execute(statement)]


def _ending(today: dt.date, until: dt.date) -> Select[uuid.UUID, int, dt.date | None]:
    """By account: what is left of lots that end soon."""
    return (
        select(
            Lot.customer_id,
            func.sum(Lot.remaining).label("points"),
            func.min(Lot.expires_on).label("ends_on"),
        )
        .where(Lot.remaining > 0, Lot.expires_on >= today, Lot.expires_on <= until)
        .group_by(Lot.customer_id)
    )
