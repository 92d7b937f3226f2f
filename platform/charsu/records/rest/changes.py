"""The API of a record's history: its changes, and putting old values back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Response

from charsu.api import ApiBlueprint, PageArgs
from charsu.api.blueprint import page_of
from charsu.api.fields import Instant, Text, Uuid
from charsu.api.paging import BadCursor
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.records.access import access_of_request
from charsu.records.columns import BEYOND
from charsu.records.custom import fields_of
from charsu.records.history import list_changes
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.rest.record import answer_record
from charsu.records.reversal import put_values_back
from charsu.records.schemas import documented
from charsu.records.service import service_of
from charsu.text.i18n import _
from charsu.web.access import requires


class RecordChangeSchema(Schema):
    """One change of a record; `before` and `after` hold what changed, by field."""

    id = Uuid()
    at = Instant()
    action = Text()
    source = Text(metadata={"description": "page, api, import, bulk, merge, automation, system or undo"})
    actor = ma.fields.Dict()
    batch_id = Uuid(allow_none=True)
    before = ma.fields.Dict(allow_none=True)
    after = ma.fields.Dict(allow_none=True)


class RecordReversalSchema(Schema):
    """Which fields get their old values back; all of the change where none is named."""

    fields_ = ma.fields.List(Text(max_length=100), data_key="fields", load_default=list)


#: One for all types: the OpenAPI document has each schema once.
_PAGE = page_of(RecordChangeSchema)


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add the history and, where the type can be written, the way back."""
    if "read" in record_type.verbs:
        _add_changes(rest, record_type)
    if "write" in record_type.verbs:
        _add_reversal(rest, record_type)


def _add_changes(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/<uuid:record_id>/changes", methods=["GET"])
    @requires(record_type.permission("read"))
    @rest.arguments(PageArgs, location="query")
    @rest.answers(200, _PAGE)
    def list_record_changes(args: dict[str, Any], record_id: uuid.UUID) -> dict[str, Any]:
        """List the changes of one, newest first."""
        session, access = db.session(), access_of_request(record_type)
        get_record(session, record_type, access, record_id)
        names = frozenset(item.name for item in access.readable(fields_of(session, record_type)))
        after, limit = after_of(args["cursor"]), args["limit"]
        changes = list_changes(session, record_type, record_id, after_id=after, limit=limit + 1)
        part = changes[:limit]
        return {
            "items": [shown(change, names) for change in part],
            "next_cursor": str(part[-1].id) if len(changes) > limit else None,
        }


def _add_reversal(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/<uuid:record_id>/changes/<uuid:change_id>/reversal", methods=["POST"])
    @requires(record_type.permission("write"))
    @rest.arguments(RecordReversalSchema)
    @rest.answers(200, documented(record_type)[0])
    def reverse_change(body: dict[str, Any], record_id: uuid.UUID, change_id: uuid.UUID) -> Response:
        """Put the values back that one had before a change, by the rules of today."""
        service = service_of(record_type, db.session(), access_of_request(record_type))
        return answer_record(record_type, put_values_back(service, record_id, change_id, body["fields_"]))


def shown(change: Any, names: frozenset[str]) -> dict[str, Any]:
    """A stored change as the API answers it, with the fields of these names alone."""
    return {
        "id": change.id,
        "at": change.at,
        "action": change.action,
        "source": change.source,
        "actor": change.actor,
        "batch_id": change.batch_id,
        "before": _visible(change.before, names),
        "after": _visible(change.after, names),
    }


def _visible(values: Mapping[str, Any] | None, names: frozenset[str]) -> dict[str, Any] | None:
    """What the reader may see, and nothing of what the kit keeps for itself."""
    if values is None:
        return None
    return {name: value for name, value in values.items() if name in names and name != BEYOND}


def after_of(cursor: str | None) -> uuid.UUID | None:
    """The change a page goes on from. Raises: BadCursor."""
    try:
        return uuid.UUID(cursor) if cursor else None
    except ValueError:
        raise BadCursor(
            _("This page marker is not valid; start from the first page."), field="cursor"
        ) from None
