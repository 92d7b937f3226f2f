"""Adding, changing and archiving customers."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound
from charsu.events import emit
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu_crm_core import rules
from charsu_crm_core.events import CustomerArchived, CustomerCreated, CustomerUpdated
from charsu_crm_core.models import Customer

_CLEAN: Mapping[str, Callable[[Any], object]] = {
    "full_name": rules.clean_full_name,
    "kind": rules.clean_kind,
    "phone": rules.clean_phone,
    "email": rules.clean_email,
    "birthday_on": rules.clean_birthday,
    "tags": rules.clean_tags,
    "note": rules.clean_note,
}


@dataclass(frozen=True, kw_only=True)
class CustomerDraft:
    """What is known of a new customer; only the name is needed."""

    full_name: str
    kind: str = "person"
    phone: str | None = None
    email: str | None = None
    birthday_on: dt.date | None = None
    tags: Sequence[str] = ()
    note: str = ""
    is_sample: bool = False


def create_customer(session: Session, draft: CustomerDraft) -> Customer:
    """Add a customer. Emits `CustomerCreated`; takes no lock.

    Raises:
        RuleViolated: a value breaks its rule; `field` names it.
    """
    values = {name: clean(getattr(draft, name)) for name, clean in _CLEAN.items()}
    customer = Customer(**values, is_sample=draft.is_sample)
    _refresh_keys(customer)
    session.add(customer)
    session.flush()
    emit(CustomerCreated(customer_id=customer.id))
    return customer


def update_customer(session: Session, customer_id: uuid.UUID, changes: Mapping[str, object]) -> Customer:
    """Give the named fields of a customer new values; the others stay.

    Locks the customer's row. Emits `CustomerUpdated` with the fields that really changed, or nothing.

    Raises:
        NotFound: there is no such customer, or it is archived.
        RuleViolated: a value breaks its rule; then nothing changed.
    """
    customer = _locked(session, customer_id)
    cleaned = {name: _CLEAN[name](value) for name, value in changes.items()}
    changed = sorted(name for name, value in cleaned.items() if getattr(customer, name) != value)
    if not changed:
        return customer
    for name in changed:
        setattr(customer, name, cleaned[name])
    customer.updated_at = clock.now()
    _refresh_keys(customer)
    session.flush()
    emit(CustomerUpdated(customer_id=customer.id, fields=changed))
    return customer


def archive_customer(session: Session, customer_id: uuid.UUID) -> None:
    """Take a customer out of lists, search and pages; the purchases stay, the phone number is free again.

    Locks the customer's row. Emits `CustomerArchived`.

    Raises:
        NotFound: there is no such customer, or it is archived already.
    """
    customer = _locked(session, customer_id)
    customer.deleted_at = clock.now()
    session.flush()
    emit(CustomerArchived(customer_id=customer.id))


def _locked(session: Session, customer_id: uuid.UUID) -> Customer:
    statement = (
        select(Customer)
        .where(Customer.id == customer_id, Customer.deleted_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    customer = session.execute(statement).scalar_one_or_none()
    if customer is None:
        raise NotFound(_("There is no such customer."))
    return customer


def _refresh_keys(customer: Customer) -> None:
    customer.tag_keys = [fold(tag) for tag in customer.tags]
    customer.search_text = rules.search_text(
        customer.full_name, customer.phone, customer.email, customer.tags
    )
