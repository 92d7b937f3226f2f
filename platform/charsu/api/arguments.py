"""Loading what a caller sends by a schema: the one place where JSON, query and form become typed values."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import marshmallow as ma
from flask import Request, request
from werkzeug.datastructures import MultiDict

from charsu.api.body import read_json
from charsu.api.fields import text_input
from charsu.errors import DomainError
from charsu.text.i18n import _


class InvalidInput(DomainError):
    """Input that does not fit its schema (422); `errors` maps each field to its messages."""

    status = 422
    default_code = "invalid_input"

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__(_("Some of the values sent are not valid."))
        self.errors = errors


class ArgumentLoader:
    """Stands where flask-smorest expects webargs' parser: it hands the loaded body or query to the view."""

    DEFAULT_VALIDATION_STATUS = 422

    def use_args(
        self,
        schema: ma.Schema | type[ma.Schema] | Callable[[], ma.Schema],
        *,
        location: str = "json",
        **_options: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a view: the loaded values become its next positional argument.

        A function is asked for the schema at each request.
        """
        instance = schema() if isinstance(schema, type) else schema

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def loaded(*args: Any, **kwargs: Any) -> Any:
                found = instance if isinstance(instance, ma.Schema) else instance()
                return view(*args, load(found, request, location), **kwargs)

            return loaded

        return decorate


def load(schema: ma.Schema, source: Request, location: str = "json") -> Any:
    """The values of the JSON body, query or form, as the schema types them; raises `InvalidInput`."""
    try:
        if location == "json":
            return schema.load(read_json(source))
        values = source.args if location == "query" else source.form
        if not values:
            return schema.load({})
        with text_input():
            return schema.load(plain(values, schema))
    except ma.ValidationError as error:
        raise InvalidInput(written(error.messages_dict)) from error


def plain(values: MultiDict[str, str], schema: ma.Schema) -> dict[str, Any]:
    """A query or form as a dictionary: lists where the schema has lists, else the first value."""
    result: dict[str, Any] = {}
    for name in values:
        field = schema.load_fields.get(name) or _by_data_key(schema, name)
        result[name] = values.getlist(name) if isinstance(field, ma.fields.List) else values[name]
    return result


def written(messages: Any) -> Any:
    """Lazy messages as text in the language of the request: a list for each field, however many there are."""
    if isinstance(messages, Mapping):
        return {str(key): written(value) for key, value in messages.items()}
    if isinstance(messages, list):
        return [written(value) if isinstance(value, Mapping) else str(value) for value in messages]
    # marshmallow puts a message into a list by itself, but does not know a lazy one for a text.
    return [str(messages)]


def _by_data_key(schema: ma.Schema, name: str) -> ma.fields.Field[Any] | None:
    return next((field for field in schema.load_fields.values() if field.data_key == name), None)
