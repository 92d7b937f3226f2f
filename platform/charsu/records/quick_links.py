"""Names of records typed into the pickers above a list, where no script put an id beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.addresses import address
from charsu.records.fields import LinkField
from charsu.records.filter_form import read_form
from charsu.records.inputs import TYPED
from charsu.records.linked import linked_titles
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def is_typed(name: str) -> bool:
    """Whether a parameter is such a text, which no query knows."""
    return name.endswith(TYPED)


def found_links(session: Session, record_type: RecordType, path: str) -> Response | None:
    """Where a list goes on whose address carries typed names: to the same one with filters for them.

    None where nothing was typed. A name nobody has is said, and narrows nothing.
    """
    typed = [name for name in request.args if is_typed(name)]
    if not typed:
        return None
    args = MultiDict(request.args)
    for name in typed:
        words = args.pop(name).strip()
        field = record_type.by_name.get(name.removesuffix(TYPED))
        if isinstance(field, LinkField):
            _put(session, field, words, args)
    return redirect_to_path(address(path, list(args.items(multi=True))))


def _put(session: Session, field: LinkField, words: str, args: MultiDict[str, str]) -> None:
    """The filter for a text, in place of the id that stood beside it, unless it is that one's name."""
    chosen = args.poplist(field.name)
    if not words:
        return
    asked = MultiDict({"add_op": "is", "add_value": chosen[0] if chosen and chosen[0] else words})
    try:
        item, condition = read_form(session, field, asked)
        if chosen and chosen[0]:
            titles = linked_titles(session, {field.to: set(condition.values[0])}, access_of_request)
            if words not in titles.values():
                asked["add_value"] = words
                item, condition = read_form(session, field, asked)
    except DomainError as refusal:
        flash(refusal.message, "warning")
        return
    args.add("where", item.written())
