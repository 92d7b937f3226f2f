"""Whole lists as files, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.exporting import FORMATS, export
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_FORMAT = {
    "in": "query",
    "name": "format",
    "description": "What kind of file.",
    "schema": {"type": "string", "enum": sorted(FORMATS), "default": "csv"},
}
_FILE = {"schema": {"type": "string", "format": "binary"}}


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the export, where the type has one."""
    if not {"export", "read"} <= record_type.verbs:
        return

    @rest.route("/export")
    @requires(record_type.permission("export"))
    @rest.doc(
        parameters=[_FORMAT],
        responses={
            "200": {
                "description": "The file.",
                "content": {kind.partition(";")[0]: _FILE for kind in FORMATS.values()},
            }
        },
    )
    def export_records() -> Response:
        """Take filters, `search`, `sort`, `columns` and `view` as the list does; every field by default."""
        access = access_of_request(record_type)
        return export(db.session(), record_type, access, request.args, is_whole=True)
