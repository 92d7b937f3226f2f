"""Reading purchases: the list, one with its lines and refunds, and the figures of a customer."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from charsu.api.paging import DEFAULT_LIMIT, KeysetList, Page
from charsu.errors import NotFound
from charsu.plugins import HookContext
from charsu.records import RecordAccess
from charsu.records.query import search_words
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.text.patterns import like_pattern
from charsu_crm_core.choices import CHANNEL_TITLES
from charsu_crm_core.models import Customer, Purchase, PurchaseLine, Refund

_customer = Customer.__table__.c
_purchase = Purchase.__table__.c
_line = PurchaseLine.__table__.c
_refund = Refund.__table__.c

_WITH_CUSTOMER = select(
    _purchase.id,
    _purchase.customer_id,
    _customer.full_name.label("customer_name"),
    _purchase.amount_minor,
    _purchase.currency,
    _purchase.occurred_at,
    _purchase.channel,
    _purchase.external_ref,
    _purchase.refunded_minor,
    _purchase.note,
    _purchase.created_at,
).join_from(Purchase.__table__, Customer.__table__)
#: Names of what each row holds, in order.
COLUMNS = tuple(_WITH_CUSTOMER.selected_columns.keys())
_ONE = _WITH_CUSTOMER.where(_purchase.id == bindparam("id"))
_LINES = (
    select(_line.title, _line.quantity, _line.unit_price_minor)
    .where(_line.purchase_id == bindparam("id"))
    .order_by(_line.position)
)
_REFUNDS = (
    select(_refund.id, _refund.purchase_id, _refund.amount_minor, _refund.reason, _refund.created_at)
    .where(_refund.purchase_id == bindparam("id"))
    .order_by(_refund.created_at, _refund.id)
)
_net = _purchase.amount_minor - _purchase.refunded_minor
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class PurchaseFilter:
    """What a list of purchases is narrowed to.

    `search`: each word is in the customer's name, phone, e-mail or tags, or all is the external reference.
    `occurred_from` is inside, `occurred_before` outside of the range.
    """

    search: str = ""
    customer_id: uuid.UUID | None = None
    kind: str | None = None
    tag: str | None = None
    channel: str | None = None
    occurred_from: dt.datetime | None = None
    occurred_before: dt.datetime | None = None


def list_purchases(
    session: Session,
    chosen: PurchaseFilter,
    *bounds: ColumnElement[bool],
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page:
    """Purchases within `bounds`, newest first, in one statement; those of archived customers too."""
    words = search_words(chosen.search)
    tag_key = fold(chosen.tag or "")
    values: dict[str, object] = {
        "customer_id": chosen.customer_id,
        "kind": chosen.kind,
        "tag_keys": [tag_key] if tag_key else None,
        "channel": chosen.channel,
        "occurred_from": chosen.occurred_from,
        "occurred_before": chosen.occurred_before,
    }
    values = {name: value for name, value in values.items() if value is not None}
    purchases = _list_of(len(words), frozenset(values))
    if words:
        values |= {f"word_{index}": like_pattern(word) for index, word in enumerate(words)}
        values["reference"] = chosen.search.strip()
    return purchases.page(session, *bounds, limit=limit, cursor=cursor, values=values)


def get_row(session: Session, purchase_id: uuid.UUID) -> AnyRow:
    """The purchase of this id with its customer's name, archived customers included. Raises `NotFound`."""
    row = session.execute(_ONE, {"id": purchase_id}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such purchase."))
    return row


def purchase_facts(ctx: HookContext, access: RecordAccess, purchase: Purchase) -> dict[str, Any]:
    """What its page shows beyond its fields: the customer's name, lines and refunds."""
    return {
        "shows": access.shows,
        "purchase": get_row(ctx.session, purchase.id),
        "lines": list_lines(ctx.session, purchase.id),
        "refunds": list_refunds(ctx.session, purchase.id),
        "channel_title": CHANNEL_TITLES.__getitem__,
    }


def list_lines(session: Session, purchase_id: uuid.UUID) -> Sequence[AnyRow]:
    """The lines of a purchase in the order given: title, quantity, unit_price_minor."""
    return session.execute(_LINES, {"id": purchase_id}).all()


def list_refunds(session: Session, purchase_id: uuid.UUID) -> Sequence[AnyRow]:
    """The refunds of a purchase, oldest first: id, purchase_id, amount_minor, reason, created_at."""
    return session.execute(_REFUNDS, {"id": purchase_id}).all()


def sales_since(
    session: Session, *starts: dt.datetime, bounds: Sequence[ColumnElement[bool]] = ()
) -> list[list[tuple[str, int]]]:
    """For each of the starts, what was sold from then on by currency, refunds taken off; one statement."""
    sums = [
        func.coalesce(func.sum(_net).filter(_purchase.occurred_at >= start), 0).label(f"since_{index}")
        for index, start in enumerate(starts)
    ]
    statement = (
        select(_purchase.currency, *sums)
        .where(_purchase.occurred_at >= min(starts), *bounds)
        .group_by(_purchase.currency)
        .order_by(func.count().desc())
    )
    rows = session.execute(statement).all()
    return [[(row.currency, int(row[1 + index])) for row in rows] for index in range(len(starts))]


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "customer_id": _purchase.customer_id == bindparam("customer_id"),
    "kind": _customer.kind == bindparam("kind"),
    "tag_keys": _customer.tag_keys.contains(bindparam("tag_keys", type_=ARRAY(Text()))),
    "channel": _purchase.channel == bindparam("channel"),
    "occurred_from": _purchase.occurred_at >= bindparam("occurred_from"),
    "occurred_before": _purchase.occurred_at < bindparam("occurred_before"),
}


@lru_cache(maxsize=256)
def _list_of(word_count: int, filters: frozenset[str]) -> KeysetList:
    """The list of one shape of filter, kept: building its statement anew costs more than running it."""
    statement = _WITH_CUSTOMER.where(*(_CONDITIONS[name] for name in sorted(filters)))
    if word_count:
        words = (
            _customer.search_text.like(bindparam(f"word_{index}", type_=Text()))
            for index in range(word_count)
        )
        statement = statement.where(or_(and_(*words), _purchase.external_ref == bindparam("reference")))
    return KeysetList(statement, _purchase.occurred_at, _purchase.id)
