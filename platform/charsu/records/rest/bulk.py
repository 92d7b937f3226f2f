"""The API of bulk edits: preview, run, follow, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import marshmallow as ma

from charsu.api import ApiBlueprint, Schema
from charsu.api.arguments import InvalidInput, written
from charsu.api.fields import Flag, Instant, Text, Uuid, WholeNumber
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.batches import Batch, get_batch, start_undo
from charsu.records.bulk.checking import draft_preview, start_check, start_checked
from charsu.records.bulk.edits import BulkEdit, Edit, Way, check_edits
from charsu.records.bulk.preview import AT_ONCE, Previewer
from charsu.records.bulk.report import bulk_batch
from charsu.records.bulk.running import start_bulk
from charsu.records.bulk.selection import MOST_NAMED, Selection
from charsu.records.custom import fields_of
from charsu.records.filter_errors import BadQuery, unknown_field
from charsu.records.query import parse_query
from charsu.records.rest.views import ViewQuerySchema
from charsu.records.schemas import body_schema, flat
from charsu.text.i18n import _
from charsu.web.access import requires

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_WAYS: tuple[tuple[Way, str], ...] = (("set", "values"), ("add", "add"), ("remove", "remove"))


class BulkInSchema(Schema):
    """Which records, and their new values.

    Name `ids`, or give a `query` as lists take it. `add` and `remove` change the words of lists.
    """

    ids = ma.fields.List(Uuid(), validate=ma.validate.Length(max=MOST_NAMED))
    query = ma.fields.Nested(ViewQuerySchema)
    values = ma.fields.Dict(keys=Text(max_length=80), load_default=dict)
    add = ma.fields.Dict(keys=Text(max_length=80), load_default=dict)
    remove = ma.fields.Dict(keys=Text(max_length=80), load_default=dict)
    is_preview = Flag(load_default=False)


class BulkDeleteSchema(Schema):
    """Which records to delete."""

    ids = ma.fields.List(Uuid(), validate=ma.validate.Length(max=MOST_NAMED))
    query = ma.fields.Nested(ViewQuerySchema)
    is_preview = Flag(load_default=False)


class BatchSchema(Schema):
    """How far a bulk edit is; of a preview the counts alone.

    A `draft` is the preview of many records; once all were looked at it has a `preview` and can be started.
    """

    id = Uuid()
    state = Text()
    total_count = WholeNumber()
    done_count = WholeNumber()
    refused_count = WholeNumber()
    kept_count = WholeNumber()
    created_at = Instant()
    finished_at = Instant(allow_none=True)
    undone_at = Instant(allow_none=True)
    preview = ma.fields.Dict(allow_none=True)


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the routes the type's verbs allow."""
    if "write" in record_type.verbs:
        _add_editing(rest, record_type)
    if "delete" in record_type.verbs:
        _add_deleting(rest, record_type)
    if "read" in record_type.verbs and {"write", "delete"} & record_type.verbs:
        _add_following(rest, record_type)


def _add_editing(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/bulk", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(BulkInSchema)
    @rest.answers(202, BatchSchema)
    def bulk_edit(body: dict[str, Any]) -> Any:
        """Change many records at once

        With `is_preview` nothing is changed, and the answer (200) tells what would be; of more than 2,000
        records the answer (202) is a draft, to be read until it has a `preview`, and started.
        """
        edit = BulkEdit(action="edit", edits=_edits(record_type, body), access=access_of_request(record_type))
        return _answer(record_type, edit, body)

    @rest.route("/bulk/<uuid:batch_id>/reversal", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.answers(202, BatchSchema)
    def undo_bulk(batch_id: UUID) -> dict[str, Any]:
        """Take a bulk edit back

        What was changed since stays as it is.
        """
        batch = bulk_batch(db.session(), access_of_request(record_type), record_type, batch_id)
        access_of_request(record_type).require("write" if batch.options["action"] == "edit" else "delete")
        start_undo(db.session(), batch_id)
        return _json(bulk_batch(db.session(), access_of_request(record_type), record_type, batch_id))

    @rest.route("/bulk/<uuid:batch_id>/start", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.answers(202, BatchSchema)
    def start_bulk_draft(batch_id: UUID) -> dict[str, Any]:
        """Change the records of a draft"""
        access = access_of_request(record_type)
        batch = bulk_batch(db.session(), access, record_type, batch_id)
        start_checked(db.session(), record_type, access, batch)
        return _json(bulk_batch(db.session(), access, record_type, batch_id))


def _add_deleting(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/bulk/deletion", methods=["POST"])
    @requires(record_type.permission("delete"))
    @rest.arguments(BulkDeleteSchema)
    @rest.answers(202, BatchSchema)
    def bulk_delete(body: dict[str, Any]) -> Any:
        """Delete many records at once

        They go into the recycle bin, with what goes along.
        """
        return _answer(record_type, BulkEdit(action="delete", access=access_of_request(record_type)), body)


def _add_following(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/bulk/<uuid:batch_id>")
    @requires(record_type.permission("read"))
    @rest.answers(200, BatchSchema)
    def read_bulk(batch_id: UUID) -> dict[str, Any]:
        """How far a bulk edit is"""
        access = access_of_request(record_type)
        batch = bulk_batch(db.session(), access, record_type, batch_id)
        found = draft_preview(record_type, access, batch)
        return _json(batch) | {"preview": found and found.as_json()}


def _answer(record_type: RecordType, edit: BulkEdit, body: dict[str, Any]) -> Any:
    session = db.session()
    selection = _selection(record_type, edit, body)
    if body["is_preview"] and edit.action == "edit" and selection.total(session, edit.verb) > AT_ONCE:
        return _json(get_batch(session, start_check(session, record_type, selection, edit)))
    if body["is_preview"]:
        return Previewer(session, record_type, edit).run(selection).as_json(), 200
    batch_id = start_bulk(session, record_type, selection, edit)
    return _json(get_batch(session, batch_id))


def _selection(record_type: RecordType, edit: BulkEdit, body: dict[str, Any]) -> Selection:
    if ("ids" in body) == ("query" in body):
        raise BadQuery(_("Name the records by ids or by a query, one of the two."), field="ids")
    query = parse_query(record_type, db.session(), edit.access, body.get("query") or {})
    if "query" in body and not query.is_narrow:
        raise BadQuery(_("An empty query would take every record; narrow it down."), field="query")
    return Selection(query, tuple(body["ids"]) if "ids" in body else None)


def _edits(record_type: RecordType, body: dict[str, Any]) -> tuple[Edit, ...]:
    """The edits, each value loaded as a change of one record would load it."""
    fields = fields_of(db.session(), record_type)
    custom = {item.name for item in fields if item.is_custom}
    readable = {item.name for item in access_of_request(record_type).readable(fields)}
    schema = body_schema(fields, is_partial=True)
    edits: list[Edit] = []
    for way, key in _WAYS:
        unknown = sorted(body[key].keys() - readable)
        if unknown:
            raise unknown_field(unknown[0])
        raw = {name: value for name, value in body[key].items() if name not in custom}
        own = {name: value for name, value in body[key].items() if name in custom}
        loaded = flat(_loaded(schema, {**raw, "custom": own} if own else raw))
        edits += [Edit(name, value, way) for name, value in loaded.items()]
    check_edits(edits, fields)
    return tuple(edits)


def _loaded(schema: ma.Schema, raw: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(schema.load(raw))
    except ma.ValidationError as error:
        raise InvalidInput(written(error.messages_dict)) from error


def _json(batch: Batch) -> dict[str, Any]:
    names = (
        "id",
        "state",
        "total_count",
        "done_count",
        "refused_count",
        "kept_count",
        "created_at",
        "finished_at",
        "undone_at",
    )
    return {name: getattr(batch, name) for name in names}
