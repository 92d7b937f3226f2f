"""Reading a posted form of a record: what was typed becomes values, by the fields' own rules."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import marshmallow as ma
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.api.arguments import written
from charsu.api.fields import UNSTORABLE, text_input
from charsu.records.access import RecordAccess
from charsu.records.custom import Fields
from charsu.records.fields import AddressesField, Field, LinkField, ListField, MemberField, RecurrenceField
from charsu.records.fields.rule_parts import OWN, typed_parts
from charsu.records.inputs import CHOSEN, TYPED, typed_addresses
from charsu.records.links import linked_type, titles
from charsu.records.listing import list_page
from charsu.records.query import parse_query
from charsu.records.schemas import form_schema
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.web.forms import Errors, flat_messages

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: So many records a text is offered for at most.
MOST_CANDIDATES = 8
#: Of records that another link narrows down, so many are looked at.
_MOST_AMONG = 200


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
            raw[item.name] = _Link(session, access, item, raw).read(form, posted)
        else:
            raw[item.name] = _typed(item, form)
    schema = form_schema(fields, frozenset(item.name for item in listed))
    try:
        with text_input():
            posted.values = dict(schema.load(raw))
    except ma.ValidationError as refusal:
        rules = {item.name for item in listed if isinstance(item, RecurrenceField)}
        posted.errors = {**_by_input(written(refusal.messages_dict), rules), **posted.errors}
    return posted


def _by_input(found: Mapping[str, Any], rules: Collection[str]) -> Errors:
    """The messages by the name of their input; each part of a rule has an input of its own."""
    errors: Errors = {}
    for name, messages in found.items():
        if name in rules and isinstance(messages, dict):
            errors |= {f"{name}.{part}": flat_messages(inner) for part, inner in messages.items()}
        else:
            errors[name] = flat_messages(messages)
    return errors


def _typed(item: Field, form: MultiDict[str, str]) -> Any:
    if isinstance(item, ListField):
        return [one for one in form.getlist(item.name) if one.strip()]
    if isinstance(item, AddressesField):
        return typed_addresses(item.name, form)
    if item.widget == "multi_choice":
        return [one for one in form.getlist(item.name) if one]
    if item.widget == "flag":
        return "true" if item.name in form else "false"
    if isinstance(item, RecurrenceField) and form.get(item.name) == OWN:
        return typed_parts(item.name, form)
    return form.get(item.name, "")


class _Link:
    """What the input of a link means; `others` are the values of the inputs ahead of it, as sent."""

    def __init__(
        self, session: Session, access: RecordAccess, item: LinkField, others: Mapping[str, Any]
    ) -> None:
        self.session = session
        self.access = access
        self.item = item
        self.others = others

    def read(self, form: MultiDict[str, str], posted: Posted) -> str:
        """The id: the chosen one while its text stands, else the one the text finds."""
        name = self.item.name
        chosen = form.get(name, "").strip()
        typed = " ".join(form.get(name + TYPED, "").split())[:200]
        if name + TYPED not in form:
            return chosen
        if picked := form.get(name + CHOSEN, "").strip():
            return picked
        if not typed:
            # What its reader may not see has no name in its input, and stays.
            return chosen if chosen and self._title(chosen) is None else ""
        if chosen and self._title(chosen) in (typed, None):
            return chosen
        found = self._find(typed)
        same = [one for one in found if one[1] == typed]
        if len(same) == 1 or len(found) == 1:
            return (same or found)[0][0]
        if found:
            posted.candidates[name] = found
            posted.errors[name] = [_("Several fit. Choose one of them.")]
        else:
            posted.errors[name] = [_("Nothing was found by this name.")]
        return ""

    def _title(self, chosen: str) -> str | None:
        try:
            found = titles(self.session, self.item.to, [uuid.UUID(chosen)], self.access)
        except ValueError:
            return None
        return next(iter(found.values()), None)

    def _find(self, typed: str) -> list[tuple[str, str]]:
        """(id, title) of records the text finds within the writer's bounds, a few of them."""
        target = linked_type(self.item.to)
        if target is None or UNSTORABLE.search(typed):
            return []
        access, among = self.access.of(target), self.item.among
        if among is None or among.by not in self.others:
            return pick(self.session, target, access, typed)
        return pick_among(self.session, target, access, among.holds, (str(self.others[among.by]), typed))


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


def pick_among(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    holds: Callable[[uuid.UUID], ColumnElement[bool]],
    asked: tuple[str, str],
) -> list[tuple[str, str]]:
    """As `pick`, of those records alone that `holds` for an id; `asked` are that id and the text.

    They are expected to be few, such as the people of a company; none for an id that is none.
    """
    access.require("read")
    by, typed = asked
    title = record_type.by_name[record_type.title_field]
    if title not in access.readable([title]):
        return []
    try:
        criterion = holds(uuid.UUID(by))
    except ValueError:
        return []
    model: Any = record_type.model
    name = title.expression(model)
    statement = select(model.id, name).where(model.deleted_at.is_(None), *access.criteria(model), criterion)
    rows = session.execute(statement.order_by(name, model.id).limit(_MOST_AMONG))
    words = fold(typed).split()
    named = [(str(row[0]), title.to_text(row[1])) for row in rows]
    return [one for one in named if all(word in fold(one[1]) for word in words)][:MOST_CANDIDATES]
