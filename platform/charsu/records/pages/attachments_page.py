"""Files of a record: the panel of its page, adding, fetching and removing."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from charsu.db import db
from charsu.errors import DomainError
from charsu.pages.visit import attempt
from charsu.records.access import access_of_request
from charsu.records.attachments import MAX_BYTES, attach, attachments_panel, get_attachment, remove_attachment
from charsu.records.files import read_parts
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.sending import send_parts
from charsu.web.access import requires, takes_upload
from charsu.web.forms import Errors
from charsu.web.rendering import is_partial, redirect_to_path, render


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the routes of attachments, for the types whose records have a page."""
    if "read" in record_type.verbs:
        _add_reading(pages, record_type)
    if {"read", "write"} <= record_type.verbs:
        _add_writing(pages, record_type)


def _add_reading(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/<uuid:record_id>/attachments")
    @requires(record_type.permission("read"))
    def list_attachments(record_id: UUID) -> Response:
        """The files of a record, as a page or as the panel alone."""
        return _panel(record_type, record_id)

    @pages.get("/<uuid:record_id>/attachments/<uuid:attachment_id>")
    @requires(record_type.permission("read"))
    def fetch_attachment(record_id: UUID, attachment_id: UUID) -> Response:
        """The file itself, always as a download."""
        session, access = db.session(), access_of_request(record_type)
        found = get_attachment(session, record_type, access, record_id, attachment_id)
        content = b"".join(read_parts(session, found.file))
        return send_parts([content], found.name, found.media_type, found.byte_count)


def _add_writing(pages: Blueprint, record_type: RecordType) -> None:
    @pages.post("/<uuid:record_id>/attachments")
    @requires(record_type.permission("write"))
    @takes_upload(MAX_BYTES)
    def add_attachment(record_id: UUID) -> Response:
        """Keep a file on the record."""

        def work() -> Response:
            file = request.files.get("file")
            stream, name = (file.stream, file.filename) if file else (None, None)
            attach(db.session(), record_type, access_of_request(record_type), record_id, stream, name=name)
            return _after(record_type, record_id)

        return attempt(work, lambda refusal, errors: _panel(record_type, record_id, errors, refusal))

    @pages.post("/<uuid:record_id>/attachments/<uuid:attachment_id>/removal")
    @requires(record_type.permission("write"))
    def drop_attachment(record_id: UUID, attachment_id: UUID) -> Response:
        """Take a file off the record."""
        access = access_of_request(record_type)
        remove_attachment(db.session(), record_type, access, record_id, attachment_id)
        return _after(record_type, record_id)


def _after(record_type: RecordType, record_id: UUID) -> Response:
    return _panel(record_type, record_id) if is_partial() else redirect_to_path(record_type.url(record_id))


def _panel(
    record_type: RecordType, record_id: UUID, errors: Errors | None = None, refusal: DomainError | None = None
) -> Response:
    session, access = db.session(), access_of_request(record_type)
    get_record(session, record_type, access, record_id)
    template, context = attachments_panel(session, record_type, access, record_id)
    page = "records/attachments.html"
    return render(
        page, partial=template, status=refusal.status if refusal else 200, **context, errors=errors or {}
    )
