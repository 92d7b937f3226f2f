"""Recording purchases, once each, however often a till sends them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Row, Table, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import Conflict, NotFound
from charsu.events import emit
from charsu.records import full_access, service_of
from charsu.records.registry import find_type
from charsu.text.folding import fold_for_search
from charsu.text.i18n import _
from charsu_crm_core import rules
from charsu_crm_core.events import PurchaseRecorded
from charsu_crm_core.models import CUSTOMER_WORDS, Customer, Purchase, PurchaseLine
from charsu_tenants.context import current_tenant


@dataclass(frozen=True, kw_only=True)
class LineDraft:
    """One article: how many (at most three decimals), and the price of one in minor units."""

    title: str
    unit_price_minor: int
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class PurchaseDraft:
    """A purchase to record; what is left out becomes: now, the tenant's currency, in the store."""

    customer_id: uuid.UUID
    amount_minor: int
    currency: str | None = None
    occurred_at: dt.datetime | None = None
    channel: str = "store"
    external_ref: str | None = None
    note: str = ""
    lines: Sequence[LineDraft] = ()


def record_purchase(session: Session, draft: PurchaseDraft) -> Purchase:
    """Record a purchase with its lines and return it. Emits `PurchaseRecorded`.

    With an `external_ref` that is there already it changes and emits nothing and returns the purchase
    recorded first, if all that is given equals it. Two transactions with one new reference: the second waits
    for the first at the unique index. Takes a key-share lock of the customer (by the foreign key).

    Raises:
        NotFound: no such customer, or archived.
        Conflict: the reference belongs to a purchase with other content.
        RuleViolated: a value breaks its rule, or the lines do not sum up to the amount.
    """
    values = _clean(draft)
    lines = _clean_lines(draft)
    known = _find_by_reference(session, values["external_ref"])
    if known is None:
        customer = _live_customer(session, draft.customer_id)
        new_id = session.execute(_INSERT, values | _derived(draft, lines, customer)).scalar_one_or_none()
        if new_id is not None:
            _make_customer(session, customer)
            return _finish(session, new_id, lines)
        # Another transaction recorded the same reference a moment ago, and has committed since.
        known = _find_by_reference(session, values["external_ref"])
    if draft.occurred_at is None and known is not None:
        # The till left the time out, so each of its attempts has another one.
        values["occurred_at"] = known.occurred_at
    if known is None or _content(session, known) != (values, lines):
        raise Conflict(
            _("Another purchase has this reference already."),
            field="external_ref",
            code="crm.external_ref_taken",
        )
    return known


_PURCHASES = cast("Table", Purchase.__table__)
_LINES = cast("Table", PurchaseLine.__table__)
_INSERT = (
    upsert(_PURCHASES).on_conflict_do_nothing(index_elements=["external_ref"]).returning(_PURCHASES.c.id)
)
_Values = dict[str, object]
_TITLE_LENGTH = 200
#: Stages of the life cycle that the first purchase ends.
_BEFORE_BUYING = frozenset({"lead", "prospect"})


def _clean(draft: PurchaseDraft) -> _Values:
    return {
        "customer_id": draft.customer_id,
        "amount_minor": rules.clean_amount(draft.amount_minor),
        "currency": rules.clean_currency(draft.currency or current_tenant().currency),
        "occurred_at": rules.clean_occurred_at(draft.occurred_at or clock.now()),
        "channel": rules.clean_channel(draft.channel),
        "external_ref": rules.clean_external_ref(draft.external_ref),
        "note": rules.clean_note(draft.note),
    }


def _clean_lines(draft: PurchaseDraft) -> list[_Values]:
    lines: list[_Values] = [
        {
            "position": position,
            "title": rules.clean_title(line.title),
            "quantity": rules.check_quantity(line.quantity),
            "unit_price_minor": rules.check_unit_price(line.unit_price_minor),
        }
        for position, line in enumerate(draft.lines, start=1)
    ]
    totals = [rules.line_total(line.quantity, line.unit_price_minor) for line in draft.lines]
    rules.check_lines(totals, draft.amount_minor, draft.currency or current_tenant().currency)
    return lines


def _live_customer(session: Session, customer_id: uuid.UUID) -> Row[*tuple[Any, ...]]:
    statement = select(
        Customer.id, Customer.full_name, Customer.owner_id, Customer.stage, Customer.search_text
    ).where(Customer.id == customer_id, Customer.deleted_at.is_(None))
    customer = session.execute(statement).one_or_none()
    if customer is None:
        raise NotFound(_("There is no such customer."), field="customer_id")
    return customer


def _derived(draft: PurchaseDraft, lines: list[_Values], customer: Any) -> _Values:
    """What a purchase is found and seen by: its articles, its reference, its customer's owner."""
    mark = "، " if current_tenant().locale == "fa" else ", "
    articles = mark.join(str(line["title"]) for line in lines)
    title = (articles or (draft.external_ref or "").strip() or customer.full_name)[:_TITLE_LENGTH]
    own_words = fold_for_search(articles, (draft.external_ref or "").strip())
    return {
        "title": title,
        "search_text": f"{own_words}{CUSTOMER_WORDS}{customer.search_text}",
        "owner_id": customer.owner_id,
    }


def _make_customer(session: Session, customer: Any) -> None:
    """Who buys is no lead any more."""
    noun = find_type("crm.customer")
    if customer.stage in _BEFORE_BUYING and noun is not None:
        service_of(noun, session, full_access()).update(customer.id, {"stage": "customer"})


def _find_by_reference(session: Session, external_ref: object) -> Purchase | None:
    if external_ref is None:
        return None
    statement = select(Purchase).where(Purchase.external_ref == external_ref)
    return session.execute(statement).scalar_one_or_none()


def _finish(session: Session, purchase_id: uuid.UUID, lines: list[_Values]) -> Purchase:
    if lines:
        rows = [{"purchase_id": purchase_id, **line} for line in lines]
        session.execute(insert(_LINES), rows)
    purchase = session.execute(select(Purchase).where(Purchase.id == purchase_id)).scalar_one()
    emit(
        PurchaseRecorded(
            purchase_id=purchase.id,
            customer_id=purchase.customer_id,
            amount_minor=purchase.amount_minor,
            currency=purchase.currency,
            occurred_at=purchase.occurred_at,
            channel=purchase.channel,
        )
    )
    return purchase


def _content(session: Session, purchase: Purchase) -> tuple[_Values, list[_Values]]:
    """What is recorded, in the shape of what `_clean` and `_clean_lines` make of a new one."""
    names = ("customer_id", "amount_minor", "currency", "occurred_at", "channel", "external_ref", "note")
    values: _Values = {name: getattr(purchase, name) for name in names}
    table = _LINES.c
    statement = (
        select(table.position, table.title, table.quantity, table.unit_price_minor)
        .where(table.purchase_id == purchase.id)
        .order_by(table.position)
    )
    return values, [dict(row) for row in session.execute(statement).mappings()]
