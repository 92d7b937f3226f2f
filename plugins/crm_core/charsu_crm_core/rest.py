"""The REST API of the CRM: `/api/v1/crm/customers`, `/purchases` and `/purchases/{id}/refunds`."""

import uuid
from typing import Any, cast

from sqlalchemy.orm import Session

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.records import service_of
from charsu.records.access import access_of_request
from charsu.web.access import requires
from charsu_crm_core import permissions, schemas, shapes
from charsu_crm_core.queries import customers, purchases
from charsu_crm_core.records import CUSTOMER
from charsu_crm_core.services.customers import CustomerService
from charsu_crm_core.services.purchases import record_purchase as record
from charsu_crm_core.services.refunds import refund_purchase as refund

rest = ApiBlueprint("crm_api", __name__, description="Customers and what they bought")

Values = dict[str, Any]


@rest.route("/customers")
@requires(permissions.CUSTOMER_READ)
@rest.arguments(schemas.CustomerListArgs, location="query")
@rest.answers(200, schemas.CustomerOut, is_list=True)
def list_customers(args: Values) -> Values:
    """List customers, newest first

    Narrowed by `search`, `kind` and `tag`; pass `next_cursor` as `cursor` for the page after.
    """
    limit, cursor = args.pop("limit"), args.pop("cursor")
    return customers.list_customer_items(
        db.session(), shapes.customer_filter(args), limit=limit, cursor=cursor
    )


@rest.route("/customers", methods=["POST"])
@requires(permissions.CUSTOMER_WRITE)
@rest.arguments(schemas.CustomerCreate)
@rest.answers(201, schemas.CustomerOut)
def create_customer(values: Values) -> Values:
    """Add a customer"""
    session = db.session()
    customer = _customers(session).create(values)
    return customers.get_row(session, customer.id)._asdict()


@rest.route("/customers/<uuid:customer_id>")
@requires(permissions.CUSTOMER_READ)
@rest.answers(200, schemas.CustomerOut)
def get_customer(customer_id: uuid.UUID) -> Values:
    """Read a customer"""
    return customers.get_row(db.session(), customer_id)._asdict()


@rest.route("/customers/<uuid:customer_id>", methods=["PATCH"])
@requires(permissions.CUSTOMER_WRITE)
@rest.arguments(schemas.CustomerPatch)
@rest.answers(200, schemas.CustomerOut)
def update_customer(values: Values, customer_id: uuid.UUID) -> Values:
    """Change a customer

    Only the fields sent get new values.
    """
    session = db.session()
    _customers(session).update(customer_id, values)
    return customers.get_row(session, customer_id)._asdict()


@rest.route("/customers/<uuid:customer_id>", methods=["DELETE"])
@requires(permissions.CUSTOMER_DELETE)
@rest.answers(204)
def delete_customer(customer_id: uuid.UUID) -> None:
    """Delete a customer

    It goes to the bin: gone from lists and search, 404 from then on; its purchases stay.
    """
    _customers(db.session()).delete(customer_id)


@rest.route("/purchases")
@requires(permissions.PURCHASE_READ)
@rest.arguments(schemas.PurchaseListArgs, location="query")
@rest.answers(200, schemas.PurchaseRowOut, is_list=True)
def list_purchases(args: Values) -> Values:
    """List purchases, the latest first

    Purchases of deleted customers are among them.
    """
    limit, cursor = args.pop("limit"), args.pop("cursor")
    page = purchases.list_purchases(db.session(), shapes.purchase_filter(args), limit=limit, cursor=cursor)
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
    purchase = record(session, shapes.purchase_draft(values))
    return shapes.purchase_json(session, purchase.id)


@rest.route("/purchases/<uuid:purchase_id>")
@requires(permissions.PURCHASE_READ)
@rest.answers(200, schemas.PurchaseOut)
def get_purchase(purchase_id: uuid.UUID) -> Values:
    """Read a purchase with its lines and refunds"""
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
    made = refund(session, purchase_id, **values)
    return shapes.refund_json(session, made)


def _customers(session: Session) -> CustomerService:
    return cast("CustomerService", service_of(CUSTOMER, session, access_of_request(CUSTOMER)))
