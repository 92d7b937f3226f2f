"""The page of one record, its timeline, and the question before it is deleted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from charsu.db import db
from charsu.events import current_actor
from charsu.people.notifications import UNREAD_MAX, UNREAD_SQL, know_unread
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import call_together
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.attachments import attachments_panel
from charsu.records.bin import count_along
from charsu.records.custom import LIVE_SQL, know_fields
from charsu.records.detached import stands_for
from charsu.records.occurrences import own_day_url, series_of
from charsu.records.reading import get_record, read_record
from charsu.records.record_type import RecordType
from charsu.records.record_view import (
    RecordView,
    ViewMaker,
    asked_figures,
    asked_fragments,
    related_lists,
    subject_of,
)
from charsu.records.rescheduling import is_movable
from charsu.records.service import service_of
from charsu.records.timeline import TimelineReading
from charsu.text.i18n import _, lazy
from charsu.web.access import can, requires
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path, render
from charsu_tenants.context import current_tenant
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

_SURROUNDINGS = HotStatement(f"SELECT ({LIVE_SQL}), ({UNREAD_SQL})")


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the page and its timeline, and deleting where the type allows it."""
    if "read" in record_type.verbs:
        _add_page(pages, record_type)
        _add_timeline(pages, record_type)
    if "delete" in record_type.verbs:
        _add_deleting(pages, record_type)


def _add_page(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/<uuid:record_id>")
    @requires(record_type.permission("read"))
    def show_record(record_id: uuid.UUID) -> Response:
        """Everything that matters about one record, with the pieces of all modules."""
        session, access = db.session(), access_of_request(record_type)
        record = read_record(session, record_type, access, record_id)
        _read_surroundings(session, access)
        view = ViewMaker(session, record_type, access, record).make()
        ctx = hook_context()
        told = _told(ctx, record_type, access, view, record_id)
        panel, files = attachments_panel(session, record_type, access, record_id)
        files.pop("record_type")
        return render(
            record_type.templates.get("page", "records/record.html"),
            record_type=record_type,
            record=record,
            view=view,
            related=related_lists(session, record_type, access, record_id) if record_type.has_related else [],
            actions=_actions(record_type, access, record),
            part_of=stands_for(session, record_type, access, record_id),
            has=_has_route(pages),
            panel=panel,
            **told,
            **files,
            **(record_type.page_facts(ctx, access, record) if record_type.page_facts else {}),
        )


def _add_timeline(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/<uuid:record_id>/timeline")
    @requires(record_type.permission("read"))
    def show_timeline(record_id: uuid.UUID) -> Response:
        """The next part of the timeline, or the whole of it anew for another kind."""
        session, access = db.session(), access_of_request(record_type)
        record = read_record(session, record_type, access, record_id)
        view = ViewMaker(session, record_type, access, record).make()
        ctx, kind = hook_context(), _asked_kind()
        reading = TimelineReading(ctx, record_type, access, record_id)
        (happened,) = call_together(ctx, [reading.ask(_asked_moment())])
        return render(
            "records/timeline.html",
            partial="records/_timeline_part.html" if request.args.get("before") else "records/_timeline.html",
            record_type=record_type,
            record=record,
            view=view,
            timeline=reading.page(happened, kind),
            kind=kind,
        )


def _add_deleting(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/<uuid:record_id>/delete")
    @requires(record_type.permission("delete"))
    def confirm_deletion(record_id: uuid.UUID) -> Response:
        """Ask once more, and say what goes along."""
        session, access = db.session(), access_of_request(record_type)
        record = get_record(session, record_type, access, record_id, "delete")
        view: RecordView = ViewMaker(session, record_type, access, record).make()
        return render(
            "records/delete.html",
            record_type=record_type,
            record=record,
            view=view,
            along=count_along(session, record_type, record_id),
            own_day_url=own_day_url(record_type, access, record),
        )

    @pages.post("/<uuid:record_id>/delete")
    @requires(record_type.permission("delete"))
    def delete_record(record_id: uuid.UUID) -> Response:
        """Put it into the bin, and go back to the list."""
        service_of(record_type, db.session(), access_of_request(record_type)).delete(record_id)
        flash(_("It lies in the recycle bin now, from where it can come back for 90 days."))
        return redirect_to_path(record_type.path)


def _told(
    ctx: HookContext, record_type: RecordType, access: RecordAccess, view: RecordView, record_id: uuid.UUID
) -> dict[str, Any]:
    """What the modules have to tell of the record: figures, pieces and what happened, asked for together."""
    subject, kind = subject_of(record_type, view), _asked_kind()
    reading = TimelineReading(ctx, record_type, access, record_id)
    figures, main, side, happened = call_together(
        ctx,
        [
            asked_figures(record_type, record_id),
            asked_fragments(record_type, "main", subject),
            asked_fragments(record_type, "side", subject),
            reading.ask(_asked_moment()),
        ],
    )
    return {
        "figures": figures.answers,
        "main": main.answers,
        "side": side.answers,
        "timeline": reading.page(happened, kind),
        "kind": kind,
    }


def _read_surroundings(session: Session, access: RecordAccess) -> None:
    """Read the custom fields and the count of the bell at once, for what asks for either later on."""
    with driver_of(session) as connection:
        asked = {"member_id": access.member_id, "most": UNREAD_MAX}
        ((fields, unread),) = _SURROUNDINGS.tuples(connection, asked)
    know_fields(session, fields)
    if access.member_id is not None:
        know_unread(session, access.member_id, unread)


def hook_context() -> HookContext:
    """The surroundings of the hooks of this page."""
    return HookContext(tenant=current_tenant(), session=db.session(), actor=current_actor(), can=can)


def _asked_kind() -> str:
    return request.args.get("kind", "")[:100]


def _asked_moment() -> dt.datetime | None:
    """Where a part of the timeline begins; an address somebody broke begins at the newest."""
    try:
        moment = dt.datetime.fromisoformat(request.args.get("before", "").replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 1000 < moment.year < 9000 else None


#: What else can be done with a record, where its route is there: endpoint, tail, title, icon, verb.
_ACTIONS = (
    ("choose_day", "calendar/{id}/move", lazy("Move to another day"), "calendar-event", "write"),
    ("show_days", "calendar/{id}/days", lazy("Days of its rule"), "refresh", "read"),
    ("show_history", "{id}/history", lazy("History"), "history", "read"),
    ("ask_merge", "merge?id={id}", lazy("Merge with another"), "link", "merge"),
    ("confirm_deletion", "{id}/delete", lazy("Delete"), "trash", "delete"),
)


def _actions(record_type: RecordType, access: RecordAccess, record: Any) -> list[dict[str, Any]]:
    blueprint = f"{record_type.module}_{record_type.word}"
    known = current_app.view_functions
    fits = {
        "choose_day": lambda: is_movable(record_type, access),
        "show_days": lambda: series_of(record_type, access, record) is not None,
    }
    return [
        {
            "title": title,
            "icon": icon,
            "url": f"{record_type.path}/{tail.format(id=record.id)}",
            "is_bad": verb == "delete",
        }
        for endpoint, tail, title, icon, verb in _ACTIONS
        if f"{blueprint}.{endpoint}" in known
        and access.can(verb)
        and (endpoint not in fits or fits[endpoint]())
    ]


def _has_route(pages: Blueprint) -> Any:
    return lambda endpoint: f"{pages.name}.{endpoint}" in current_app.view_functions
