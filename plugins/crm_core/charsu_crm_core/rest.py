"""The REST API of purchases and refunds: `/api/v1/crm/purchases`; the other nouns have the kit's."""

import uuid
from typing import Any

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.web.access import requires
from charsu_crm_core import permissions, schemas, shapes
from charsu_crm_core.models import Customer, Purchase
from charsu_crm_core.queries import purchases
from charsu_crm_core.reach import CUSTOMER, PURCHASE, bounds_of_request, require_amounts, require_within_reach
from charsu_crm_core.services.purchases import record_purchase as record
from charsu_crm_core.services.refunds import refund_purchase as refund

rest = ApiBlueprint("crm_api", __name__, description="What customers bought")

Values = dict[str, Any]


@rest.route("/purchases")
@requires(permissions.PURCHASE_READ)
@rest.arguments(schemas.PurchaseListArgs, location="query")
@rest.answers(200, schemas.PurchaseRowOut, is_list=True)
def list_purchases(args: Values) -> Values:
    """List purchases, the latest first

    Purchases of deleted customers are among them.
    """
    limit, cursor = args.pop("limit"), args.pop("cursor")
    bounds = bounds_of_request(PURCHASE, Purchase)
    chosen = shapes.purchase_filter(args)
    page = purchases.list_purchases(db.session(), chosen, *bounds, limit=limit, cursor=cursor)
    return page.answer(shapes.rows_json(page.rows, purchases.COLUMNS))


@rest.route("/purchases", methods=["POST"])
@requires(permissions.PURCHASE_RECORD)
@rest.arguments(schemas.PurchaseCreate)
@rest.answers(201, schemas.PurchaseOut)
def record_purchase(values: Values) -> Values:
    """Record a purchase

    With an `external_ref` sent before and the same content, the purchase recorded then is answered once more;
    with other content, 409.
    """
    session = db.session()
    require_within_reach(session, CUSTOMER, Customer, values["customer_id"])
    purchase = record(session, shapes.purchase_draft(values))
    return shapes.purchase_json(session, purchase.id)


@rest.route("/purchases/<uuid:purchase_id>")
@requires(permissions.PURCHASE_READ)
@rest.answers(200, schemas.PurchaseOut)
def get_purchase(purchase_id: uuid.UUID) -> Values:
    """Read a purchase with its lines and refunds"""
    require_within_reach(db.session(), PURCHASE, Purchase, purchase_id)
    return shapes.purchase_json(db.session(), purchase_id)


@rest.route("/purchases/<uuid:purchase_id>/refunds", methods=["POST"])
@requires(permissions.PURCHASE_REFUND)
@rest.arguments(schemas.RefundIn)
@rest.answers(201, schemas.RefundOut)
def refund_purchase(values: Values, purchase_id: uuid.UUID) -> Values:
    """Refund a purchase, whole or part

    Never more than what is left of it (422); 409 when nothing is left.
    """
    session = db.session()
    require_within_reach(session, PURCHASE, Purchase, purchase_id)
    require_amounts()
    made = refund(session, purchase_id, **values)
    return shapes.refund_json(session, made)
