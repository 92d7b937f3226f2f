"""Reading customers: the list, one of them, and those with a phone number."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, bindparam, func, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from charsu.api.paging import DEFAULT_LIMIT, KeysetList, Page
from charsu.errors import NotFound
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu_crm_core.models import Customer
from charsu_crm_core.rules import search_words

#: A count beyond it is shown as "more than".
COUNT_LIMIT = 10_000

_customer = Customer.__table__.c
_SHOWN = (
    _customer.id,
    _customer.kind,
    _customer.full_name,
    _customer.phone,
    _customer.email,
    _customer.birthday_on,
    # psycopg gives a list already; SQLAlchemy would copy it text by text.
    type_coerce(_customer.tags, NullType()).label("tags"),
    _customer.note,
    _customer.is_sample,
    _customer.created_at,
    _customer.updated_at,
)
#: Names of what each row holds, in order.
_LIVE = select(*_SHOWN).where(_customer.deleted_at.is_(None))
_ONE = _LIVE.where(_customer.id == bindparam("id"))

CustomerRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class CustomerFilter:
    """What a list of customers is narrowed to; each word of `search` is in name, phone, e-mail or tags."""

    search: str = ""
    kind: str | None = None
    tag: str | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anybody out."""
        return bool(self.search.strip() or self.kind or self.tag)


def list_customers(
    session: Session, chosen: CustomerFilter, *bounds: ColumnElement[bool], limit: int = DEFAULT_LIMIT
) -> Page:
    """Live customers within `bounds`, newest first, in one statement, with the columns the API shows."""
    customers, values = _chosen_list(chosen)
    return customers.page(session, *bounds, limit=limit, values=values)


def list_customer_items(
    session: Session, chosen: CustomerFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> dict[str, Any]:
    """The same list as the body of the API's answer, on the shortest way."""
    customers, values = _chosen_list(chosen)
    return customers.answer(session, limit=limit, cursor=cursor, values=values)


def list_sql() -> str:
    """The statement of the first page of all customers, as the driver gets it."""
    return _chosen_list(CustomerFilter())[0].sql()


def _chosen_list(chosen: CustomerFilter) -> tuple[KeysetList, dict[str, object]]:
    """The list of this shape of filter, and the values of its parameters."""
    words = search_words(chosen.search)
    tag_key = fold(chosen.tag or "")
    values: dict[str, object] = {f"word_{index}": like_pattern(word) for index, word in enumerate(words)}
    if chosen.kind:
        values["kind"] = chosen.kind
    if tag_key:
        values["tag_keys"] = [tag_key]
    return _list_of(len(words), bool(chosen.kind), bool(tag_key)), values


def find_row(session: Session, customer_id: uuid.UUID) -> CustomerRow | None:
    """The live customer of this id, or None."""
    return session.execute(_ONE, {"id": customer_id}).one_or_none()


def get_row(session: Session, customer_id: uuid.UUID) -> CustomerRow:
    """The live customer of this id. Raises `NotFound`."""
    row = find_row(session, customer_id)
    if row is None:
        raise NotFound(_("There is no such customer."))
    return row


def find_by_phone(
    session: Session, phone: str, *, but: uuid.UUID | None = None, limit: int = 3
) -> Sequence[CustomerRow]:
    """Live customers with this number (E.164), oldest first, without the one named `but`."""
    statement = _LIVE.where(_customer.phone == phone).order_by(_customer.created_at).limit(limit)
    if but is not None:
        statement = statement.where(_customer.id != but)
    return session.execute(statement).all()


def count_customers(session: Session, *bounds: ColumnElement[bool]) -> int:
    """How many live customers there are within `bounds`, at most `COUNT_LIMIT` + 1."""
    some = (
        select(_customer.id).where(_customer.deleted_at.is_(None), *bounds).limit(COUNT_LIMIT + 1).subquery()
    )
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def like_pattern(word: str) -> str:
    """`word` anywhere, its wildcards taken literally."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@lru_cache(maxsize=128)
def _list_of(word_count: int, has_kind: bool, has_tag: bool) -> KeysetList:
    """The list of one shape of filter, kept: building its statement anew costs more than running it."""
    statement = _LIVE
    for index in range(word_count):
        statement = statement.where(_customer.search_text.like(bindparam(f"word_{index}", type_=Text())))
    if has_kind:
        statement = statement.where(_customer.kind == bindparam("kind"))
    if has_tag:
        statement = statement.where(_customer.tag_keys.contains(bindparam("tag_keys", type_=ARRAY(Text()))))
    return KeysetList(statement, _customer.created_at, _customer.id)
