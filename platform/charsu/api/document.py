"""The OpenAPI document and its page: one document per application, cut to what a tenant has turned on."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import marshmallow as ma
import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app, render_template
from flask_smorest import Api as SmorestApi

from charsu.api.fields import Currency, Day, EmailField, Instant, PhoneField
from charsu.api.problems import MEDIA_TYPE, ProblemSchema
from charsu.web.access import public

API_VERSION = "1.0"
_SCHEMA_PREFIX = "#/components/schemas/"
_REFERENCE = re.compile(re.escape(_SCHEMA_PREFIX) + r"([\w.-]+)")
_DESCRIPTION = (
    "Send `Authorization: Bearer <token>`. Errors are RFC 9457 problems. Lists take `limit` and `cursor` and"
    " answer `items` and `next_cursor`. `Idempotency-Key` makes a write safe to repeat: the first answer"
    " comes again. Messages are in the language of the token's owner; at the bare host in that of"
    " `Accept-Language`, and for a sign-up without it in the `locale` of its body."
)


class Api(SmorestApi):  # type: ignore[misc]  # flask-smorest is not typed
    """flask-smorest with our problems, and without its handler for the errors of HTML pages."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave errors to the application, which answers problems below `/api/` and pages elsewhere."""

    def _register_doc_blueprint(self) -> None:
        """Leave the document to our own routes, which know the tenant."""

    def _register_responses(self) -> None:
        """Document errors under the media type they are sent with."""
        content = {MEDIA_TYPE: {"schema": ProblemSchema}}
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= HTTPStatus.BAD_REQUEST:
                response["content"] = content
            self.spec.components.response(status.name, response, lazy=True)
        self.spec.components.response(
            "DEFAULT_ERROR", {"description": "A problem", "content": content}, lazy=True
        )


def make_api(app: Flask) -> Api:
    """The API of an application: register blueprints with it."""
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    api = Api(
        app,
        spec_kwargs={
            "title": "Charsu",
            "version": API_VERSION,
            "openapi_version": "3.1.0",
            "marshmallow_plugin": plugin,
            "info": {"description": _DESCRIPTION},
            "security": [{"token": []}],
        },
    )
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for kind, format_name in (
        (PhoneField, "phone"),
        (EmailField, "email"),
        (Currency, "iso4217"),
        (Instant, "date-time"),
        (Day, "date"),
    ):
        api.register_field(kind, "string", format_name)
    if plugin.converter is None:
        raise RuntimeError("apispec's plugin has no converter before the document is made")
    plugin.converter.add_attribute_function(_decimal_text)  # type: ignore[no-untyped-call]  # apispec has no types
    return api


def register_document(
    app: Flask,
    api: Api,
    enabled: Callable[[], frozenset[str]],
    more: Callable[[], Mapping[str, type[ma.Schema]]] = dict,
) -> None:
    """Serve `/api/openapi.json` and `/api/docs`; `enabled` names the blueprints this request's tenant has.

    `more` gives what the tenant added to schemas of the document, by their name there.
    """
    pages = Blueprint("api_document", __name__, url_prefix="/api")

    @lru_cache(maxsize=64)
    def document(blueprints: frozenset[str]) -> bytes:
        return orjson.dumps(cut_document(api.spec.to_dict(), blueprints))

    @pages.get("/openapi.json")
    @public
    def openapi() -> Response:
        """The document, cut to the modules that are turned on."""
        body = document(enabled())
        if added := more():
            body = orjson.dumps(_extended(api, orjson.loads(body), added), default=str)
        return current_app.response_class(body, mimetype="application/json")

    @pages.get("/docs")
    @public
    def docs() -> str:
        """The document for people to read and try."""
        return render_template("api/docs.html")

    app.register_blueprint(pages)


def _extended(api: Api, document: dict[str, Any], added: Mapping[str, type[ma.Schema]]) -> dict[str, Any]:
    """The document with these schemas in the place of the empty ones of their names."""
    schemas = document["components"]["schemas"]
    for name, schema in added.items():
        if name in schemas:
            schemas[name] = api.ma_plugin.converter.schema2jsonschema(schema())
    return document


def cut_document(document: dict[str, Any], tags: frozenset[str]) -> dict[str, Any]:
    """The document without operations of other tags and without schemas nobody refers to any more."""
    paths = {
        path: kept
        for path, operations in document.get("paths", {}).items()
        if (kept := _operations(operations, tags)) and any(_is_operation(value) for value in kept.values())
    }
    cut = {
        **document,
        "paths": paths,
        "tags": [tag for tag in document.get("tags", []) if tag["name"] in tags],
    }
    schemas = document.get("components", {}).get("schemas", {})
    responses = document.get("components", {}).get("responses", {})
    used = _reachable(schemas, orjson.dumps([paths, responses]).decode())
    cut["components"] = {
        **document.get("components", {}),
        "schemas": {name: schema for name, schema in schemas.items() if name in used},
    }
    return cut


def _operations(operations: Mapping[str, Any], tags: frozenset[str]) -> dict[str, Any]:
    return {
        method: operation
        for method, operation in operations.items()
        if not _is_operation(operation) or tags.intersection(operation.get("tags", ()))
    }


def _is_operation(value: Any) -> bool:
    return isinstance(value, dict) and "responses" in value


def _reachable(schemas: Mapping[str, Any], text: str) -> set[str]:
    found: set[str] = set()
    waiting = set(_REFERENCE.findall(text))
    while waiting:
        name = waiting.pop()
        if name not in found and name in schemas:
            found.add(name)
            waiting |= set(_REFERENCE.findall(orjson.dumps(schemas[name]).decode()))
    return found


def _decimal_text(_converter: object, field: ma.fields.Field[Any], **_options: Any) -> dict[str, Any]:
    """A decimal that is written as text is documented as text; apispec would call it a number."""
    is_text = isinstance(field, ma.fields.Decimal) and field.as_string
    return {"type": "string", "format": "decimal"} if is_text else {}


def _schema_name(schema: type[ma.Schema] | ma.Schema) -> str:
    """`Customer` of `CustomerSchema`, with what sets a partial or cut-down instance apart."""
    kind = schema if isinstance(schema, type) else type(schema)
    name = kind.__name__.removesuffix("Schema")
    if isinstance(schema, ma.Schema):
        if schema.partial:
            name += "Partial"
        if schema.only:
            name += "Only" + "".join(sorted(part.title().replace("_", "") for part in schema.only))
        if schema.exclude:
            name += "Without" + "".join(sorted(part.title().replace("_", "") for part in schema.exclude))
    return name
