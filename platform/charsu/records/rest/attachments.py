"""Files of records, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response, request

from charsu.api import ApiBlueprint
from charsu.api import fields as api
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.attachments import (
    MAX_BYTES,
    Attachment,
    attach,
    get_attachment,
    list_attachments,
    remove_attachment,
)
from charsu.records.files import read_parts
from charsu.records.record_type import RecordType
from charsu.records.sending import send_parts
from charsu.web.access import requires, takes_upload


class AttachmentSchema(Schema):
    """A file on a record."""

    id = api.Uuid(required=True)
    name = api.Text(required=True)
    media_type = api.Text(required=True)
    byte_count = ma.fields.Integer(required=True)
    created_at = api.Instant(required=True)


class AttachmentsSchema(Schema):
    """The files of a record."""

    items = ma.fields.List(ma.fields.Nested(AttachmentSchema), required=True)


_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}
_FILE = {
    "description": "The file.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the routes of attachments, for the types whose records can be read."""
    if "read" in record_type.verbs:
        _add_reading(rest, record_type)
    if {"read", "write"} <= record_type.verbs:
        _add_writing(rest, record_type)


def _add_reading(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/<uuid:record_id>/attachments", methods=["GET"])
    @requires(record_type.permission("read"))
    @rest.answers(200, AttachmentsSchema)
    def read_attachments(record_id: UUID) -> dict[str, Any]:
        """List the files of a record, newest first."""
        access = access_of_request(record_type)
        return {
            "items": [_shown(item) for item in list_attachments(db.session(), record_type, access, record_id)]
        }

    @rest.route("/<uuid:record_id>/attachments/<uuid:attachment_id>", methods=["GET"])
    @requires(record_type.permission("read"))
    @rest.doc(responses={"200": _FILE})
    def fetch_attachment(record_id: UUID, attachment_id: UUID) -> Response:
        """Fetch the file itself."""
        session, access = db.session(), access_of_request(record_type)
        found = get_attachment(session, record_type, access, record_id, attachment_id)
        content = b"".join(read_parts(session, found.file))
        return send_parts([content], found.name, found.media_type, found.byte_count)


def _add_writing(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/<uuid:record_id>/attachments", methods=["POST"])
    @requires(record_type.permission("write"))
    @takes_upload(MAX_BYTES)
    @rest.doc(requestBody=_BODY)
    @rest.answers(201, AttachmentSchema)
    def create_attachment(record_id: UUID) -> dict[str, Any]:
        """Attach a file of at most 10 MB, sent as multipart form."""
        file = request.files.get("file")
        stream, name = (file.stream, file.filename) if file else (None, None)
        access = access_of_request(record_type)
        return _shown(attach(db.session(), record_type, access, record_id, stream, name=name))

    @rest.route("/<uuid:record_id>/attachments/<uuid:attachment_id>", methods=["DELETE"])
    @requires(record_type.permission("write"))
    @rest.response(204)
    def delete_attachment(record_id: UUID, attachment_id: UUID) -> None:
        """Take a file off the record."""
        access = access_of_request(record_type)
        remove_attachment(db.session(), record_type, access, record_id, attachment_id)


def _shown(item: Attachment) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "media_type": item.media_type,
        "byte_count": item.byte_count,
        "created_at": item.created_at,
    }
