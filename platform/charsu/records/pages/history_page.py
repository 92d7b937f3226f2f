"""The history of one record: who changed what, when and from where; each old value can be put back."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from charsu.db import db
from charsu.errors import Conflict, PermissionDenied, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.custom import fields_of
from charsu.records.history import in_words, list_changes
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.record_view import ViewMaker
from charsu.records.reversal import put_values_back
from charsu.records.service import service_of
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path, render

PAGE = 50


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the history, and putting back where the type can be written."""
    if "read" in record_type.verbs:
        _add_history(pages, record_type)
    if "write" in record_type.verbs:
        _add_putting_back(pages, record_type)


def _add_history(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/<uuid:record_id>/history")
    @requires(record_type.permission("read"))
    def show_history(record_id: uuid.UUID) -> Response:
        """The changes, newest first, without what is hidden from the reader."""
        session, access = db.session(), access_of_request(record_type)
        record = get_record(session, record_type, access, record_id)
        after = request.args.get("after", type=uuid.UUID)
        changes = list_changes(session, record_type, record_id, after_id=after, limit=PAGE + 1)
        writable = {item.name for item in access.writable(fields_of(session, record_type))}
        return render(
            "records/history.html",
            record_type=record_type,
            record=record,
            view=ViewMaker(session, record_type, access, record).make(),
            entries=in_words(session, record_type, access, changes[:PAGE]),
            next_after=changes[PAGE - 1].id if len(changes) > PAGE else None,
            writable=writable if access.can("write") and "write" in record_type.verbs else frozenset(),
        )


def _add_putting_back(pages: Blueprint, record_type: RecordType) -> None:
    @pages.post("/<uuid:record_id>/history/<uuid:change_id>")
    @requires(record_type.permission("write"))
    def put_value_back(record_id: uuid.UUID, change_id: uuid.UUID) -> Response:
        """Give one field the value it had before that change, by the same rules as any other change."""
        session = db.session()
        service = service_of(record_type, session, access_of_request(record_type))
        get_record(session, record_type, service.access, record_id, "write")
        name = request.form.get("field", "")
        try:
            with session.begin_nested():
                put_values_back(service, record_id, change_id, [name] if name else ())
        except (RuleViolated, Conflict, PermissionDenied) as refusal:
            flash(refusal.message, "danger")
        else:
            flash(_("The old value is back."))
        return redirect_to_path(record_type.url(record_id, "history"))
