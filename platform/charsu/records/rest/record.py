"""The API of single records: add, read, change, delete, take out of the bin."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response, request

from charsu.api import ApiBlueprint
from charsu.api.blueprint import answer
from charsu.api.fields import Instant
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.bin import find_deletion
from charsu.records.custom import fields_of
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.schemas import answered, body_schema, documented, flat
from charsu.records.service import RecordService, service_of
from charsu.text.i18n import _
from charsu.web.access import requires


class NothingSchema(Schema):
    """An empty body."""


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the routes the type's verbs allow."""
    read, new, change = documented(record_type)
    if "read" in record_type.verbs and "read_record" not in record_type.own_api:
        _add_reading(rest, record_type, read)
    if "write" in record_type.verbs:
        _add_writing(rest, record_type, read, new, change)
    if "delete" in record_type.verbs:
        _add_deleting(rest, record_type, read)


def answer_record(record_type: RecordType, record: Any, status: int = 200) -> Response:
    """The record as its reader may see it; its `ETag` is for `If-Match` of a later change."""
    access = access_of_request(record_type)
    fields = access.readable(fields_of(db.session(), record_type))
    response = answer(answered(record, fields), status)
    response.headers["ETag"] = f'"{_version(record.updated_at)}"'
    return response


def _add_reading(rest: ApiBlueprint, record_type: RecordType, shape: ma.Schema) -> None:
    @rest.route("/<uuid:record_id>", methods=["GET"])
    @requires(record_type.permission("read"))
    @rest.answers(200, shape)
    def read_record(record_id: UUID) -> Response:
        """Return one."""
        access = access_of_request(record_type)
        return answer_record(record_type, get_record(db.session(), record_type, access, record_id))


def _add_writing(
    rest: ApiBlueprint, record_type: RecordType, shape: ma.Schema, new: ma.Schema, change: ma.Schema
) -> None:
    def schema(*, is_partial: bool) -> ma.Schema:
        return body_schema(fields_of(db.session(), record_type), is_partial=is_partial)

    @rest.route("", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(new, find=lambda: schema(is_partial=False))
    @rest.answers(201, shape)
    def create_record(body: dict[str, Any]) -> Response:
        """Add one."""
        return answer_record(record_type, _service(record_type).create(flat(body)), 201)

    @rest.route("/<uuid:record_id>", methods=["PATCH"])
    @requires(record_type.permission("write"))
    @rest.arguments(change, find=lambda: schema(is_partial=True))
    @rest.answers(200, shape)
    def change_record(body: dict[str, Any], record_id: UUID) -> Response:
        """Change some fields of one.

        With the `updated_at` you read, or its `ETag` as `If-Match`, a change that crosses somebody else's is
        refused (409).
        """
        values = flat(body)
        expected = values.pop("updated_at", None) or _expected()
        return answer_record(
            record_type, _service(record_type).update(record_id, values, expected_at=expected)
        )


def _add_deleting(rest: ApiBlueprint, record_type: RecordType, shape: ma.Schema) -> None:
    @rest.route("/<uuid:record_id>", methods=["DELETE"])
    @requires(record_type.permission("delete"))
    @rest.answers(204)
    def delete_record(record_id: UUID) -> None:
        """Put one into the recycle bin, with what goes along."""
        _service(record_type).delete(record_id)

    @rest.route("/<uuid:record_id>/restoration", methods=["POST"])
    @requires(record_type.permission("delete"))
    @rest.arguments(NothingSchema)
    @rest.answers(200, shape)
    def restore_record(_body: dict[str, Any], record_id: UUID) -> Response:
        """Take one out of the recycle bin, with what went along."""
        session = db.session()
        deletion_id = find_deletion(session, record_type, record_id)
        if deletion_id is None:
            raise NotFound(_("This is not in the bin any more."))
        _service(record_type).restore(deletion_id)
        access = access_of_request(record_type)
        return answer_record(record_type, get_record(session, record_type, access, record_id, "delete"))


def _service(record_type: RecordType) -> RecordService[Any]:
    return service_of(record_type, db.session(), access_of_request(record_type))


def _version(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _expected() -> dt.datetime | None:
    """The version named by `If-Match`; `*` and no header are any. Raises: RuleViolated."""
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if text in ("", "*"):
        return None
    try:
        return Instant().deserialize(text)
    except ma.ValidationError:
        raise RuleViolated(_("This is no version this record ever had."), field="If-Match") from None
