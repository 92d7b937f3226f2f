"""The queue of pairs that may be one, and the hint below a form that somebody is there already."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from charsu.db import db
from charsu.errors import NotFound
from charsu.jobs import enqueue
from charsu.records.access import access_of_request
from charsu.records.merging.merges import newest_merges
from charsu.records.merging.queue import dismiss, list_candidates, reason_title
from charsu.records.merging.similar import find_similar, typed_values
from charsu.records.record_type import RecordType
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path, render

_LATELY = 5


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add `/duplicates…` to a type that says by which fields two records are taken for one."""
    if record_type.duplicates is None:
        return
    if "write" in record_type.verbs:
        _add_hint(pages, record_type)
    if "merge" in record_type.verbs:
        _add_queue(pages, record_type)


def _add_hint(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/duplicates/similar")
    @requires(record_type.permission("write"))
    def show_similar() -> Response:
        """Records that share what the form says so far; empty where none does."""
        but = request.args.get("but", type=uuid.UUID)
        typed = typed_values(record_type, request.args)
        access = access_of_request(record_type)
        return render(
            "records/_similar.html",
            similar=find_similar(db.session(), record_type, access, typed, but=but),
            record_type=record_type,
            reason_title=lambda reason: reason_title(record_type, reason),
        )


def _add_queue(pages: Blueprint, record_type: RecordType) -> None:
    permission = record_type.permission("merge")

    @pages.get("/duplicates")
    @requires(permission)
    def list_duplicates() -> Response:
        """Pairs to look at, the surest first, and what was merged lately."""
        session, access = db.session(), access_of_request(record_type)
        is_named = bool(access.readable([record_type.by_name[record_type.title_field]]))
        return render(
            "records/duplicates.html",
            record_type=record_type,
            candidates=list_candidates(session, record_type, access),
            merges=newest_merges(session, record_type, access, _LATELY) if is_named else [],
        )

    @pages.post("/duplicates/search")
    @requires(permission)
    def search_duplicates() -> Response:
        """Start the nightly search now."""
        enqueue("core.find_duplicates")
        flash(_("The search runs. Come back in a minute."), "info")
        return redirect_to_path(record_type.url("duplicates"))

    @pages.post("/duplicates/<uuid:duplicate_id>/dismissal")
    @requires(permission)
    def dismiss_duplicate(duplicate_id: uuid.UUID) -> Response:
        """Take a pair off the queue for good."""
        try:
            dismiss(db.session(), record_type, access_of_request(record_type), duplicate_id)
            flash(_("They stay two. This pair will not be asked about again."), "info")
        except NotFound as refusal:
            flash(refusal.message, "info")
        return redirect_to_path(record_type.url("duplicates"))
