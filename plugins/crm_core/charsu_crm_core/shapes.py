"""From loaded values to drafts and filters, and from rows to the API's plain values."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from charsu_crm_core.fields import plain_quantity
from charsu_crm_core.models import Refund
from charsu_crm_core.queries import purchases
from charsu_crm_core.queries.purchases import PurchaseFilter
from charsu_crm_core.reach import PURCHASE, hidden_fields
from charsu_crm_core.services.purchases import LineDraft, PurchaseDraft

#: Field -> what its value could be told from.
_TOLD_BY = {"amount_minor": ("refunded_minor", "lines", "refunds"), "title": ("lines",)}


def purchase_filter(args: Mapping[str, Any]) -> PurchaseFilter:
    """The filter in loaded `PurchaseListArgs` without paging; `q` counts where `search` is empty."""
    values = dict(args)
    short = values.pop("q")
    return PurchaseFilter(**{**values, "search": values["search"] or short})


def purchase_draft(values: Mapping[str, Any]) -> PurchaseDraft:
    """The draft in loaded `PurchaseCreate`."""
    lines = [LineDraft(**line) for line in values.get("lines", ())]
    return PurchaseDraft(**{**values, "lines": lines})


def rows_json(rows: Iterable[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of a list as the API writes them; `names` are those of the columns, looked up once."""
    hidden = hidden_fields(PURCHASE)
    return [_without(dict(zip(names, row, strict=True)), hidden) for row in rows]


def _without(values: dict[str, Any], hidden: Iterable[str]) -> dict[str, Any]:
    """The values but those of hidden fields; a hidden amount takes along what it could be told from."""
    for name in hidden:
        for also in (name, *_TOLD_BY.get(name, ())):
            values.pop(also, None)
    return values


def purchase_json(session: Session, purchase_id: uuid.UUID) -> dict[str, Any]:
    """A purchase with lines and refunds, three statements. Raises `NotFound`."""
    purchase = purchases.get_row(session, purchase_id)._asdict()
    lines = [row._asdict() for row in purchases.list_lines(session, purchase_id)]
    refunds = [row._asdict() for row in purchases.list_refunds(session, purchase_id)]
    total = 0
    for refund in refunds:
        total += refund["amount_minor"]
        refund |= {"currency": purchase["currency"], "refunded_minor": total}
    for line in lines:
        line["quantity"] = plain_quantity(line["quantity"])
    return _without({**purchase, "lines": lines, "refunds": refunds}, hidden_fields(PURCHASE))


def refund_json(session: Session, refund: Refund) -> dict[str, Any]:
    """A refund just made, with the total of its purchase so far."""
    purchase = purchases.get_row(session, refund.purchase_id)
    return {
        "id": refund.id,
        "purchase_id": refund.purchase_id,
        "amount_minor": refund.amount_minor,
        "currency": purchase.currency,
        "reason": refund.reason,
        "created_at": refund.created_at,
        "refunded_minor": purchase.refunded_minor,
    }
