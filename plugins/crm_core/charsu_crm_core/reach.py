"""How far the person sees for whom a hook is called, or who sent this request."""

import uuid
from typing import Any

from flask import has_app_context
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.plugins import HookContext
from charsu.records.access import access_of_request, full_access
from charsu.records.registry import find_type
from charsu.text.i18n import _
from charsu.web.access import find_person

#: Keys of the types whose own pages and API ask here.
CUSTOMER, PURCHASE = "crm.customer", "crm.purchase"


def within_reach(ctx: HookContext, key: str, model: Any) -> tuple[ColumnElement[bool], ...] | None:
    """Conditions on `model` for the records of type `key` the person may read; None where she may see none.

    Work of the system itself, which no person asked for, sees all.
    """
    noun = find_type(key)
    if noun is None or not ctx.can(noun.permission("read")):
        return None
    is_asked = has_app_context() and find_person() is not None
    access = access_of_request(noun) if is_asked else full_access()
    return access.criteria(model)


def bounds_of_request(key: str, model: Any) -> tuple[ColumnElement[bool], ...]:
    """Conditions on `model` that keep the person of this request to her scope of the type `key`.

    None for who reads them all, and for a program that may record or refund but read nothing: it names the
    records it was told of.
    """
    noun = find_type(key)
    access = access_of_request(noun) if noun is not None else None
    return access.criteria(model) if access is not None and access.can("read") else ()


def require_within_reach(session: Session, key: str, model: Any, record_id: uuid.UUID) -> None:
    """Refuse a record beyond the scope of who sent this request: `NotFound`, as for one that is not there.

    Asks nothing of the database for who reads them all.
    """
    bounds = bounds_of_request(key, model)
    if bounds and session.execute(select(model.id).where(model.id == record_id, *bounds)).first() is None:
        raise NotFound(_("There is no such record."))
