"""The list as a file: a short one at once, a long one made in the background."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.export_batches import KEPT, export_file, get_export, is_large, start_export
from charsu.records.exporting import AT_ONCE, FORMATS, read_export
from charsu.records.sending import send_stored, send_written
from charsu.web.access import requires
from charsu.web.rendering import redirect_to_path, render

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the export, where the type has one."""
    if {"export", "read"} <= record_type.verbs:
        _add_writing(pages, record_type)
        _add_fetching(pages, record_type)


def _add_writing(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/export")
    @requires(record_type.permission("export"))
    def export_records() -> Response:
        """What the list of the same address shows, all of its pages, as CSV or XLSX.

        Of a long list: the page that offers to make the file in the background.
        """
        session, access = db.session(), access_of_request(record_type)
        export = read_export(session, record_type, access, request.args, is_whole=False)
        if not is_large(session, export):
            return send_written(partial(export.write, session), export.name, FORMATS[export.kind])
        carried = [pair for pair in request.args.items(multi=True) if pair[0] not in ("format", "cursor")]
        return render(
            "records/export_long.html",
            record_type=record_type,
            kind=export.kind,
            carried=carried,
            at_once=AT_ONCE,
            kept_days=KEPT.days,
        )

    @pages.post("/export")
    @requires(record_type.permission("export"))
    def begin_export() -> Response:
        """Have the file made, and go on to the page that tells how far it is."""
        access = access_of_request(record_type)
        args: MultiDict[str, str] = MultiDict(
            (name, value) for name, value in request.form.items(multi=True) if value
        )
        batch_id = start_export(db.session(), record_type, access, args, is_whole=False)
        return redirect_to_path(record_type.url("export", str(batch_id)))


def _add_fetching(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/export/<uuid:export_id>")
    @requires(record_type.permission("export"))
    def show_export(export_id: UUID) -> Response:
        """How far it is; when it is ready, the link to the file."""
        batch = get_export(db.session(), record_type, access_of_request(record_type), export_id)
        return render(
            "records/export.html",
            partial="records/_export.html",
            record_type=record_type,
            batch=batch,
            kept_days=KEPT.days,
        )

    @pages.get("/export/<uuid:export_id>/file")
    @requires(record_type.permission("export"))
    def fetch_export(export_id: UUID) -> Response:
        """The file, for who asked for it, as long as she may see all it holds."""
        session, access = db.session(), access_of_request(record_type)
        batch = get_export(session, record_type, access, export_id)
        return send_stored(session, export_file(session, record_type, access, batch))
