"""What stands on the page of one record: facts in words, figures and pieces of modules, what hangs on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.plugins.apart import done_apart
from charsu.plugins.dispatch import Ask
from charsu.plugins.manifest import Text
from charsu.records.access import RecordAccess
from charsu.records.cells import CellContext, cell_of, linked_ids
from charsu.records.custom import fields_of
from charsu.records.fields import (
    AddressesField,
    ChoiceField,
    EmailField,
    Field,
    LinkField,
    LongTextField,
    MultiChoiceField,
    PhoneField,
    TagsField,
)
from charsu.records.linked import linked_titles
from charsu.records.links import linked_type, linking_fields, module_of
from charsu.records.listing import list_page
from charsu.records.query import parse_query
from charsu.text.i18n import lazy
from charsu.text.preferences import current_preferences
from charsu.ui.html import as_html

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Rows of a small list of related records.
_RELATED = 5
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


@dataclass(frozen=True, kw_only=True)
class RecordSubject:
    """The record a fragment is asked for, unless its type names another subject."""

    record_type: str
    id: uuid.UUID
    title: str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One field with its value, drawn as in a list."""

    title: Text
    html: Markup


@dataclass(frozen=True, kw_only=True)
class FactGroup:
    """The facts below one heading; the first group has none."""

    title: Text
    facts: Sequence[Fact]


@dataclass(frozen=True, kw_only=True)
class RelatedList:
    """Records of another type that point at this one."""

    record_type: RecordType
    #: The link's own title, where a type points here by several.
    by: Text
    rows: Sequence[tuple[uuid.UUID, str, Markup]]
    list_url: str
    #: Where one is added with the link filled in; empty where one may not.
    add_url: str


@dataclass(frozen=True, kw_only=True)
class RecordView:
    """Everything its page shows but the timeline."""

    record: Any
    title: str
    badges: Sequence[Markup]
    owner: str
    groups: Sequence[FactGroup]
    phone: str
    email: str


class ViewMaker:
    """Makes the view of one record for its reader; one query for the names of all it links to."""

    def __init__(self, session: Session, record_type: RecordType, access: RecordAccess, record: Any) -> None:
        self.session = session
        self.record_type = record_type
        self.access = access
        self.record = record
        self.fields = list(access.readable(fields_of(session, record_type)))
        self.values = {item.name: item.read(record) for item in self.fields}
        row = (record.id, *self.values.values())
        links = [item for item in self.fields if isinstance(item, LinkField)]
        self.titles = linked_titles(session, linked_ids(self.fields, [row]), access.of)
        targets = {item.to: linked_type(item.to) for item in links}
        self.context = CellContext(
            preferences=current_preferences(),
            path=record_type.path,
            titles=self.titles,
            link_paths={key: target.path for key, target in targets.items() if target is not None},
        )

    def make(self) -> RecordView:
        """The view."""
        title_field = self.record_type.by_name[self.record_type.title_field]
        shown = self.values.get(title_field.name)
        owner = self.values.get("owner_id")
        return RecordView(
            record=self.record,
            title=title_field.to_text(shown) if shown else str(self.record_type.title),
            badges=[self._cell(item) for item in self.fields if self._is_badge(item)],
            owner=self.titles.get(owner, "") if owner is not None else "",
            groups=self._groups(),
            phone=self._first(PhoneField),
            email=self._first(EmailField),
        )

    def _is_badge(self, item: Field) -> bool:
        """Short words that say at a glance what this is: coloured choices, and tags."""
        if self.values[item.name] in _EMPTY:
            return False
        is_choice = isinstance(item, ChoiceField) and not isinstance(item, MultiChoiceField)
        return (is_choice and bool(getattr(item, "tones", None))) or isinstance(item, TagsField)

    def _groups(self) -> list[FactGroup]:
        groups: dict[str, list[Fact]] = {"": []}
        groups |= {section.key: [] for section in self.record_type.sections}
        apart = {self.record_type.title_field, "owner_id", "created_at", "updated_at"}
        for item in self.fields:
            if (
                item.name in apart
                or not item.in_facts
                or self.values[item.name] in _EMPTY
                or self._is_badge(item)
            ):
                continue
            html = self._cell(item)
            if html:
                groups.setdefault(item.section, []).append(Fact(title=item.title, html=html))
        titles: dict[str, Text] = {section.key: section.title for section in self.record_type.sections}
        titles["custom"] = lazy("Further fields")
        return [FactGroup(title=titles.get(key, ""), facts=facts) for key, facts in groups.items() if facts]

    def _cell(self, item: Field) -> Markup:
        value = self.values[item.name]
        if isinstance(item, LongTextField | AddressesField):
            return Markup('<span class="c-lines" dir="auto">{}</span>').format(escape(item.to_text(value)))
        return as_html(cell_of(item, self.context)(value))

    def _first(self, kind: type[Field]) -> str:
        return next(
            (
                str(self.values[item.name])
                for item in self.fields
                if isinstance(item, kind) and self.values[item.name]
            ),
            "",
        )


def subject_of(record_type: RecordType, view: RecordView) -> object:
    """What fragments of this record's page are told it is about."""
    if record_type.subject is not None:
        return record_type.subject(view.record)
    return RecordSubject(record_type=record_type.key, id=view.record.id, title=view.title)


def asked_fragments(record_type: RecordType, place: str, subject: object) -> Ask:
    """The pieces of all modules for one place of the page: `<key>.main` or `<key>.side`."""
    return Ask("fragments", {"slot": f"{record_type.slot or record_type.key}.{place}", "subject": subject})


def asked_figures(record_type: RecordType, record_id: uuid.UUID) -> Ask:
    """The key figures of all modules, in order."""
    return Ask("figures", {"record_type": record_type.key, "record_id": record_id})


def related_lists(
    session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID
) -> list[RelatedList]:
    """What points at the record, of each type its reader may see, the newest first.

    A type whose tables fail is left out.
    """
    found = []
    pointing = linking_fields(record_type.key)
    for other, link in pointing:
        bounds = access.of(other)
        if linked_type(other.key) is None or not bounds.can("read") or not bounds.readable([link]):
            continue
        read = partial(_related_rows, session, other, bounds, link, record_id)
        rows = done_apart(session, module_of(other), "related", read, None)
        if rows is None:
            continue
        others = sum(1 for item, _link in pointing if item is other)
        can_add = bounds.can("write") and "write" in other.verbs and bool(bounds.writable([link]))
        found.append(
            RelatedList(
                record_type=other,
                by=link.title if others > 1 else "",
                rows=rows,
                list_url=f"{other.path}?{link.name}={record_id}",
                add_url=f"{other.path}/new?{link.name}={record_id}" if can_add and link.in_form else "",
            )
        )
    return found


def _related_rows(
    session: Session, other: RecordType, bounds: RecordAccess, link: LinkField, record_id: uuid.UUID
) -> list[tuple[uuid.UUID, str, Markup]]:
    title = other.by_name[other.title_field]
    shown = [item for item in _brief(other, bounds, link) if item is not title]
    columns = [title, *shown] if bounds.readable([title]) else shown
    asked = MultiDict([("where", f"{link.name}:is:{record_id}"), ("limit", str(_RELATED))])
    page = list_page(session, parse_query(other, session, bounds, asked), columns)
    context = CellContext(preferences=current_preferences(), path=other.path)
    cells = [cell_of(item, context) for item in shown]
    at = 2 if columns and columns[0] is title else 1
    return [
        (
            row[0],
            title.to_text(row[1]) if at == 2 else str(other.title),
            as_html(" ".join(cell(row[at + n]) for n, cell in enumerate(cells))),
        )
        for row in page.rows
    ]


def _brief(other: RecordType, bounds: RecordAccess, link: LinkField) -> Iterable[Field]:
    """Two fields that tell related records apart: those of a list, but no links."""
    listed = [
        item
        for item in bounds.readable(other.fields)
        if item.in_list and not isinstance(item, LinkField) and item.name != other.title_field
    ]
    return [item for item in listed if item is not link][:2]
