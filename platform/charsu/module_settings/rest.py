"""The API of a module's settings, at `/api/v1/core/modules/<module>/settings`."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response

from charsu.api import ApiBlueprint
from charsu.api.blueprint import answer
from charsu.api.fields import Flag, Text, WholeNumber
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.module_settings.changing import Change, change_settings
from charsu.module_settings.containing import faults_noted
from charsu.module_settings.declaration import AnySettings
from charsu.module_settings.page import writers_access
from charsu.module_settings.reading import Holding
from charsu.module_settings.secret_field import SecretField
from charsu.web.access import requires

_MOST_NAMES = 500


def settings_api(settings: AnySettings) -> ApiBlueprint:
    """The two routes, documented with the very fields of this module."""
    rest = ApiBlueprint(
        f"core_settings_{settings.module}_api",
        "charsu.module_settings",
        description=str(settings.summary) or "Settings of a module",
    )
    shown, change = _documented(settings)

    @rest.route("", methods=["GET"])
    @requires(settings.permission)
    @rest.answers(200, shown)
    def get_settings() -> Response:
        """Return what holds, the defaults, and what of it is set."""
        with faults_noted(settings.module):
            return answer(shown_settings(settings, settings.holding(db.session())))

    @rest.route("", methods=["PATCH"])
    @requires(settings.permission)
    @rest.arguments(change)
    @rest.answers(200, shown)
    def patch_settings(body: dict[str, Any]) -> Response:
        """Set some, and take the default of others.

        With the `version` you read, a change that crosses somebody else's is refused (409).
        """
        wanted = Change(
            values=body.get("values", {}), reset=body.get("reset", ()), version=body.get("version")
        )
        with faults_noted(settings.module):
            held = change_settings(db.session(), settings, writers_access(), wanted)
            return answer(shown_settings(settings, held))

    return rest


def shown_settings(settings: AnySettings, held: Holding) -> dict[str, Any]:
    """What holds as the API answers it; of secrets only whether they are set."""
    open_fields = [item for item in settings.fields if not isinstance(item, SecretField)]
    secrets = [item.name for item in settings.fields if isinstance(item, SecretField)]
    return {
        "module": settings.module,
        "version": held.version,
        "values": {item.name: item.to_json(held.values[item.name]) for item in open_fields},
        "defaults": {
            item.name: item.to_json(item.empty if item.default is None else item.default)
            for item in open_fields
        },
        "secrets": {name: bool(held.values[name]) for name in secrets},
        "changed": sorted(held.changed),
        "unfit": sorted(held.unfit),
    }


def _documented(settings: AnySettings) -> tuple[ma.Schema, ma.Schema]:
    """The shapes of an answer and of a change."""
    name = f"ModuleSettings{settings.module.title().replace('_', '')}"
    open_fields = [item for item in settings.fields if not isinstance(item, SecretField)]
    secrets = [item for item in settings.fields if isinstance(item, SecretField)]
    values = _schema(f"{name}Values", {item.name: item.json_field() for item in open_fields})
    given = _schema(f"{name}Given", {item.name: item.json_field() for item in settings.fields})
    names = ma.fields.List(Text(max_length=100, required=True))
    answered = {
        "module": Text(),
        "version": ma.fields.Integer(),
        "values": ma.fields.Nested(values),
        "defaults": ma.fields.Nested(values),
        "secrets": ma.fields.Nested(
            _schema(f"{name}Secrets", {item.name: Flag() for item in secrets}),
            metadata={"description": "Whether each is set; secrets themselves are never answered"},
        ),
        "changed": names,
        "unfit": ma.fields.List(
            Text(), metadata={"description": "Stored values that do not fit any more; their default holds"}
        ),
    }
    change = {
        "values": ma.fields.Nested(given),
        "reset": ma.fields.List(
            Text(max_length=100, required=True),
            validate=ma.validate.Length(max=_MOST_NAMES),
            metadata={"description": "Names that go back to their default"},
        ),
        "version": WholeNumber(minimum=0, metadata={"description": "As it was when you read the settings"}),
    }
    return _schema(name, answered)(), _schema(f"{name}Change", change)()


def _schema(name: str, fields: dict[str, Any]) -> type[ma.Schema]:
    return Schema.from_dict(fields, name=f"{name}Schema")
