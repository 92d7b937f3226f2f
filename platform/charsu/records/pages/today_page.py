"""The one list of what to do, over all modules, with a card of it for the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from sqlalchemy.orm import Session

from charsu.api.arguments import load
from charsu.api.fields import Text, Uuid
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound
from charsu.plugins.apart import done_apart
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.changes import changing
from charsu.records.due import DueGroup, DueItem, finish, grouped, list_due
from charsu.records.lacking import Lack, list_lacking
from charsu.records.links import module_of
from charsu.records.record_type import RecordType
from charsu.records.registry import types_in_reach, usable_type
from charsu.records.specs import FollowUp
from charsu.text.i18n import _
from charsu.web.access import signed_in
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

Item = TypeVar("Item")
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
    return [item for kind in _types() for item in _of_type("due", kind, list_due)]


def lacking() -> list[Lack]:
    """What the person of this request has that lacks something, a query for each type that says so."""
    found = [
        Lack(kind.lack, kind, _of_type("lack", kind, list_lacking))
        for kind in types_in_reach(g.tenant, lambda item: item.lack is not None and _is_readable(item))
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
    ask, session, access = record_type.due.follow_up, db.session(), access_of_request(record_type)
    found: FollowUp | None = done_apart(
        session, module_of(record_type), "follow_up", lambda: ask(session, access, record_id), None
    )
    return found


def _of_type(
    place: str, kind: RecordType, read: Callable[[Session, RecordType, RecordAccess], list[Item]]
) -> list[Item]:
    """What one type has; nothing where its module's tables fail, which the page then says."""
    session, access = db.session(), access_of_request(kind)
    return done_apart(session, module_of(kind), place, lambda: read(session, kind, access), [])


def _types() -> list[Any]:
    return types_in_reach(g.tenant, lambda item: item.due is not None and _is_readable(item))


def _is_readable(record_type: RecordType) -> bool:
    return access_of_request(record_type).can("read")
