"""The blueprint of API routes: flask-smorest's documentation, our loading, orjson's answers."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ClassVar, cast

import marshmallow as ma
import orjson
from flask import Response, current_app
from flask_smorest import Blueprint

from charsu.api.arguments import ArgumentLoader
from charsu.api.fields import Text
from charsu.api.listing import Part, T, page_of_list
from charsu.api.paging import PageArgs
from charsu.web.access import View

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
ORJSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest is not typed
    """A group of API routes.

    The house registers it below `/api/v1/<module path>`. Use `route`, `requires`, `arguments(Schema)` and
    then either `response(status, Schema)`, which dumps by the schema, or `answers(status, Schema)`.
    """

    ARGUMENTS_PARSER: ClassVar[ArgumentLoader] = ArgumentLoader()

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a view under `rule` and put it into the OpenAPI document; the view stays as it is."""
        register: Callable[[View], View] = super().route(rule, **options)
        return register

    def arguments(
        self,
        schema: type[ma.Schema] | ma.Schema,
        *,
        location: str = "json",
        find: Callable[[], ma.Schema] | None = None,
        **options: Any,
    ) -> Decorator:
        """Load the JSON body (or `location="query"`) by the schema; the view gets the values first.

        `find` gives the schema that is right for the tenant of a request, where it has more than the
        documented one.
        """
        document = super().arguments(schema, location=location, **options)
        load = self.ARGUMENTS_PARSER.use_args(find or schema, location=location)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            loaded = load(view)
            loaded._apidoc = document(view)._apidoc  # type: ignore[attr-defined]  # noqa: SLF001 - where smorest keeps it
            return loaded

        return decorate

    def response(
        self, status: int, schema: type[ma.Schema] | ma.Schema | None = None, **options: Any
    ) -> Decorator:
        """Send what the view returns, dumped by the schema."""
        return cast("Decorator", super().response(status, schema, **options))

    def doc(self, **operation: Any) -> Decorator:
        """Add to the operation's documentation."""
        return cast("Decorator", super().doc(**operation))

    def answers(
        self, status: int, schema: type[ma.Schema] | ma.Schema | None = None, *, is_list: bool = False
    ) -> Decorator:
        """Document `schema` but send what the view returns, plain dictionaries and lists, by orjson as it is.

        UUIDs, dates and aware datetimes are written by orjson (`Z` for UTC). With `is_list` the documented
        shape is the page `{"items": [schema], "next_cursor": ...}`. `(body, status)` or a `Response` passes.
        """
        documented = page_of(schema) if is_list and schema is not None else schema
        document = self.response(status, documented)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def answered(*args: Any, **kwargs: Any) -> Response:
                return answer(view(*args, **kwargs), status)

            answered._apidoc = document(view)._apidoc  # type: ignore[attr-defined]  # noqa: SLF001 - where smorest keeps it
            return answered

        return decorate

    def list_route(
        self,
        rule: str,
        schema: type[ma.Schema],
        *,
        show: Callable[[T], dict[str, Any]],
        key: Callable[[T], object],
    ) -> Callable[[Callable[[Part[T]], Sequence[T]]], Callable[..., Response]]:
        """Register `GET rule` for a short list, of which the view returns the `Part` that is asked for.

        Each entry is shown by `show`, as `schema` documents it; `key` tells entries apart in cursors. Declare
        access beneath this decorator. For rows of one statement use a `KeysetList`.
        """

        def decorate(view: Callable[[Part[T]], Sequence[T]]) -> Callable[..., Response]:
            @wraps(view)
            def listed(args: dict[str, Any]) -> dict[str, Any]:
                return page_of_list(rule.strip("/"), args, view, show=show, key=key)

            answered = self.answers(200, schema, is_list=True)(listed)
            return self.route(rule, methods=["GET"])(self.arguments(PageArgs, location="query")(answered))

        return decorate


def answer(value: Any, status: int = 200) -> Response:
    """A JSON response of plain values; `(value, status)` overrides the status, None is an empty body."""
    if isinstance(value, Response):
        return value
    if isinstance(value, tuple):
        value, status = value
    if value is None:
        return current_app.response_class(status=status)
    return current_app.response_class(json_bytes(value), status, content_type="application/json")


def json_bytes(value: Any) -> bytes:
    """`value` as JSON; keys that are no text are the exception, and looking out for them is slow."""
    try:
        return orjson.dumps(value, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:
        return orjson.dumps(value, option=ORJSON_OPTIONS)


def page_of(schema: type[ma.Schema] | ma.Schema) -> ma.Schema:
    """The documented shape of a page of `schema`."""
    kind = schema if isinstance(schema, type) else type(schema)
    name = f"{kind.__name__.removesuffix('Schema')}Page"
    fields: dict[str, ma.fields.Field[Any]] = {
        "items": ma.fields.List(ma.fields.Nested(schema), required=True),
        "next_cursor": Text(required=True, allow_none=True),
    }
    return ma.Schema.from_dict(fields, name=name)()
