"""The list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.exporting import export
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the export, where the type has one."""
    if not {"export", "read"} <= record_type.verbs:
        return

    @pages.get("/export")
    @requires(record_type.permission("export"))
    def export_records() -> Response:
        """What the list of the same address shows, all of its pages, as CSV or XLSX."""
        access = access_of_request(record_type)
        return export(db.session(), record_type, access, request.args, is_whole=False)
