"""Reading customers: one of them, those a search finds, and how many there are."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.records.query import search_words
from charsu.text.i18n import _
from charsu.text.patterns import like_pattern
from charsu_crm_core.models import Customer

#: A count beyond it is shown as "more than".
COUNT_LIMIT = 10_000

_customer = Customer.__table__.c
_LIVE = select(_customer.id, _customer.full_name, _customer.phone).where(_customer.deleted_at.is_(None))
_ONE = _LIVE.where(_customer.id == bindparam("id"))

CustomerRow = Row[*tuple[Any, ...]]


def find_customers(
    session: Session, search: str, *bounds: ColumnElement[bool], limit: int
) -> Sequence[CustomerRow]:
    """Live customers within `bounds`, newest first, in whose searched texts each word of `search` stands."""
    words = [_customer.search_text.like(like_pattern(word)) for word in search_words(search)]
    newest = (_customer.created_at.desc(), _customer.id.desc())
    return session.execute(_LIVE.where(*bounds, *words).order_by(*newest).limit(limit)).all()


def get_row(session: Session, customer_id: uuid.UUID) -> CustomerRow:
    """The live customer of this id. Raises `NotFound`."""
    row = session.execute(_ONE, {"id": customer_id}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such customer."))
    return row


def count_customers(session: Session, *bounds: ColumnElement[bool]) -> int:
    """How many live customers there are within `bounds`, at most `COUNT_LIMIT` + 1."""
    some = (
        select(_customer.id).where(_customer.deleted_at.is_(None), *bounds).limit(COUNT_LIMIT + 1).subquery()
    )
    return session.execute(select(func.count()).select_from(some)).scalar_one()
