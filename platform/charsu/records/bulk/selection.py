"""Which records a bulk edit is for: those named, or all that a query finds, within the actor's scope."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from charsu.records.filter_errors import BadQuery
from charsu.records.listing import count, iterate
from charsu.records.query import RecordQuery
from charsu.records.statements import COUNT_LIMIT
from charsu.text.i18n import _

#: Records that can be named one by one.
MOST_NAMED = 1_000
#: Records one bulk edit takes at most.
MOST = 100_000


@dataclass(frozen=True)
class Selection:
    """`ids` are the named records; None: all that `query` finds."""

    query: RecordQuery
    ids: tuple[uuid.UUID, ...] | None = None

    def found(self, session: Session, verb: str, limit: int = MOST) -> Iterator[uuid.UUID]:
        """The ids within the scope of `verb`, in the order of the list; at most `limit`."""
        if self.ids is not None:
            yield from self._named(session, verb)[:limit]
            return
        # Beyond the page that was shown.
        query = replace(self.query, cursor=None)
        for at, row in enumerate(iterate(session, query, (), verb=verb)):
            if at >= limit:
                return
            yield row[0]

    def count(self, session: Session, verb: str) -> int:
        """How many there are, at most `COUNT_LIMIT` + 1."""
        if self.ids is not None:
            return min(len(self._named(session, verb)), COUNT_LIMIT + 1)
        return count(session, self.query, verb)

    def total(self, session: Session, verb: str) -> int:
        """How many there are, at most `MOST` + 1: the number itself, as far as one edit reaches."""
        if self.ids is not None:
            return len(self._named(session, verb))
        return count(session, self.query, verb, MOST)

    def _named(self, session: Session, verb: str) -> list[uuid.UUID]:
        model: Any = self.query.record_type.model
        wanted = list(dict.fromkeys(self.ids or ()))
        statement = select(model.id).where(
            model.id == bindparam("ids", wanted, type_=ARRAY(Uuid())).any_(),
            model.deleted_at.is_(None),
            *self.query.access.criteria(model, verb),
        )
        found = set(session.execute(statement).scalars())
        return [one for one in wanted if one in found]


def read_ids(texts: list[str]) -> tuple[uuid.UUID, ...]:
    """Ids out of a form or a body. Raises `BadQuery`."""
    parts = [part for text in texts for part in text.split(",") if part]
    if len(parts) > MOST_NAMED:
        raise BadQuery(
            _("At most %(count)s records can be named; use a filter.", count=MOST_NAMED), field="ids"
        )
    try:
        return tuple(uuid.UUID(part) for part in parts)
    except ValueError:
        raise BadQuery(_("This is not a valid id."), field="ids") from None
