"""Imports for programs: send a file, look at what it would do, start it, take it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
import orjson
from flask import request

from charsu.api import ApiBlueprint
from charsu.api import fields as api
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.records.access import access_of_request
from charsu.records.batches import start_undo
from charsu.records.importing.batches import counts_of, refused_rows
from charsu.records.importing.checking import check_import
from charsu.records.importing.drafts import choose, draft_import
from charsu.records.importing.running import start_import
from charsu.records.importing.visible import visible_batch
from charsu.records.record_type import RecordType
from charsu.records.sheets import LIMITS
from charsu.text.i18n import _
from charsu.web.access import requires, takes_upload

_REFUSED = 100


class ImportColumnSchema(Schema):
    """What one column of the file means."""

    at = ma.fields.Integer(required=True, strict=True)
    field = api.Text(required=True, max_length=80)
    mode = api.Text(max_length=10, load_default="update")


class ImportChoiceSchema(Schema):
    """What is to happen with the file; what is left out stays as it was guessed or remembered."""

    columns = ma.fields.List(ma.fields.Nested(ImportColumnSchema), validate=ma.validate.Length(max=200))
    match = ma.fields.List(api.Text(max_length=80), validate=ma.validate.Length(max=20))
    rows = api.Text(max_length=10)
    repeated = api.Text(max_length=10)
    defaults = ma.fields.Dict(keys=api.Text(max_length=80), values=api.Text(max_length=400))


class ImportSchema(Schema):
    """An import: its state, its counts, and the first rows that were refused."""

    id = api.Uuid(required=True)
    state = api.Text(required=True)
    file_name = api.Text(required=True)
    header = ma.fields.List(api.Text(), required=True)
    columns = ma.fields.List(ma.fields.Nested(ImportColumnSchema), required=True)
    match = ma.fields.List(api.Text(), required=True)
    total_count = ma.fields.Integer(required=True)
    done_count = ma.fields.Integer(required=True)
    refused_count = ma.fields.Integer(required=True)
    kept_count = ma.fields.Integer(required=True)
    counts = ma.fields.Dict(keys=api.Text(), values=ma.fields.Integer(), required=True)
    preview = ma.fields.Dict(required=True)
    refused = ma.fields.List(ma.fields.Dict(), required=True)


class NoBodySchema(Schema):
    """An empty body."""


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the routes of imports, where the type has them."""
    if "import" in record_type.verbs:
        _add_sending(rest, record_type)
        _add_choosing(rest, record_type)
        _add_running(rest, record_type)


def _add_sending(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/imports", methods=["POST"])
    @requires(record_type.permission("import"))
    @takes_upload(LIMITS.byte_count)
    @rest.doc(requestBody=_BODY)
    @rest.answers(201, ImportSchema)
    def create_import() -> dict[str, Any]:
        """Send a CSV or XLSX file as multipart form: `file`, and `options` (JSON) if wanted.

        With `options` the preview is made at once for up to 1,000 rows, else in the background.
        """
        file = request.files.get("file")
        if file is None:
            raise RuleViolated(_("Choose a file."), field="file")
        session, access = db.session(), access_of_request(record_type)
        import_id = draft_import(session, record_type, access, file.stream, file.filename)
        written = request.form.get("options", "")
        if written:
            batch = visible_batch(session, record_type, access, import_id)
            options = choose(session, record_type, access, batch.options, _choice(written))
            check_import(session, import_id, options, access)
        return _shown(record_type, import_id)


def _add_choosing(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/imports/<uuid:import_id>", methods=["GET"])
    @requires(record_type.permission("import"))
    @rest.answers(200, ImportSchema)
    def read_import(import_id: UUID) -> dict[str, Any]:
        """Return one, with its progress."""
        return _shown(record_type, import_id)

    @rest.route("/imports/<uuid:import_id>", methods=["PATCH"])
    @requires(record_type.permission("import"))
    @rest.arguments(ImportChoiceSchema)
    @rest.answers(200, ImportSchema)
    def change_import(body: dict[str, Any], import_id: UUID) -> dict[str, Any]:
        """Say what the columns of a draft mean, and have its preview made."""
        session, access = db.session(), access_of_request(record_type)
        batch = visible_batch(session, record_type, access, import_id, "draft")
        options = choose(session, record_type, access, batch.options, body)
        check_import(session, import_id, options, access)
        return _shown(record_type, import_id)


def _add_running(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/imports/<uuid:import_id>/start", methods=["POST"])
    @requires(record_type.permission("import"))
    @rest.arguments(NoBodySchema)
    @rest.answers(202, ImportSchema)
    def run_import(_body: dict[str, Any], import_id: UUID) -> dict[str, Any]:
        """Have a draft run in the background."""
        access = access_of_request(record_type)
        visible_batch(db.session(), record_type, access, import_id)
        start_import(db.session(), import_id, access)
        return _shown(record_type, import_id)

    @rest.route("/imports/<uuid:import_id>/reversal", methods=["POST"])
    @requires(record_type.permission("import"))
    @rest.arguments(NoBodySchema)
    @rest.answers(202, ImportSchema)
    def undo_import(_body: dict[str, Any], import_id: UUID) -> dict[str, Any]:
        """Take a finished import back, in the background."""
        visible_batch(db.session(), record_type, access_of_request(record_type), import_id)
        start_undo(db.session(), import_id)
        return _shown(record_type, import_id)


def _shown(record_type: RecordType, import_id: UUID) -> dict[str, Any]:
    session = db.session()
    batch = visible_batch(session, record_type, access_of_request(record_type), import_id)
    options = batch.options
    return {
        "id": batch.id,
        "state": "checking" if batch.is_checking else batch.state,
        "file_name": options.file_name,
        "header": list(options.header),
        "columns": [{"at": item.at, "field": item.field, "mode": item.mode} for item in options.columns],
        "match": list(options.match),
        "total_count": batch.total_count,
        "done_count": batch.done_count,
        "refused_count": batch.refused_count,
        "kept_count": batch.kept_count,
        "counts": counts_of(session, import_id),
        "preview": dict(options.preview),
        "refused": [
            {"row": row.position, "cells": row.data, "reasons": row.reasons}
            for row in refused_rows(session, import_id, limit=_REFUSED)
        ],
    }


def _choice(written: str) -> dict[str, Any]:
    try:
        value = orjson.loads(written)
        return dict(ImportChoiceSchema().load(value))
    except (orjson.JSONDecodeError, ma.ValidationError) as error:
        raise RuleViolated(_("The options of the import are not valid."), field="options") from error


_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "options": {"type": "string", "description": "JSON of ImportChoice"},
                },
            }
        }
    },
}
