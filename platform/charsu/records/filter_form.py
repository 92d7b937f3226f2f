"""The form that adds a filter: what it offers for a field, and the filter it makes of what was typed.

An address carries values as the API speaks them; people type amounts in Toman and names of records. So the
form has names of its own (`add`, `add_op`, …), and what comes of them is written into the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.fields import ChoiceField, Field, LinkField, MemberField
from charsu.records.filter_errors import bad_value
from charsu.records.filters import BARE, OPERATORS, Condition, Filter, read_filter
from charsu.records.links import linked_type
from charsu.records.listing import count, iterate
from charsu.records.periods import PERIODS
from charsu.records.query import parse_query
from charsu.text.i18n import _
from charsu.text.money import parse_money

#: Names of the form's inputs; the list's own query knows none of them.
NAMES = ("add", "add_op", "add_value", "add_to", "add_period")
_MOST_LINKS = 20
_MEMBERS = text(
    "SELECT id::text, display_name FROM core_member WHERE is_active ORDER BY display_name LIMIT 200"
)
_WIDGETS: Mapping[str, str] = {
    "choice": "options",
    "multi_choice": "options",
    "flag": "flag",
    "member": "options",
    "date": "date",
    "instant": "date",
    "money": "money",
    "number": "number",
    "link": "link",
    "tags": "words",
    "list": "words",
}


@dataclass(frozen=True, kw_only=True)
class FilterForm:
    """What the form shows for one field."""

    item: Field
    operators: list[tuple[str, str]]
    #: Which inputs are shown: `options`, `flag`, `date`, `money`, `number`, `link`, `words` or `text`.
    widget: str
    options: list[tuple[str, str]] = field(default_factory=list)
    periods: list[tuple[str, str]] = field(default_factory=list)
    #: What was typed before, where it did not fit, and why it did not.
    values: Mapping[str, Any] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    error: str = ""


def filter_form(session: Session, item: Field, typed: MultiDict[str, str], error: str = "") -> FilterForm:
    """The form for a field, with what was typed before."""
    return FilterForm(
        item=item,
        operators=[(name, str(OPERATORS[name])) for name in item.operators],
        widget=_WIDGETS.get(item.kind, "text"),
        options=_options(session, item),
        periods=[(word, str(title)) for word, title in PERIODS.items()] if "within" in item.operators else [],
        values=typed,
        chosen=tuple(typed.getlist("add_value")),
        error=error,
    )


def read_form(session: Session, item: Field, typed: MultiDict[str, str]) -> tuple[Filter, Condition]:
    """The filter that was typed. Raises `DomainError` with a message for people."""
    operator = typed.get("add_op") or item.operators[0]
    values = [value.strip() for value in typed.getlist("add_value") if value.strip()]
    if operator in BARE:
        return read_filter(item, operator, "")
    if operator == "within":
        return read_filter(item, operator, typed.get("add_period") or "")
    if operator == "between":
        values = [values[0] if values else "", (typed.get("add_to") or "").strip()]
    if isinstance(item, LinkField) and not isinstance(item, MemberField):
        return _linked(session, item, operator, values)
    if item.kind == "money":
        values = [_minor(item, value) for value in values]
    if not any(values):
        raise bad_value(item.name, _("Please fill this in."))
    is_list = operator in ("is", "is_not", "has_any", "has_all") and item.kind not in ("tags", "list")
    written = [value.replace(",", "\\,") for value in values] if is_list else values
    return read_filter(
        item, operator, ",".join(written).replace("،", ",") if item.kind == "tags" else ",".join(written)
    )


def _minor(item: Field, value: str) -> str:
    try:
        return str(parse_money(value)) if value else ""
    except ValueError as refusal:
        raise bad_value(item.name, str(refusal)) from None


def _linked(session: Session, item: LinkField, operator: str, values: list[str]) -> tuple[Filter, Condition]:
    """Records are named by words of theirs; several may fit, and any of them is meant then."""
    try:
        return read_filter(item, operator, ",".join(values))
    except DomainError:
        ids = _found(session, item, " ".join(values))
    if not ids:
        raise bad_value(item.name, _("Nothing with these words was found."))
    return read_filter(item, operator, ",".join(ids))


def _found(session: Session, item: LinkField, words: str) -> list[str]:
    target = linked_type(item.to)
    if target is None or not words:
        return []
    access = access_of_request(target)
    query = parse_query(target, session, access, {"search": words})
    if count(session, query) > _MOST_LINKS:
        raise bad_value(item.name, _("These words fit too many; add another word."))
    return [str(row[0]) for row in iterate(session, query, ())]


def _options(session: Session, item: Field) -> list[tuple[str, str]]:
    if isinstance(item, ChoiceField):
        return [(word, str(title)) for word, title in item.options.items()]
    if isinstance(item, MemberField):
        return [(row[0], row[1]) for row in session.execute(_MEMBERS)]
    return []
