"""The inputs of a record's form: what each field asks for, with what was typed or is stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import null, select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.plugins.manifest import Text
from charsu.records.access import RecordAccess
from charsu.records.custom import Fields
from charsu.records.fields import (
    AddressesField,
    ChoiceField,
    Field,
    LinkField,
    ListField,
    MemberField,
    RecurrenceField,
)
from charsu.records.fields.rule_parts import OWN, RuleParts, parts_of, typed_parts
from charsu.records.links import linked_type, linking_fields, titles
from charsu.records.rule_menus import Menu, rule_menus
from charsu.records.specs import Section
from charsu.schedule.recurrence import Recurrence
from charsu.text.i18n import _, lazy

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Ends the name of the text beside a link's id.
TYPED = "-typed"
#: Ends the name of the choice among several records that text fits.
CHOSEN = "-chosen"
_MEMBERS = text(
    "SELECT id, display_name FROM core_member WHERE is_active OR id = :id ORDER BY display_name, id"
)
#: Stands between what something belongs to and its own name.
BELOW = " › "
#: Records of a type of the set-up a form offers.
_MOST_OPTIONS = 200
#: Empty places a list offers without scripts.
_SPARE = 1


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input, or a group of them, as `templates/records/inputs.html` draws it."""

    item: Field
    name: str
    title: Text
    widget: str
    #: As the widget wants it: a text, a list of texts, or a list of addresses.
    value: Any = ""
    help: Text = ""
    is_required: bool = False
    #: (value, title) of what can be chosen.
    options: Sequence[tuple[str, Text]] = ()
    #: The same under headings, such as stages under pipelines; empty where they belong to nothing.
    option_groups: Sequence[tuple[str, Sequence[tuple[str, Text]]]] = ()
    #: What its value is called, of a link; of a rule of one's own, the rule as a sentence.
    shown: str = ""
    #: Where the picker of a link asks.
    pick_url: str = ""
    #: Of a link whose text fits several records: those.
    candidates: Sequence[tuple[str, str]] = ()
    #: Of a rule by which the record comes again: what its own inputs show.
    parts: RuleParts | None = None
    menus: Mapping[str, Menu] = field(default_factory=dict)
    #: Of a change that crossed another one: what stands there now.
    now: str = ""


@dataclass(frozen=True, kw_only=True)
class InputGroup:
    """The inputs below one heading; the first group has none."""

    title: Text
    inputs: Sequence[Input]
    is_folded: bool = False


@dataclass(frozen=True, kw_only=True)
class FormState:
    """What a form is drawn from besides its fields."""

    session: Session
    access: RecordAccess
    #: Values of a record, or of a new one, by field name.
    values: Mapping[str, Any] = field(default_factory=dict)
    #: What was posted and did not do; wins over `values`.
    typed: MultiDict[str, str] | None = None
    candidates: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    now: Mapping[str, str] = field(default_factory=dict)


def asked_fields(fields: Fields, access: RecordAccess) -> list[Field]:
    """The fields the form of this writer asks for."""
    is_own = access.scopes.get("write") == "own"
    return [
        item
        for item in access.writable(fields)
        if item.in_form and not item.is_read_only and not (item.name == "owner_id" and is_own)
    ]


class Sectioned(Protocol):
    """What says under which headings inputs stand: a record type, the settings of a module."""

    @property
    def sections(self) -> Sequence[Section]:
        """The headings, in their order."""


def input_groups(declared: Sectioned, asked: Iterable[Field], state: FormState) -> list[InputGroup]:
    """The inputs by sections, in the order of the declaration; custom fields come last."""
    groups: dict[str, list[Input]] = {"": []}
    groups |= {section.key: [] for section in declared.sections}
    groups.setdefault("custom", [])
    for item in asked:
        groups.setdefault(item.section, []).append(_input(item, state))
    named = {section.key: section for section in declared.sections}
    return [
        InputGroup(
            title=named[key].title if key in named else _TITLES.get(key, ""),
            inputs=inputs,
            is_folded=key in named and named[key].is_folded and _is_empty(inputs),
        )
        for key, inputs in groups.items()
        if inputs
    ]


_TITLES: Mapping[str, Text] = {"custom": lazy("Further fields")}


def _is_empty(inputs: Iterable[Input]) -> bool:
    """Whether nothing hides in a folded section: it opens where something is filled in or wrong."""
    return not any(one.value not in ("", [], None) or one.now for one in inputs)


def _input(item: Field, state: FormState) -> Input:
    options: dict[str, Any] = {}
    if isinstance(item, LinkField):
        options = _link_options(item, state)
    elif isinstance(item, ChoiceField):
        options["options"] = _choices(item, state.values.get(item.name))
    elif isinstance(item, RecurrenceField):
        options = _rule_options(item, state)
    return Input(
        item=item,
        name=item.name,
        title=item.title,
        widget="choice" if item.widget == "link" and "options" in options else item.widget,
        value=_value(item, state),
        help=item.help,
        is_required=item.is_required,
        now=state.now.get(item.name, ""),
        **options,
    )


def _value(item: Field, state: FormState) -> Any:
    stored = state.values.get(item.name)
    if isinstance(item, ListField):
        if state.typed is not None:
            return [*(one for one in state.typed.getlist(item.name) if one.strip()), ""][: item.most]
        return [*(item.of.to_input(one) for one in stored or ()), *[""] * _SPARE][: item.most]
    if isinstance(item, AddressesField):
        return [*(typed_addresses(item.name, state.typed) if state.typed is not None else stored or ()), {}]
    if item.widget == "multi_choice":
        return state.typed.getlist(item.name) if state.typed is not None else list(stored or ())
    if item.widget == "flag":
        return item.name in state.typed if state.typed is not None else bool(stored)
    if state.typed is not None:
        return state.typed.get(item.name, "")
    if isinstance(item, RecurrenceField):
        return item.to_choice(stored)
    return str(stored or "") if isinstance(item, LinkField | ChoiceField) else item.to_input(stored)


def _rule_options(item: RecurrenceField, state: FormState) -> dict[str, Any]:
    stored = state.values.get(item.name)
    is_own = item.to_choice(stored) == OWN
    if state.typed is not None and state.typed.get(item.name) == OWN:
        parts = typed_parts(item.name, state.typed)
    else:
        parts = parts_of(Recurrence.from_json(stored) if is_own else None)
    return {
        "options": item.input_options(),
        "shown": item.to_text(stored) if is_own else "",
        "parts": parts,
        "menus": rule_menus(),
    }


def _choices(item: ChoiceField, stored: Any) -> list[tuple[str, Text]]:
    """The options; a stored word that is not offered any more is offered where it stands."""
    offered = list(item.options.items())
    if isinstance(stored, str) and stored not in item.options:
        offered.append((stored, item.to_text(stored)))
    return offered


def _link_options(item: LinkField, state: FormState) -> dict[str, Any]:
    stored = state.values.get(item.name)
    if isinstance(item, MemberField):
        rows = state.session.execute(_MEMBERS, {"id": stored})
        return {"options": [("", _("Nobody")), *((str(row.id), row.display_name) for row in rows)]}
    target = linked_type(item.to)
    if target is not None and target.is_setup:
        offered = setup_options(state.session, target, state.access)
        if isinstance(stored, uuid.UUID) and str(stored) not in dict(offered):
            # What its reader may not see stays what it is.
            offered.append((str(stored), _("a record that is gone or hidden")))
        return {"options": offered, "option_groups": _grouped(offered)}
    found = titles(state.session, item.to, [stored], state.access) if isinstance(stored, uuid.UUID) else {}
    shown = next(iter(found.values()), "")
    if state.typed is not None:
        shown = state.typed.get(item.name + TYPED, shown)
    return {
        "shown": shown,
        "pick_url": _pick_url(item, target),
        "candidates": state.candidates.get(item.name, ()),
    }


def _pick_url(item: LinkField, target: RecordType | None) -> str:
    if target is None:
        return ""
    if item.among is None:
        return f"{target.path}/pick"
    holder = next(holder.key for holder, link in linking_fields(item.to) if link == item)
    return f"{target.path}/pick?among={holder}.{item.name}"


def setup_options(session: Session, target: RecordType, access: RecordAccess) -> list[tuple[str, Text]]:
    """The few records of a type of the set-up in their order, each behind the one it belongs to."""
    model: Any = target.model
    name = target.by_name[target.title_field].expression(model)
    order = target.by_name[target.sort.lstrip("-")].expression(model)
    above = next((item for item in target.fields if isinstance(item, LinkField) and item.is_required), None)
    parent = above.expression(model) if above is not None else null()
    statement = select(model.id, name, parent).where(
        model.deleted_at.is_(None), *access.of(target).criteria(model)
    )
    # PostgreSQL takes no bare NULL to order by.
    keys = (order, model.id) if above is None else (parent, order, model.id)
    rows = session.execute(statement.order_by(*keys).limit(_MOST_OPTIONS)).all()
    known = titles(session, above.to, [row[2] for row in rows], access) if above is not None else {}
    return [(str(row[0]), f"{known[row[2]]}{BELOW}{row[1]}" if row[2] in known else row[1]) for row in rows]


def _grouped(
    offered: Iterable[tuple[str, Text]],
) -> Sequence[tuple[str, Sequence[tuple[str, Text]]]]:
    """The options of a set-up by what they belong to; nothing where they belong to one thing or none."""
    groups: dict[str, list[tuple[str, Text]]] = {}
    for value, title in offered:
        above, _mark, name = str(title).rpartition(BELOW)
        groups.setdefault(above, []).append((value, name))
    return list(groups.items()) if len(groups) > 1 else ()


def typed_addresses(name: str, form: MultiDict[str, str]) -> list[dict[str, str]]:
    """The addresses of a posted form, in their order; empty ones are left out."""
    numbers = sorted(
        {
            int(parts[1])
            for key in form
            if (parts := key.split("."))[0] == name and len(parts) == 3 and _is_number(parts[1])
        }
    )
    made = (
        {part: typed for part in AddressesField.PARTS if (typed := form.get(f"{name}.{number}.{part}", ""))}
        for number in numbers
    )
    return [one for one in made if one]


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= 3
