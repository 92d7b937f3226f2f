"""The one list of what to do, over all modules, with a card of it for the dashboard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for

from charsu.api.arguments import load
from charsu.api.fields import Text, Uuid
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.due import DueGroup, DueItem, finish, grouped, list_due
from charsu.records.lacking import Lack, list_lacking
from charsu.records.registry import usable_type, usable_types
from charsu.records.specs import FollowUp
from charsu.text.i18n import _
from charsu.web.access import signed_in
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

today = Blueprint("today", "charsu.records")


class _Finished(Schema):
    kind = Text(required=True, max_length=130)
    record_id = Uuid(required=True)


class _JustDone(Schema):
    kind = Text(load_default="", max_length=130)
    record_id = Uuid(load_default=None, allow_none=True)

    class Meta:
        """A tracker's words in the address are none of ours."""

        unknown = "exclude"


@today.get("/today")
@signed_in
def show_today() -> Response:
    """Overdue, today, in the next days, and what lacks its next step; first of all, what follows from what
    was just finished.
    """
    asked = load(_JustDone(), request, "query")
    return render(
        "records/today.html",
        groups=grouped(due_items()),
        lacks=lacking(),
        follow_up=_follow_up(asked["kind"], asked["record_id"]),
        here=url_for("today.show_today"),
        types=_types(),
    )


@today.post("/today/completion")
@signed_in
def post_completion() -> Response:
    """Finish one of them by its own module's rules."""
    form, errors = parse_form(_Finished)
    if errors:
        raise NotFound(_("There is no such record."))
    flash(_("Done: %(title)s", title=complete(form["kind"], form["record_id"], source="page")))
    is_asked = _follow_up(form["kind"], form["record_id"]) is not None
    return page_redirect("today.show_today", **(form if is_asked else {}))


def complete(kind: str, record_id: UUID, *, source: Any) -> str:
    """Finish a record of a type for the person of this request; returns its title. Raises as `due.finish`."""
    record_type = usable_type(kind, g.tenant)
    with changing(source):
        return finish(db.session(), record_type, access_of_request(record_type), record_id)


def due_items() -> list[DueItem]:
    """Everything open of the person of this request, one query for each type that has a due day."""
    return [item for kind in _types() for item in list_due(db.session(), kind, access_of_request(kind))]


def lacking() -> list[Lack]:
    """What the person of this request has that lacks something, a query for each type that says so."""
    found = [
        Lack(kind.lack, kind, list_lacking(db.session(), kind, access_of_request(kind)))
        for kind in usable_types(g.tenant)
        if kind.lack is not None
    ]
    return [lack for lack in found if lack.items]


def due_card() -> tuple[list[DueGroup], bool]:
    """What the dashboard shows: the groups, and whether there is anything one could have to do at all."""
    types = _types()
    return (grouped(due_items()) if types else []), bool(types)


def _follow_up(kind: str, record_id: UUID | None) -> FollowUp | None:
    """What the type of a record asks after it was finished, as far as this person may see it."""
    record_type = next((item for item in _types() if item.key == kind), None)
    if record_type is None or record_id is None or record_type.due.follow_up is None:
        return None
    found: FollowUp | None = record_type.due.follow_up(
        db.session(), access_of_request(record_type), record_id
    )
    return found


def _types() -> list[Any]:
    found = [item for item in usable_types(g.tenant) if item.due is not None]
    return [item for item in found if access_of_request(item).can("read")]
