"""Ready filters above a list: the fields a type names, each as a menu or a text to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from charsu.records.fields import ChoiceField, Field
from charsu.records.filters import Filter
from charsu.records.list_menus import choice_options
from charsu.records.periods import PERIODS
from charsu.records.query import RecordQuery
from charsu.text.i18n import _

_QUICK_PERIODS = ("today", "this_week", "this_month", "last_month", "this_year", "overdue")


@dataclass(frozen=True)
class Quick:
    """A ready filter above the list: a choice of written filters, or a text where there are no options."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]
    value: str

    @property
    def drawn(self) -> Markup:
        """Its options as HTML."""
        return choice_options(self.options, self.value)


def quick_filters(query: RecordQuery, fields: Sequence[Field]) -> tuple[list[Quick], list[Filter]]:
    """The ready filters, and the filters of the query they do not show."""
    kept = list(query.filters)
    found: list[Quick] = []
    by_name = {item.name: item for item in fields}
    for item in (by_name[name] for name in query.record_type.quick_filters if name in by_name):
        # Records to link to are too many for a menu, and nobody types their ids.
        if item.kind == "link":
            continue
        options = _quick_options(item)
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


def _quick_options(item: Field) -> tuple[tuple[str, str], ...]:
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
        )
    if "within" in item.operators:
        within = [(f"{item.name}:within:{word}", str(PERIODS[word])) for word in _QUICK_PERIODS]
        return ((f"{item.name}:empty", _("Empty")), (f"{item.name}:filled", _("Filled in")), *within)
    return ()
