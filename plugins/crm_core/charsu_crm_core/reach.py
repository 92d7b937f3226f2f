"""How far the person sees for whom a hook is called."""

from typing import Any

from flask import has_app_context
from sqlalchemy import ColumnElement

from charsu.plugins import HookContext
from charsu.records.access import access_of_request, full_access
from charsu.records.registry import find_type
from charsu.web.access import find_person


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
