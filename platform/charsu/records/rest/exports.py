"""Whole lists as files, for programs: at once, or made in the background."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response, request
from werkzeug.datastructures import MultiDict

from charsu.api import ApiBlueprint, Schema
from charsu.api.fields import Instant, Text, Uuid, WholeNumber
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.records.access import access_of_request
from charsu.records.export_batches import export_file, get_export, is_large, start_export
from charsu.records.exporting import AT_ONCE, FORMATS, read_export
from charsu.records.sending import send_stored, send_written
from charsu.text.i18n import _
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.batches import Batch
    from charsu.records.record_type import RecordType

_FORMAT = {
    "in": "query",
    "name": "format",
    "description": "What kind of file.",
    "schema": {"type": "string", "enum": sorted(FORMATS), "default": "csv"},
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_ANSWER = {
    "200": {
        "description": "The file.",
        "content": {kind.partition(";")[0]: _FILE for kind in FORMATS.values()},
    }
}


class ExportSchema(Schema):
    """How far an export in the background is; `done` has a file, for seven days."""

    id = Uuid()
    state = Text()
    total_count = WholeNumber()
    done_count = WholeNumber()
    error = Text()
    created_at = Instant()
    finished_at = Instant(allow_none=True)


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the export, where the type has one."""
    if {"export", "read"} <= record_type.verbs:
        _add_at_once(rest, record_type)
        _add_later(rest, record_type)


def _add_at_once(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/export")
    @requires(record_type.permission("export"))
    @rest.doc(parameters=[_FORMAT], responses=_ANSWER)
    def export_records() -> Response:
        """Take filters, `search`, `sort`, `columns` and `view` as the list does; every field by default.

        A workbook of more than 5,000 rows is asked for at `exports`.
        """
        session, access = db.session(), access_of_request(record_type)
        export = read_export(session, record_type, access, request.args, is_whole=True)
        if export.kind != "csv" and is_large(session, export):
            raise RuleViolated(
                _("More than %(count)s rows: take CSV, or POST to “exports”.", count=AT_ONCE),
                field="format",
                code="too_many_rows",
            )
        return send_written(partial(export.write, session), export.name, FORMATS[export.kind])


def _add_later(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/exports", methods=["POST"])
    @requires(record_type.permission("export"))
    @rest.doc(parameters=[_FORMAT])
    @rest.answers(202, ExportSchema)
    def begin_export() -> dict[str, Any]:
        """Have a file made in the background; what it is to hold stands in the address, as for `export`."""
        access, args = access_of_request(record_type), MultiDict(request.args)
        batch_id = start_export(db.session(), record_type, access, args, is_whole=True)
        return _shown(get_export(db.session(), record_type, access, batch_id))

    @rest.route("/exports/<uuid:export_id>")
    @requires(record_type.permission("export"))
    @rest.answers(200, ExportSchema)
    def read_export_state(export_id: UUID) -> dict[str, Any]:
        """Tell how far it is."""
        return _shown(get_export(db.session(), record_type, access_of_request(record_type), export_id))

    @rest.route("/exports/<uuid:export_id>/file")
    @requires(record_type.permission("export"))
    @rest.doc(responses=_ANSWER)
    def fetch_export(export_id: UUID) -> Response:
        """Fetch the file, as who asked for it"""
        session, access = db.session(), access_of_request(record_type)
        batch = get_export(session, record_type, access, export_id)
        return send_stored(session, export_file(session, record_type, access, batch))


def _shown(batch: Batch) -> dict[str, Any]:
    names = ("id", "state", "total_count", "done_count", "error", "created_at", "finished_at")
    return {name: getattr(batch, name) for name in names}
