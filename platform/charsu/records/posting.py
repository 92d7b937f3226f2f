"""Reading a posted form of a record: what was typed becomes values, by the fields' own rules."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import marshmallow as ma
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.api.arguments import written
from charsu.api.fields import UNSTORABLE, text_input
from charsu.records.access import RecordAccess
from charsu.records.custom import Fields
from charsu.records.fields import AddressesField, Field, LinkField, ListField, MemberField
from charsu.records.inputs import CHOSEN, TYPED, typed_addresses
from charsu.records.links import linked_type, titles
from charsu.records.query import list_page, parse_query
from charsu.records.schemas import form_schema
from charsu.text.i18n import _
from charsu.web.forms import Errors, flat_messages

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: So many records a text is offered for at most.
MOST_CANDIDATES = 8


@dataclass
class Posted:
    """A form as it was understood: values by field name, and what is wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    #: Records a link's text may mean, where it means several.
    candidates: dict[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


def read_form(
    session: Session, access: RecordAccess, fields: Fields, asked: Iterable[Field], form: MultiDict[str, str]
) -> Posted:
    """The values of `asked` out of a form. Fields it does not ask for are not looked at.

    What has a default and was not sent at all is left out: it keeps its value, or gets the default.
    """
    posted = Posted()
    raw: dict[str, Any] = {}
    listed = [item for item in asked if not item.is_required or item.default is None or item.name in form]
    for item in listed:
        if isinstance(item, LinkField) and not isinstance(item, MemberField):
            raw[item.name] = _link(session, access, item, form, posted)
        else:
            raw[item.name] = _typed(item, form)
    schema = form_schema(fields, frozenset(item.name for item in listed))
    try:
        with text_input():
            posted.values = dict(schema.load(raw))
    except ma.ValidationError as refusal:
        found = {name: flat_messages(messages) for name, messages in written(refusal.messages_dict).items()}
        posted.errors = {**found, **posted.errors}
    return posted


def _typed(item: Field, form: MultiDict[str, str]) -> Any:
    if isinstance(item, ListField):
        return [one for one in form.getlist(item.name) if one.strip()]
    if isinstance(item, AddressesField):
        return typed_addresses(item.name, form)
    if item.widget == "multi_choice":
        return [one for one in form.getlist(item.name) if one]
    if item.widget == "flag":
        return "true" if item.name in form else "false"
    return form.get(item.name, "")


def _link(
    session: Session, access: RecordAccess, item: LinkField, form: MultiDict[str, str], posted: Posted
) -> str:
    """The id a link's input means: the chosen one while its text stands, else the one the text finds."""
    chosen = form.get(item.name, "").strip()
    typed = " ".join(form.get(item.name + TYPED, "").split())[:200]
    if item.name + TYPED not in form:
        return chosen
    if picked := form.get(item.name + CHOSEN, "").strip():
        return picked
    if not typed:
        # What its reader may not see has no name in its input, and stays.
        return chosen if chosen and _title(session, access, item, chosen) is None else ""
    if chosen and _title(session, access, item, chosen) in (typed, None):
        return chosen
    found = find_candidates(session, access, item.to, typed)
    same = [one for one in found if one[1] == typed]
    if len(same) == 1 or len(found) == 1:
        return (same or found)[0][0]
    if found:
        posted.candidates[item.name] = found
        posted.errors[item.name] = [_("Several fit. Choose one of them.")]
    else:
        posted.errors[item.name] = [_("Nothing was found by this name.")]
    return ""


def _title(session: Session, access: RecordAccess, item: LinkField, chosen: str) -> str | None:
    try:
        found = titles(session, item.to, [uuid.UUID(chosen)], access)
    except ValueError:
        return None
    return next(iter(found.values()), None)


def find_candidates(session: Session, access: RecordAccess, key: str, typed: str) -> list[tuple[str, str]]:
    """(id, title) of records of a type that a text finds within the actor's bounds, a few of them."""
    target = linked_type(key)
    if target is None or UNSTORABLE.search(typed):
        return []
    return pick(session, target, access.of(target), typed)


def pick(
    session: Session, record_type: RecordType, access: RecordAccess, typed: str
) -> list[tuple[str, str]]:
    """(id, title) of the records a text finds; the newest for an empty one. Raises: PermissionDenied."""
    access.require("read")
    asked = MultiDict({"search": typed, "limit": str(MOST_CANDIDATES)})
    title = record_type.by_name[record_type.title_field]
    if title not in access.readable([title]):
        return []
    query = parse_query(record_type, session, access, asked)
    page = list_page(session, query, [title])
    return [(str(row[0]), title.to_text(row[1])) for row in page.rows]
