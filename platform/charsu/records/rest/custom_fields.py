"""The API of custom fields, below `/api/v1/core/custom-fields`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import marshmallow as ma

from charsu.api import ApiBlueprint
from charsu.api.fields import Flag, Instant, Text, Uuid
from charsu.api.listing import Part
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.records.custom import KINDS
from charsu.records.definitions import (
    Definition,
    Draft,
    add_definition,
    change_definition,
    get_definition,
    list_definitions,
    set_archived,
)
from charsu.records.record_type import RecordType
from charsu.records.registry import find_type, usable_type, usable_types
from charsu.text.i18n import _
from charsu.web.access import requires, signed_in
from charsu_tenants.context import current_tenant

MANAGE = "core.field.manage"
custom_fields = ApiBlueprint(
    "core_custom_fields",
    __name__,
    url_prefix="/api/v1/core/custom-fields",
    description="Custom fields of records",
)


class CustomFieldSchema(Schema):
    """A field a business added to a type of records; its values stand under `custom`."""

    id = Uuid()
    record_type = Text(metadata={"description": "Such as crm.customer"})
    key = Text()
    title = Text()
    kind = Text(metadata={"enum": list(KINDS)})
    options = ma.fields.Dict(metadata={"description": "options, decimals, minimum, maximum or to, by kind"})
    is_required = Flag()
    archived_at = Instant(allow_none=True)


class NewCustomFieldSchema(Schema):
    """A field to add."""

    record_type = Text(required=True, max_length=100)
    title = Text(required=True, max_length=100)
    kind = Text(required=True, max_length=40)
    key = Text(max_length=40, load_default="")
    options = ma.fields.Dict(keys=ma.fields.String(), load_default=dict)
    is_required = Flag(load_default=False)


class CustomFieldChangeSchema(Schema):
    """What to change of a field."""

    title = Text(max_length=100)
    kind = Text(max_length=40)
    options = ma.fields.Dict(keys=ma.fields.String())
    is_required = Flag()


class _NothingSchema(Schema):
    """An empty body."""


def shown(one: Definition) -> dict[str, Any]:
    """A field as the API answers it."""
    names = ("id", "record_type", "key", "title", "kind", "options", "is_required", "archived_at")
    return {name: getattr(one, name) for name in names}


@custom_fields.list_route("", CustomFieldSchema, show=shown, key=lambda one: one.id)
@signed_in
def list_custom_fields(part: Part[Definition]) -> Sequence[Definition]:
    """List the custom fields of all types in use, archived ones last."""
    keys = {item.key for item in usable_types(current_tenant())}
    return part.of(one for one in list_definitions(db.session()) if one.record_type in keys)


@custom_fields.route("", methods=["POST"])
@requires(MANAGE)
@custom_fields.arguments(NewCustomFieldSchema)
@custom_fields.answers(201, CustomFieldSchema)
def add_custom_field(body: dict[str, Any]) -> dict[str, Any]:
    """Add a field to a type."""
    record_type = find_type(body.pop("record_type"), usable_types(current_tenant()))
    if record_type is None:
        raise RuleViolated(_("There is no such type of records."), field="record_type")
    return shown(add_definition(db.session(), record_type, Draft(**body)))


@custom_fields.route("/<uuid:field_id>", methods=["PATCH"])
@requires(MANAGE)
@custom_fields.arguments(CustomFieldChangeSchema)
@custom_fields.answers(200, CustomFieldSchema)
def change_custom_field(body: dict[str, Any], field_id: uuid.UUID) -> dict[str, Any]:
    """Rename a field or change its options; the kind only while no record has a value."""
    session = db.session()
    known = get_definition(session, field_id)
    return shown(change_definition(session, type_of(known), field_id, replace(draft_of(known), **body)))


@custom_fields.route("/<uuid:field_id>", methods=["DELETE"])
@requires(MANAGE)
@custom_fields.response(204)
def archive_custom_field(field_id: uuid.UUID) -> None:
    """Take a field out of sight; its values stay."""
    set_archived(db.session(), field_id, is_archived=True)


@custom_fields.route("/<uuid:field_id>/restoration", methods=["POST"])
@requires(MANAGE)
@custom_fields.arguments(_NothingSchema)
@custom_fields.answers(200, CustomFieldSchema)
def restore_custom_field(_body: dict[str, Any], field_id: uuid.UUID) -> dict[str, Any]:
    """Bring an archived field back with its values."""
    set_archived(db.session(), field_id, is_archived=False)
    return shown(get_definition(db.session(), field_id))


def type_of(known: Definition) -> RecordType:
    """The type a field belongs to. Raises: NotFound where its module is not in use."""
    return usable_type(known.record_type, current_tenant())


def draft_of(known: Definition) -> Draft:
    """The field as it is, to be changed."""
    return Draft(
        title=known.title,
        kind=known.kind,
        options=known.options,
        is_required=known.is_required,
        key=known.key,
    )
