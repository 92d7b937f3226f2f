"""How far the person sees for whom a hook is called, or who sent this request."""

import uuid
from dataclasses import replace
from typing import Any

from flask import has_app_context
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from charsu.errors import NotFound, PermissionDenied
from charsu.plugins import HookContext
from charsu.records import RecordAccess, RecordType
from charsu.records.access import access_of_request, full_access
from charsu.records.compiling import READER
from charsu.records.registry import find_type
from charsu.text.i18n import _
from charsu.web.access import find_person

#: Keys of the types whose own pages and API ask here.
CUSTOMER, PURCHASE = "crm.customer", "crm.purchase"


def bounds_of(access: RecordAccess, key: str) -> RecordAccess:
    """The bounds of the same person for the type `key` of this module."""
    noun = find_type(key)
    if noun is None:
        raise LookupError(key)
    return access.of(noun)


def reach_of(noun: RecordType) -> RecordAccess:
    """The bounds of the person of this request; none for work of the system, which nobody asked for."""
    is_asked = has_app_context() and find_person() is not None
    return access_of_request(noun) if is_asked else full_access()


def hidden_fields(key: str) -> tuple[str, ...]:
    """Names of the fields of a type that the person of this request may not see."""
    noun = find_type(key)
    rules = reach_of(noun).field_rules if noun is not None else {}
    return tuple(name for name, access in rules.items() if access == "none")


def shows(key: str, name: str) -> bool:
    """Whether the person of this request may see the values of a field, in sums and sentences too."""
    noun = find_type(key)
    return noun is None or reach_of(noun).shows(name)


def shows_amounts() -> bool:
    """Whether the person of this request may see what was paid for purchases."""
    return shows(PURCHASE, "amount_minor")


def require_amounts() -> None:
    """Refuse who may not see amounts to decide on one. Raises: PermissionDenied."""
    if not shows_amounts():
        raise PermissionDenied(_("Your role does not show you what was paid, so you can't refund it."))


def reach_of_hook(ctx: HookContext, key: str) -> RecordAccess | None:
    """The bounds for records of type `key` of whom a hook is called for; None where she may see none."""
    noun = find_type(key)
    return None if noun is None or not ctx.can(noun.permission("read")) else reach_of(noun)


def within_reach(ctx: HookContext, key: str, model: Any) -> tuple[ColumnElement[bool], ...] | None:
    """Conditions on `model` for the records of type `key` she may read; None where she may see none."""
    access = reach_of_hook(ctx, key)
    return None if access is None else access.criteria(model)


def kept_criteria(access: RecordAccess, model: Any, verb: str = "read") -> tuple[ColumnElement[bool], ...]:
    """The conditions of `access` for a statement that is kept: with a place for the reader's id."""
    reader = None if access.member_id is None else READER
    return replace(access, member_id=reader).criteria(model, verb)


def bounds_of_request(key: str, model: Any) -> tuple[ColumnElement[bool], ...]:
    """Conditions on `model` that keep the person of this request to her scope of the type `key`.

    None for who reads them all, for work of the system, and for a program that may record or refund but read
    nothing: it names the records it was told of.
    """
    noun = find_type(key)
    access = reach_of(noun) if noun is not None else None
    return access.criteria(model) if access is not None and access.can("read") else ()


def require_within_reach(session: Session, key: str, model: Any, record_id: uuid.UUID) -> None:
    """Refuse a record beyond the scope of who sent this request: `NotFound`, as for one that is not there.

    Asks nothing of the database for who reads them all.
    """
    bounds = bounds_of_request(key, model)
    if bounds and session.execute(select(model.id).where(model.id == record_id, *bounds)).first() is None:
        raise NotFound(_("There is no such record."))
