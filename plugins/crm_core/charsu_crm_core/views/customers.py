"""Pages of customers: list, form, the one page about a customer, archiving."""

import uuid
from typing import Any

from flask import Response

from charsu.api.paging import DEFAULT_LIMIT
from charsu.db import db
from charsu.errors import DomainError
from charsu.records import RecordService, service_of
from charsu.records.access import access_of_request
from charsu.text.i18n import _
from charsu.web.access import can, requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, errors_of, parse_form
from charsu.web.rendering import page_redirect, render, render_form
from charsu_crm_core import api, permissions, schemas, shapes
from charsu_crm_core.forms import CustomerForm
from charsu_crm_core.queries import customers, purchases
from charsu_crm_core.records import CUSTOMER
from charsu_crm_core.views.blueprint import crm
from charsu_crm_core.views.query import list_args
from charsu_crm_core.views.slots import slot_fragments


@crm.get("/customers")
@requires(permissions.CUSTOMER_READ)
def list_customers() -> Response:
    """The list, narrowed as the address says; htmx swaps its rows while one types."""
    args = list_args(schemas.CustomerListArgs)
    limit, cursor = args.pop("limit"), args.pop("cursor")
    chosen = shapes.customer_filter(args)
    page = customers.list_customers(db.session(), chosen, limit=limit, cursor=cursor)
    return render(
        "crm/customers.html",
        partial="crm/_customer_rows.html" if cursor else "crm/_customer_list.html",
        page=page,
        limit=None if limit == DEFAULT_LIMIT else limit,
        chosen=chosen,
        is_continued=cursor is not None,
    )


@crm.get("/customers/new")
@requires(permissions.CUSTOMER_WRITE)
def new_customer() -> Response:
    """An empty form."""
    return render("crm/customer_form.html", values={}, errors={}, customer=None, same_phone=[])


@crm.post("/customers/new")
@requires(permissions.CUSTOMER_WRITE)
def create_customer() -> Response:
    """Add the customer, or show the form again; a phone number that is taken is asked about once."""
    values, errors = parse_form(CustomerForm)
    same_phone = _same_phone(values)
    if errors or same_phone:
        return _form_again(errors, None, same_phone)
    try:
        customer = _service().create(values)
    except DomainError as refusal:
        return _form_again(errors_of(refusal), None, [])
    flash(_("The customer was added."))
    return page_redirect("crm.show_customer", customer_id=customer.id)


@crm.get("/customers/<uuid:customer_id>")
@requires(permissions.CUSTOMER_READ)
def show_customer(customer_id: uuid.UUID) -> Response:
    """All that matters about one customer on one page, with the pieces of other modules."""
    session = db.session()
    customer = customers.get_row(session, customer_id)
    subject = api.find_customer(session, customer_id)
    recent = figures = None
    if can(permissions.PURCHASE_READ):
        chosen = purchases.PurchaseFilter(customer_id=customer_id)
        recent = purchases.list_purchases(session, chosen, limit=10)
        figures = purchases.customer_figures(session, customer_id)
    return render(
        "crm/customer.html",
        customer=customer,
        figures=figures,
        recent=recent,
        main=slot_fragments(api.CUSTOMER_MAIN, subject),
        side=slot_fragments(api.CUSTOMER_SIDE, subject),
    )


@crm.get("/customers/<uuid:customer_id>/edit")
@requires(permissions.CUSTOMER_WRITE)
def edit_customer(customer_id: uuid.UUID) -> Response:
    """The form with what is known."""
    customer = customers.get_row(db.session(), customer_id)
    return render(
        "crm/customer_form.html",
        values=shapes.form_values(customer),
        errors={},
        customer=customer,
        same_phone=[],
    )


@crm.post("/customers/<uuid:customer_id>/edit")
@requires(permissions.CUSTOMER_WRITE)
def update_customer(customer_id: uuid.UUID) -> Response:
    """Save the changes, or show the form again."""
    session = db.session()
    customer = customers.get_row(session, customer_id)
    values, errors = parse_form(CustomerForm)
    same_phone = _same_phone(values, but=customer_id)
    if errors or same_phone:
        return _form_again(errors, customer, same_phone)
    try:
        _service().update(customer_id, values)
    except DomainError as refusal:
        return _form_again(errors_of(refusal), customer, [])
    flash(_("The changes were saved."))
    return page_redirect("crm.show_customer", customer_id=customer_id)


@crm.get("/customers/<uuid:customer_id>/archive")
@requires(permissions.CUSTOMER_DELETE)
def confirm_archive(customer_id: uuid.UUID) -> Response:
    """Ask once more, and say what stays."""
    return render("crm/customer_archive.html", customer=customers.get_row(db.session(), customer_id))


@crm.post("/customers/<uuid:customer_id>/archive")
@requires(permissions.CUSTOMER_DELETE)
def archive_customer(customer_id: uuid.UUID) -> Response:
    """Archive, and go back to the list."""
    _service().delete(customer_id)
    flash(_("The customer was archived."))
    return page_redirect("crm.list_customers")


def _same_phone(values: dict[str, Any], *, but: uuid.UUID | None = None) -> Any:
    """Other customers with the phone number, unless the person has confirmed; takes the confirmation out."""
    is_confirmed = values.pop("is_confirmed", True)
    phone = values.get("phone")
    if is_confirmed or not phone:
        return []
    return customers.find_by_phone(db.session(), phone, but=but)


def _form_again(errors: Errors, customer: Any, same_phone: Any) -> Response:
    return render_form("crm/customer_form.html", errors, customer=customer, same_phone=same_phone)


def _service() -> RecordService[Any]:
    return service_of(CUSTOMER, db.session(), access_of_request(CUSTOMER))
