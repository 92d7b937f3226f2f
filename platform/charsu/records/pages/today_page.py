"""The one list of what to do, over all modules, with a card of it for the dashboard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g

from charsu.api.fields import Text, Uuid
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.due import DueGroup, DueItem, finish, grouped, list_due
from charsu.records.registry import usable_type, usable_types
from charsu.text.i18n import _
from charsu.web.access import signed_in
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

today = Blueprint("today", "charsu.records")


class _Finished(Schema):
    kind = Text(required=True, max_length=130)
    record_id = Uuid(required=True)


@today.get("/today")
@signed_in
def show_today() -> Response:
    """Overdue, today, in the next days."""
    items = due_items()
    return render("records/today.html", groups=grouped(items), has_types=bool(_types()))


@today.post("/today/completion")
@signed_in
def post_completion() -> Response:
    """Finish one of them by its own module's rules."""
    form, errors = parse_form(_Finished)
    if errors:
        raise NotFound(_("There is no such record."))
    flash(_("Done: %(title)s", title=complete(form["kind"], form["record_id"], source="page")))
    return page_redirect("today.show_today")


def complete(kind: str, record_id: UUID, *, source: Any) -> str:
    """Finish a record of a type for the person of this request; returns its title. Raises as `due.finish`."""
    record_type = usable_type(kind, g.tenant)
    with changing(source):
        return finish(db.session(), record_type, access_of_request(record_type), record_id)


def due_items() -> list[DueItem]:
    """Everything open of the person of this request, one query for each type that has a due day."""
    return [item for kind in _types() for item in list_due(db.session(), kind, access_of_request(kind))]


def due_card() -> tuple[list[DueGroup], bool]:
    """What the dashboard shows: the groups, and whether there is anything one could have to do at all."""
    types = _types()
    return (grouped(due_items()) if types else []), bool(types)


def _types() -> list[Any]:
    found = [item for item in usable_types(g.tenant) if item.due is not None]
    return [item for item in found if access_of_request(item).can("read")]
