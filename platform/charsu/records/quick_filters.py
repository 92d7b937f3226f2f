"""Ready filters above a list: the fields a type names, each as a menu or a text to type."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.records.access import RecordAccess
from charsu.records.fields import ChoiceField, Field, LinkField, MemberField
from charsu.records.filters import Filter
from charsu.records.links import linked_type
from charsu.records.list_menus import choice_options
from charsu.records.periods import PERIODS
from charsu.records.query import RecordQuery
from charsu.text.i18n import _

#: Ids and names of who works here.
Members = Callable[[], Iterable[tuple[str, str]]]
_QUICK_PERIODS = ("today", "this_week", "this_month", "last_month", "this_year", "overdue")


_MEMBERS = text("""
    SELECT id::text, display_name FROM core_member WHERE is_active AND id IS DISTINCT FROM :me
     ORDER BY display_name, id LIMIT 100
""")


@dataclass(frozen=True)
class Quick:
    """A ready filter above the list: a choice of written filters, a record to pick, or a text to type."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]
    value: str
    #: Where a record to link to is looked for, and what the chosen one is called.
    pick_url: str = ""
    shown: str = ""

    @property
    def drawn(self) -> Markup:
        """Its options as HTML."""
        return choice_options(self.options, self.value)


def quick_filters(
    query: RecordQuery, fields: Sequence[Field], titles: Mapping[Any, str], members: Members
) -> tuple[list[Quick], list[Filter]]:
    """The ready filters, and the filters of the query they do not show; `titles` are of linked records.

    `members` reads who works here; it is called only where a filter names one.
    """
    kept = list(query.filters)
    found: list[Quick] = []
    by_name = {item.name: item for item in fields}
    for item in (by_name[name] for name in query.record_type.quick_filters if name in by_name):
        if isinstance(item, LinkField) and not isinstance(item, MemberField):
            # Records to link to are too many for a menu: they are looked for.
            if (url := _pick_url(query, item)) is not None:
                found.append(_picked(item, url, kept, titles))
            continue
        options = _quick_options(item, members)
        value = ""
        for chosen in [one for one in kept if one.field == item.name]:
            if options and chosen.written() in dict(options):
                value = chosen.written()
            elif not options and chosen.operator == item.operators[0]:
                value = ",".join(chosen.values)
            else:
                continue
            kept.remove(chosen)
            break
        found.append(Quick(item.name, str(item.title), options, value))
    return found, kept


def colleagues(session: Session, access: RecordAccess) -> Members:
    """Who else works here, for who sees more than her own; "mine" stands for the reader herself."""
    if access.scopes.get("read") == "own":
        return lambda: ()
    return lambda: [(row[0], row[1]) for row in session.execute(_MEMBERS, {"me": access.member_id})]


def _pick_url(query: RecordQuery, item: LinkField) -> str | None:
    target = linked_type(item.to)
    can_read = target is not None and "read" in target.verbs and query.access.of(target).can("read")
    return f"{target.path}/pick" if target is not None and can_read else None


def _picked(item: LinkField, url: str, kept: list[Filter], titles: Mapping[Any, str]) -> Quick:
    """The picker of a link; it shows a filter by one record that the reader may see, and takes it away."""
    value = shown = ""
    for chosen in kept:
        if chosen.field == item.name and chosen.operator == "is" and len(chosen.values) == 1:
            title = titles.get(uuid.UUID(chosen.values[0]))
            if title:
                value, shown = chosen.values[0], title
                kept.remove(chosen)
                break
    return Quick(item.name, str(item.title), (), value, url, shown)


def _quick_options(item: Field, members: Members) -> tuple[tuple[str, str], ...]:
    if isinstance(item, ChoiceField):
        operator = item.operators[0]
        return tuple((f"{item.name}:{operator}:{word}", str(title)) for word, title in item.options.items())
    if item.kind == "flag":
        return ((f"{item.name}:is:true", _("Yes")), (f"{item.name}:is:false", _("No")))
    if item.kind == "member":
        return (
            (f"{item.name}:me", _("Mine")),
            (f"{item.name}:my_teams", _("My teams'")),
            (f"{item.name}:empty", _("Nobody's")),
            *((f"{item.name}:is:{member_id}", name) for member_id, name in members()),
        )
    if "within" in item.operators:
        within = [(f"{item.name}:within:{word}", str(PERIODS[word])) for word in _QUICK_PERIODS]
        return ((f"{item.name}:empty", _("Empty")), (f"{item.name}:filled", _("Filled in")), *within)
    return ()
