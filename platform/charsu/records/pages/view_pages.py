"""Forms of saved views: keep one, change it, delete it, begin with it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from charsu.db import db
from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.addresses import address
from charsu.records.saved_views import SavedViews
from charsu.text.i18n import _
from charsu.web.access import signed_in
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the forms. They are for everybody who may read: a view is the reader's own, not a record."""
    if "read" not in record_type.verbs:
        return

    @pages.post("/views")
    @signed_in
    def create_view() -> Response:
        """Keep the list as it is shown under a name."""
        return _done(record_type, _create, _("The view was saved."))

    @pages.post("/views/<uuid:view_id>")
    @signed_in
    def change_view(view_id: uuid.UUID) -> Response:
        """Rename it, share it, or let it show what is shown now."""
        return _done(record_type, lambda views: _change(views, view_id), _("The view was changed."))

    @pages.post("/views/<uuid:view_id>/delete")
    @signed_in
    def delete_view(view_id: uuid.UUID) -> Response:
        """Delete it."""

        def delete(views: SavedViews) -> str:
            views.delete(view_id)
            return "all"

        return _done(record_type, delete, _("The view was deleted."))

    @pages.post("/views/<uuid:view_id>/default")
    @signed_in
    def begin_with_view(view_id: uuid.UUID) -> Response:
        """Begin with it from now on, or no more."""

        def begin(views: SavedViews) -> str:
            views.begin_with(view_id if request.form.get("is_default") == "1" else None)
            return str(view_id)

        return _done(record_type, begin, _("Your list begins like this from now on."))


def _done(record_type: RecordType, work: Any, message: str) -> Response:
    """Do it and show the view; a refusal is told on the list."""
    session = db.session()
    views = SavedViews(session, record_type, access_of_request(record_type))
    try:
        with session.begin_nested():
            view = work(views)
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        flash(refusal.message, "danger")
        return redirect_to_path(_back(record_type))
    flash(message)
    return redirect_to_path(address(record_type.path, [("view", view)]))


def _create(views: SavedViews) -> str:
    layout: Any = "board" if request.form.get("layout") == "board" else "list"
    return str(
        views.create(
            request.form.get("name", ""), _query(), is_shared="is_shared" in request.form, layout=layout
        )
    )


def _change(views: SavedViews, view_id: uuid.UUID) -> str:
    values: dict[str, Any] = {}
    if "name" in request.form:
        values = {"name": request.form["name"], "is_shared": "is_shared" in request.form}
    if request.form.get("keep_query"):
        values["query"] = _query()
    views.change(view_id, values)
    return str(view_id)


def _query() -> dict[str, Any]:
    """What the list showed, as the form carried it along."""
    form = request.form
    query: dict[str, Any] = {"where": [text for text in form.getlist("where") if text]}
    return query | {name: form[name] for name in ("search", "sort", "columns") if form.get(name)}


def _back(record_type: RecordType) -> str:
    pairs = [
        (name, value) for name, value in request.form.items(multi=True) if name in ("where", "search", "sort")
    ]
    return address(record_type.path, pairs)
