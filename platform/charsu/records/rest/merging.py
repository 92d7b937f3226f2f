"""Merging and duplicates in the API of a record type."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import g

from charsu.api import ApiBlueprint, Schema
from charsu.api.arguments import InvalidInput, written
from charsu.api.fields import Text, Uuid, WholeNumber
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.records.access import access_of_request
from charsu.records.custom import fields_of
from charsu.records.merging.merge import Merging, merge
from charsu.records.merging.queue import DEFAULT_LIMIT, Candidate, dismiss, list_candidates
from charsu.records.merging.similar import find_similar, typed_values
from charsu.records.merging.unmerge import unmerge
from charsu.records.record_type import RecordType
from charsu.text.i18n import _
from charsu.web.access import requires


class MergeSchema(Schema):
    """Which record stays, which one becomes part of it, and values somebody decided on."""

    kept_id = Uuid(required=True)
    lost_id = Uuid(required=True)
    values = ma.fields.Dict(
        keys=Text(max_length=60),
        load_default=dict,
        metadata={"description": "By field, custom ones too; other fields fill blanks and unite lists"},
    )


class MergedSchema(Schema):
    """A merge that happened."""

    id = Uuid(required=True, metadata={"description": "By this id it can be undone"})
    kept_id = Uuid(required=True)
    lost_id = Uuid(required=True)


class DuplicateArgs(Schema):
    """How many pairs."""

    limit = WholeNumber(load_default=DEFAULT_LIMIT, minimum=1, maximum=200)


class DuplicateSchema(Schema):
    """Two records that may be one."""

    id = Uuid(required=True)
    first_id = Uuid(required=True)
    first_title = Text(required=True)
    second_id = Uuid(required=True)
    second_title = Text(required=True)
    confidence = WholeNumber(required=True, minimum=1, maximum=100)
    reasons = ma.fields.List(Text(), required=True)


class DuplicatesSchema(Schema):
    """The queue, the surest pair first."""

    items = ma.fields.List(ma.fields.Nested(DuplicateSchema), required=True)


class SimilarSchema(Schema):
    """A record that may be the one somebody is about to add."""

    id = Uuid(required=True)
    title = Text(required=True)
    confidence = WholeNumber(required=True, minimum=1, maximum=100)
    reasons = ma.fields.List(Text(), required=True)


class SimilarsSchema(Schema):
    """Up to five of them, the likeliest first."""

    items = ma.fields.List(ma.fields.Nested(SimilarSchema), required=True)


def add(rest: ApiBlueprint, record_type: RecordType) -> None:
    """Add `/merges…` and, where the type says how duplicates are found, `/duplicates…`."""
    if record_type.duplicates is not None and "write" in record_type.verbs:
        _add_similar(rest, record_type)
    if "merge" not in record_type.verbs:
        return
    _add_merges(rest, record_type)
    if record_type.duplicates is not None:
        _add_duplicates(rest, record_type)


def _add_similar(rest: ApiBlueprint, record_type: RecordType) -> None:
    rule = record_type.duplicates
    names = (rule.name_field, *rule.strong_fields) if rule else ()
    asked = Schema.from_dict(
        {name: Text(load_default="") for name in names}, name=f"{record_type.word}Similar"
    )

    @rest.route("/duplicates/similar", methods=["GET"])
    @requires(record_type.permission("write"))
    @rest.arguments(asked, location="query")
    @rest.answers(200, SimilarsSchema)
    def get_similar(typed: dict[str, str]) -> dict[str, Any]:
        """Find who is there already, before adding somebody

        `POST` itself never refuses for a likeness: two people may share a name and a family a phone.
        """
        access = access_of_request(record_type)
        found = find_similar(db.session(), record_type, access, typed_values(record_type, typed))
        shown = (
            {"id": item.id, "title": item.title, "confidence": item.confidence, "reasons": list(item.reasons)}
            for item in found
        )
        return {"items": list(shown)}


def _add_merges(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/merges", methods=["POST"])
    @requires(record_type.permission("merge"))
    @rest.arguments(MergeSchema)
    @rest.answers(201, MergedSchema)
    def post_merge(asked: dict[str, Any]) -> dict[str, Any]:
        """Make one record of two

        Everything of every module that hangs on the lost one moves along. `POST /merges/{id}/reversal` takes
        it back.
        """
        merging = _merging(record_type)
        values = _loaded(merging, asked["values"])
        merge_id = merge(merging, asked["kept_id"], asked["lost_id"], values)
        return {"id": merge_id, "kept_id": asked["kept_id"], "lost_id": asked["lost_id"]}

    @rest.route("/merges/<uuid:merge_id>/reversal", methods=["POST"])
    @requires(record_type.permission("merge"))
    @rest.answers(200, MergedSchema)
    def post_merge_reversal(merge_id: uuid.UUID) -> dict[str, Any]:
        """Make two records of one again

        What was changed in the kept record since stays as it is.
        """
        found = unmerge(_merging(record_type), merge_id)
        return {"id": merge_id, "kept_id": found.kept_id, "lost_id": found.lost_id}


def _add_duplicates(rest: ApiBlueprint, record_type: RecordType) -> None:
    @rest.route("/duplicates", methods=["GET"])
    @requires(record_type.permission("merge"))
    @rest.arguments(DuplicateArgs, location="query")
    @rest.answers(200, DuplicatesSchema)
    def get_duplicates(args: dict[str, Any]) -> dict[str, Any]:
        """List pairs of records that may be one, the surest first"""
        found = list_candidates(
            db.session(), record_type, access_of_request(record_type), limit=args["limit"]
        )
        return {"items": [_shown(item) for item in found]}

    @rest.route("/duplicates/<uuid:duplicate_id>/dismissal", methods=["POST"])
    @requires(record_type.permission("merge"))
    @rest.answers(204)
    def post_duplicate_dismissal(duplicate_id: uuid.UUID) -> None:
        """Take a pair off the queue for good"""
        dismiss(db.session(), record_type, access_of_request(record_type), duplicate_id)


def _merging(record_type: RecordType) -> Merging:
    return Merging(g.tenant, db.session(), record_type, access_of_request(record_type))


def _loaded(merging: Merging, values: dict[str, Any]) -> dict[str, Any]:
    """The values as their fields type them. Raises `InvalidInput`, `RuleViolated` for an unknown field."""
    fields = {item.name: item for item in fields_of(merging.session, merging.record_type)}
    loaded: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise RuleViolated(_("There is no field “%(name)s”.", name=name[:80]), field=name)
        try:
            loaded[name] = fields[name].json_field().deserialize(value)
        except ma.ValidationError as error:
            errors[name] = written(error.messages)
    if errors:
        raise InvalidInput(errors)
    return loaded


def _shown(item: Candidate) -> dict[str, Any]:
    return {
        "id": item.id,
        "first_id": item.first.id,
        "first_title": item.first_title,
        "second_id": item.second.id,
        "second_title": item.second_title,
        "confidence": item.confidence,
        "reasons": list(item.reasons),
    }
